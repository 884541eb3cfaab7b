// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 3ffa30923fb0a991
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./account-standing.service.ts"
import type { AccountStandingEvent, AccountStandingKey, AccountStandingRow } from "./account-standing.ts"
import { AccountLaws } from "./account.laws.ts"
import { LoanLaws } from "./loan.laws.ts"
import type { AccountId, LoanId } from "./values.ts"

/** The projection as the laws see it. */
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
