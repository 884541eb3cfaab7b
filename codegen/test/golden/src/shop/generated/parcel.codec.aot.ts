// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed db90789acbf29280
/* eslint-disable */
// @ts-nocheck: straight code over values of any type
import type { SchemaAST } from "effect"
import type { Codec } from "eventfold/generated"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold"

const { dateTimeUtc, invalid, isDateTimeUtc, storedDateTime } = Leaf

/** Events from their stored form. */
const decodeEvent = () => {
  const parcelSent = (input) => {
    if (Array.isArray(input)) return invalid
    const at = dateTimeUtc(input.at)
    if (at === invalid) return invalid
    const order = input.order
    if (typeof order !== "string" || order === "") return invalid
    return { _tag: "ParcelSent", at, order }
  }
  const event = (input) => {
    if (typeof input !== "object" || input === null) return invalid
    switch (input._tag) {
      case "ParcelSent":
        return parcelSent(input)
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

/** The stored form of events. */
const encodeEvent = () => {
  const parcelSent = (input) => {
    if (Array.isArray(input)) return invalid
    const at = input.at
    if (!isDateTimeUtc(at)) return invalid
    const order = input.order
    if (typeof order !== "string" || order === "") return invalid
    return { _tag: "ParcelSent", at: storedDateTime(at), order }
  }
  const event = (input) => {
    if (typeof input !== "object" || input === null) return invalid
    switch (input._tag) {
      case "ParcelSent":
        return parcelSent(input)
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
    // Whatever there is to say of a value, or whatever options ask for, Effect says.
    for (const _option in options) return invalid
    try {
      return state(input)
    } catch {
      return invalid
    }
  }
}

/** The stored form of states. */
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
  straight(asts[1], encodeEvent(checks[1]))
  straight(asts[2], decodeState(checks[2]))
  straight(asts[3], encodeState(checks[3]))
}
