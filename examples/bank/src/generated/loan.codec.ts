// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed d343a3e101f4c905
import { Codec } from "eventfold"
import { Loan as LoanDeclaration } from "schemas/bank/loan.ts"
import { install } from "./loan.codec.aot.js"
import type { LoanEvent, LoanState } from "./loan.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
export const LoanCodec = Codec.make<LoanEvent, LoanState>()({
  event: LoanDeclaration.event,
  state: LoanDeclaration.state,
  compiled: install,
  target: "4.1.0-9b5b8eedd729a469-fd92070860e81dfc"
})
