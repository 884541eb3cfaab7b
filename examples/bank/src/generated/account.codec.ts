// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed fc24395c58abe898
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Account as AccountSchema } from "schemas/bank/account.ts"
import { install } from "./account.codec.aot.ts"
import type { AccountCommand, AccountEvent, AccountState } from "./account.ts"
import type { AccountId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
const codec = Codec.make<AccountEvent, AccountState>()({
  event: AccountSchema.event,
  state: AccountSchema.state,
  compiled: install,
  target: "4.1.0-ac5eefd7ad0d24d3-83d491fa08cbd68e"
})

// What is exported names its types: the compiler looks into the declaration's schemas here, and in no other file.

export const AccountCodec: Codec.Codec<AccountEvent, AccountState> = codec
export const AccountDeclaration: Aggregate.Typed<AccountId, AccountState, AccountEvent, AccountCommand> = AccountSchema
