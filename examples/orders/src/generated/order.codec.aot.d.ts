// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 7f8f32857e7129b3
import type { SchemaAST } from "effect"
import type { Codec } from "eventfold"

/** Installs the compiled decoders on the nodes of the schemas that they were made for. */
export declare const install: (
  asts: ReadonlyArray<SchemaAST.AST>,
  checks: ReadonlyArray<ReadonlyArray<Codec.Refusal>>
) => void
