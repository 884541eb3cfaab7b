// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 609cd473d385394b
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Loan as LoanSchema } from "schemas/bank/loan.ts"
import { install } from "./loan.codec.aot.ts"
import type { LoanCommand, LoanEvent, LoanState } from "./loan.ts"
import type { LoanId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */
const codec = Codec.make<LoanEvent, LoanState>()({
  event: LoanSchema.event,
  state: LoanSchema.state,
  compiled: install,
  target: "4.1.0-9b5b8eedd729a469-026e94005aebbfa4"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const LoanCodec: Codec.Codec<LoanEvent, LoanState> = codec
export const LoanDeclaration: Aggregate.Typed<LoanId, LoanState, LoanEvent, LoanCommand> = LoanSchema
