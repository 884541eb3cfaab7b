// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed fba27338a813a941
/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold/generated"

const { dateTimeUtc, invalid, isDateTimeUtc, storedDateTime } = Leaf

/** Decodes the data of stored events, with a function for each type. */
const decodeEvents = () => {
  const parcelSent = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const at = dateTimeUtc(input.at)
    if (at === invalid) return invalid
    const order = input.order
    if (typeof order !== "string" || order === "") return invalid
    return { _tag: "ParcelSent", at, order }
  }
  return [parcelSent]
}

/** Encodes events to their data, with a function for each type. */
const encodeEvents = () => {
  const parcelSent = (input) => {
    if (Array.isArray(input) || (input._tag !== "ParcelSent" && "_tag" in input)) return invalid
    const at = input.at
    if (!isDateTimeUtc(at)) return invalid
    const order = input.order
    if (typeof order !== "string" || order === "") return invalid
    return { at: storedDateTime(at), order }
  }
  return [parcelSent]
}

/** Decodes stored states. */
const decodeState = () => {
  const sent = (input) => {
    if (Array.isArray(input)) return invalid
    const at = dateTimeUtc(input.at)
    if (at === invalid) return invalid
    return { _tag: "Sent", at }
  }
  const packed = (input) => {
    if (Array.isArray(input)) return invalid
    return { _tag: "Packed" }
  }
  const state = (input) => {
    if (typeof input !== "object" || input === null) return invalid
    switch (input._tag) {
      case "Packed":
        return packed(input)
      case "Sent":
        return sent(input)
      default:
        return invalid
    }
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

/** Encodes states. */
const encodeState = () => {
  const sent = (input) => {
    if (Array.isArray(input)) return invalid
    const at = input.at
    if (!isDateTimeUtc(at)) return invalid
    return { _tag: "Sent", at: storedDateTime(at) }
  }
  const packed = (input) => {
    if (Array.isArray(input)) return invalid
    return { _tag: "Packed" }
  }
  const state = (input) => {
    if (typeof input !== "object" || input === null) return invalid
    switch (input._tag) {
      case "Packed":
        return packed(input)
      case "Sent":
        return sent(input)
      default:
        return invalid
    }
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
  straight(asts[3], encodeState(checks[3]))
}
