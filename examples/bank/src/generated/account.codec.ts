// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 950be7ee131f861e
import { Codec } from "eventfold"
import { Account as AccountDeclaration } from "schemas/bank/account.ts"
import { install } from "./account.codec.aot.js"
import type { AccountEvent, AccountState } from "./account.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
export const AccountCodec = Codec.make<AccountEvent, AccountState>()({
  event: AccountDeclaration.event,
  state: AccountDeclaration.state,
  compiled: install,
  target: "4.1.0-ac5eefd7ad0d24d3-be08da0054bd42ec"
})
