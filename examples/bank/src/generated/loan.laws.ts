// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed d59f9bd90ba3f794
import type { Laws } from "@eventfold/testing"
import { decide } from "../loan.decide.ts"
import { LoanCodec, LoanDeclaration } from "./loan.codec.ts"
import { LoanFold } from "./loan.service.ts"
import type { LoanCommand, LoanEvent, LoanState } from "./loan.ts"

/** The aggregate as a subject of the laws. */
export const LoanLaws: Laws.Subject<LoanState, LoanEvent, LoanCommand> = {
  name: "LoanLaws",
  aggregate: LoanDeclaration,
  fold: LoanFold,
  decide,
  codec: LoanCodec
}
