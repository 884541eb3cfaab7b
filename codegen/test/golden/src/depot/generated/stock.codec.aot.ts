// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 09dcd4d3d7a77b92
/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
import type { Codec } from "eventfold/generated"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold/generated"

const { invalid } = Leaf

/** Decodes stored events. */
const decodeEvent = () => {
  const stockMoved = (input) => {
    if (Array.isArray(input)) return invalid
    const by = input.by
    if (!Number.isSafeInteger(by)) return invalid
    return { _tag: "StockMoved", by }
  }
  const event = (input) => {
    if (typeof input !== "object" || input === null) return invalid
    switch (input._tag) {
      case "StockMoved":
        return stockMoved(input)
      default:
        return invalid
    }
  }
  return (input, options) => {
    // Effect decodes values with options, and explains why a value is invalid.
    for (const _option in options) return invalid
    try {
      return event(input)
    } catch {
      return invalid
    }
  }
}

/** Decodes stored states. */
const decodeState = () => {
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const n = input.n
    if (!Number.isSafeInteger(n)) return invalid
    return { n }
  }
  return (input, options) => {
    // Effect decodes values with options, and explains why a value is invalid.
    for (const _option in options) return invalid
    try {
      return state(input)
    } catch {
      return invalid
    }
  }
}

/** Installs a decoder. If it refuses a value, Effect's own decoder runs and reports the error. */
const straight = (ast, decode) =>
  runtime.setCompiler(ast, (_ast, _resolve, operation) => (operation === "decode" ? decode : undefined))

/** Installs the decoders on the nodes of the schemas that they were compiled for. */
export const install = (
  asts: ReadonlyArray<SchemaAST.AST>,
  checks: ReadonlyArray<ReadonlyArray<Codec.Refusal>>
): void => {
  straight(asts[0], decodeEvent(checks[0]))
  straight(asts[1], decodeEvent(checks[1]))
  straight(asts[2], decodeState(checks[2]))
  straight(asts[3], decodeState(checks[3]))
}
