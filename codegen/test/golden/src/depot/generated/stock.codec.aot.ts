// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 69a175b54286cab0
/* eslint-disable */
// @ts-nocheck: straight code over values of any type
import type { SchemaAST } from "effect"
import type { Codec } from "eventfold/generated"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold"

const { invalid } = Leaf

/** Events from their stored form. */
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
    // Whatever there is to say of a value, or whatever options ask for, Effect says.
    for (const _option in options) return invalid
    try {
      return event(input)
    } catch {
      return invalid
    }
  }
}

/** States from their stored form. */
const decodeState = () => {
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const n = input.n
    if (!Number.isSafeInteger(n)) return invalid
    return { n }
  }
  return (input, options) => {
    // Whatever there is to say of a value, or whatever options ask for, Effect says.
    for (const _option in options) return invalid
    try {
      return state(input)
    } catch {
      return invalid
    }
  }
}

/** Effect decodes by this, and says in its own way what is wrong with what this does not take. */
const straight = (ast, decode) =>
  runtime.setCompiler(ast, (_ast, _resolve, operation) => (operation === "decode" ? decode : undefined))

/** Installs the compiled decoders on the nodes of the schemas that they were made for. */
export const install = (
  asts: ReadonlyArray<SchemaAST.AST>,
  checks: ReadonlyArray<ReadonlyArray<Codec.Refusal>>
): void => {
  straight(asts[0], decodeEvent(checks[0]))
  straight(asts[1], decodeEvent(checks[1]))
  straight(asts[2], decodeState(checks[2]))
  straight(asts[3], decodeState(checks[3]))
}
