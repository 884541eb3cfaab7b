// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 16b3bd7e2e56fb11
import { ProjectionLaws } from "@eventfold/testing"
import { AccountLaws } from "./account.laws.ts"
import { definition } from "./monthly-cashflow.service.ts"
import type { MonthlyCashflowEvent, MonthlyCashflowKey, MonthlyCashflowRow } from "./monthly-cashflow.ts"
import type { AccountId } from "./values.ts"

/** The projection as a subject of the laws. */
export const MonthlyCashflowLaws: ProjectionLaws.ProjectionSubject<
  MonthlyCashflowRow,
  MonthlyCashflowEvent,
  AccountId,
  MonthlyCashflowKey
> = {
  name: "MonthlyCashflowLaws",
  definition,
  from: [ProjectionLaws.from(AccountLaws)]
}
