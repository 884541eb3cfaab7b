// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 7ce56c4a6c6d8353
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./account-balances.service.ts"
import type { AccountBalancesEvent, AccountBalancesRow } from "./account-balances.ts"
import { AccountLaws } from "./account.laws.ts"
import type { AccountId } from "./values.ts"

/** The projection as a subject of the laws. */
export const AccountBalancesLaws: ProjectionLaws.ProjectionSubject<
  AccountBalancesRow,
  AccountBalancesEvent,
  AccountId,
  AccountId
> = {
  name: "AccountBalancesLaws",
  definition,
  from: [ProjectionLaws.from(AccountLaws)]
}
