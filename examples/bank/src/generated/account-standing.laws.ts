// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed c68ed0a9f8f0dccd
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./account-standing.service.ts"
import type { AccountStandingEvent, AccountStandingKey, AccountStandingRow } from "./account-standing.ts"
import { AccountLaws } from "./account.laws.ts"
import { LoanLaws } from "./loan.laws.ts"
import type { AccountId, LoanId } from "./values.ts"

/** The projection as a subject of the laws. */
export const AccountStandingLaws: ProjectionLaws.ProjectionSubject<
  AccountStandingRow,
  AccountStandingEvent,
  AccountId | LoanId,
  AccountStandingKey
> = {
  name: "AccountStandingLaws",
  definition,
  from: [ProjectionLaws.from(AccountLaws), ProjectionLaws.from(LoanLaws)]
}
