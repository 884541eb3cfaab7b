// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed ed6182ad06eafb8a
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Loan as LoanSchema } from "schemas/bank/loan.ts"
import { install } from "./loan.codec.aot.ts"
import type { LoanCommand, LoanEvent, LoanState } from "./loan.ts"
import type { LoanId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
const codec = Codec.make<LoanEvent, LoanState>()({
  event: LoanSchema.event,
  state: LoanSchema.state,
  compiled: install,
  target: "4.1.0-9b5b8eedd729a469-026e94005aebbfa4"
})

// What is exported names its types: the compiler looks into the declaration's schemas here, and in no other file.

export const LoanCodec: Codec.Codec<LoanEvent, LoanState> = codec
export const LoanDeclaration: Aggregate.Typed<LoanId, LoanState, LoanEvent, LoanCommand> = LoanSchema
