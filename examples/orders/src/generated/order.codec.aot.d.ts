// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 65ec0a862cd42923
import type { SchemaAST } from "effect"

/** Installs the compiled decoders on the nodes of the schemas that they were made for. */
export declare const install: (asts: ReadonlyArray<SchemaAST.AST>) => void
