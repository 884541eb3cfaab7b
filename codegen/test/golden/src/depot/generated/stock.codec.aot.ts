// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed e0d91446fc1e0610
/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold/generated"

const { invalid } = Leaf

/** Decodes the data of stored events, with a function for each type. */
const decodeEvents = () => {
  const stockMoved = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const by = input.by
    if (!Number.isSafeInteger(by)) return invalid
    return { _tag: "StockMoved", by }
  }
  return [stockMoved]
}

/** Encodes events to their data, with a function for each type. */
const encodeEvents = () => {
  const stockMoved = (input) => {
    if (Array.isArray(input) || (input._tag !== "StockMoved" && "_tag" in input)) return invalid
    const by = input.by
    if (!Number.isSafeInteger(by)) return invalid
    return { by }
  }
  return [stockMoved]
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

/** Installs the decoders of events, in the order of their types. */
const members = (union, decoders) => {
  for (const [place, read] of decoders.entries()) {
    if (read === undefined) continue
    straight(union.types[place], (input, options) => {
      // Effect decodes values with options, and explains why a value is invalid.
      for (const _option in options) return invalid
      if (typeof input !== "object" || input === null) return invalid
      try {
        return read(input)
      } catch {
        return invalid
      }
    })
  }
}

/** Installs the decoders on the nodes of the schemas that they were compiled for. */
export const install = (
  asts: ReadonlyArray<SchemaAST.AST>,
  checks: ReadonlyArray<ReadonlyArray<(value: unknown) => boolean>>
): void => {
  members(asts[0], decodeEvents(checks[0]))
  members(asts[1], encodeEvents(checks[1]))
  straight(asts[2], decodeState(checks[2]))
  straight(asts[3], decodeState(checks[3]))
}
