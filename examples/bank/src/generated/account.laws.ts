// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0c767b6ba836a2c2
import type { Laws } from "@eventfold/testing"
import { decide } from "../account.decide.ts"
import { AccountCodec, AccountDeclaration } from "./account.codec.ts"
import { AccountFold } from "./account.service.ts"
import type { AccountCommand, AccountEvent, AccountState } from "./account.ts"

/** The aggregate as a subject of the laws. */
export const AccountLaws: Laws.Subject<AccountState, AccountEvent, AccountCommand> = {
  name: "AccountLaws",
  aggregate: AccountDeclaration,
  fold: AccountFold,
  decide,
  codec: AccountCodec
}
