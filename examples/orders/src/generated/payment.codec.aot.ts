// Written by `eventfold gen` from schemas/orders/payment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0447a7f0a571e909
/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold/generated"

const { dateTimeUtc, invalid, isDateTimeUtc, storedDateTime } = Leaf

/** Decodes the data of stored events, with a function for each type. */
const decodeEvents = ([notBetween, notGreaterThan]) => {
  const paymentRequested = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const amount = input.amount
    if (!Number.isSafeInteger(amount) || notBetween(amount) || notGreaterThan(amount)) return invalid
    const dueBy = dateTimeUtc(input.dueBy)
    if (dueBy === invalid) return invalid
    return { _tag: "PaymentRequested", amount, dueBy }
  }
  const paymentRefunded = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const amount = input.amount
    if (!Number.isSafeInteger(amount) || notBetween(amount) || notGreaterThan(amount)) return invalid
    return { _tag: "PaymentRefunded", amount }
  }
  const paymentDeclined = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const reason = input.reason
    if (typeof reason !== "string" || reason === "") return invalid
    return { _tag: "PaymentDeclined", reason }
  }
  const paymentCaptured = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const amount = input.amount
    if (!Number.isSafeInteger(amount) || notBetween(amount) || notGreaterThan(amount)) return invalid
    const outstanding = input.outstanding
    if (!Number.isSafeInteger(outstanding) || notBetween(outstanding)) return invalid
    return { _tag: "PaymentCaptured", amount, outstanding }
  }
  return [paymentCaptured, paymentDeclined, paymentRefunded, paymentRequested]
}

/** Encodes events to their data, with a function for each type. */
const encodeEvents = ([notBetween, notGreaterThan]) => {
  const paymentRequested = (input) => {
    if (Array.isArray(input) || (input._tag !== "PaymentRequested" && "_tag" in input)) return invalid
    const amount = input.amount
    if (!Number.isSafeInteger(amount) || notBetween(amount) || notGreaterThan(amount)) return invalid
    const dueBy = input.dueBy
    if (!isDateTimeUtc(dueBy)) return invalid
    return { amount, dueBy: storedDateTime(dueBy) }
  }
  const paymentRefunded = (input) => {
    if (Array.isArray(input) || (input._tag !== "PaymentRefunded" && "_tag" in input)) return invalid
    const amount = input.amount
    if (!Number.isSafeInteger(amount) || notBetween(amount) || notGreaterThan(amount)) return invalid
    return { amount }
  }
  const paymentDeclined = (input) => {
    if (Array.isArray(input) || (input._tag !== "PaymentDeclined" && "_tag" in input)) return invalid
    const reason = input.reason
    if (typeof reason !== "string" || reason === "") return invalid
    return { reason }
  }
  const paymentCaptured = (input) => {
    if (Array.isArray(input) || (input._tag !== "PaymentCaptured" && "_tag" in input)) return invalid
    const amount = input.amount
    if (!Number.isSafeInteger(amount) || notBetween(amount) || notGreaterThan(amount)) return invalid
    const outstanding = input.outstanding
    if (!Number.isSafeInteger(outstanding) || notBetween(outstanding)) return invalid
    return { amount, outstanding }
  }
  return [paymentCaptured, paymentDeclined, paymentRefunded, paymentRequested]
}

/** Decodes stored states. */
const decodeState = ([notBetween]) => {
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const status = input.status
    if (
      status !== "Unrequested" &&
      status !== "Requested" &&
      status !== "Captured" &&
      status !== "Declined"
    ) return invalid
    const amount = input.amount
    if (!Number.isSafeInteger(amount) || notBetween(amount)) return invalid
    const captured = input.captured
    if (!Number.isSafeInteger(captured) || notBetween(captured)) return invalid
    const refunded = input.refunded
    if (!Number.isSafeInteger(refunded) || notBetween(refunded)) return invalid
    return { status, amount, captured, refunded }
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
