// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed a6a92332dc98dbe5
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
  target: "4.1.0-b32e9117b463ba73-277b7c3acecfa8f6"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const LoanCodec: Codec.Codec<LoanEvent, LoanState> = codec
export const LoanDeclaration: Aggregate.Typed<LoanId, LoanState, LoanEvent, LoanCommand> = LoanSchema
