// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed ea0529b4cb817f5f
/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold/generated"

const { invalid } = Leaf

/** Decodes the data of stored events, with a function for each type. */
const decodeEvents = ([notMaxLength, notBetween, notGreaterThan, notMinLength, notMaxLength2, notMaxLength3, notBetween2]) => {
  const orderPlacedLinesItem = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const sku = input.sku
    if (typeof sku !== "string" || sku === "" || notMaxLength3(sku)) return invalid
    const quantity = input.quantity
    if (!Number.isSafeInteger(quantity) || notBetween2(quantity)) return invalid
    const unitPrice = input.unitPrice
    if (!Number.isSafeInteger(unitPrice) || notBetween(unitPrice) || notGreaterThan(unitPrice)) return invalid
    return { sku, quantity, unitPrice }
  }
  const orderPlacedAddress = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const name = input.name
    if (typeof name !== "string" || name === "") return invalid
    const street = input.street
    if (typeof street !== "string" || street === "") return invalid
    const city = input.city
    if (typeof city !== "string" || city === "") return invalid
    const country = input.country
    if (typeof country !== "string" || country === "") return invalid
    return { name, street, city, country }
  }
  const orderPlacedLines = (input) => {
    if (!Array.isArray(input)) return invalid
    const { length } = input
    const output = []
    for (let index = 0; index < length; index++) {
      const item = orderPlacedLinesItem(input[index])
      if (item === invalid) return invalid
      output.push(item)
    }
    if (notMinLength(output) || notMaxLength2(output)) return invalid
    return output
  }
  const orderPlaced = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const customerId = input.customerId
    if (typeof customerId !== "string" || customerId === "" || notMaxLength(customerId)) return invalid
    const lines = orderPlacedLines(input.lines)
    if (lines === invalid) return invalid
    const address = orderPlacedAddress(input.address)
    if (address === invalid) return invalid
    const total = input.total
    if (!Number.isSafeInteger(total) || notBetween(total) || notGreaterThan(total)) return invalid
    return { _tag: "OrderPlaced", customerId, lines, address, total }
  }
  const orderConfirmed = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    return { _tag: "OrderConfirmed" }
  }
  const orderCompleted = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    return { _tag: "OrderCompleted" }
  }
  const orderCancelled = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const reason = input.reason
    if (
      reason !== "payment declined" &&
      reason !== "payment overdue" &&
      reason !== "shipment failed" &&
      reason !== "shipment overdue"
    ) return invalid
    return { _tag: "OrderCancelled", reason }
  }
  return [orderCancelled, orderCompleted, orderConfirmed, orderPlaced]
}

/** Encodes events to their data, with a function for each type. */
const encodeEvents = ([notMaxLength, notBetween, notGreaterThan, notMinLength, notMaxLength2, notMaxLength3, notBetween2]) => {
  const orderPlacedLinesItem = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const sku = input.sku
    if (typeof sku !== "string" || sku === "" || notMaxLength3(sku)) return invalid
    const quantity = input.quantity
    if (!Number.isSafeInteger(quantity) || notBetween2(quantity)) return invalid
    const unitPrice = input.unitPrice
    if (!Number.isSafeInteger(unitPrice) || notBetween(unitPrice) || notGreaterThan(unitPrice)) return invalid
    return { sku, quantity, unitPrice }
  }
  const orderPlacedAddress = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const name = input.name
    if (typeof name !== "string" || name === "") return invalid
    const street = input.street
    if (typeof street !== "string" || street === "") return invalid
    const city = input.city
    if (typeof city !== "string" || city === "") return invalid
    const country = input.country
    if (typeof country !== "string" || country === "") return invalid
    return { name, street, city, country }
  }
  const orderPlacedLines = (input) => {
    if (!Array.isArray(input)) return invalid
    const { length } = input
    const output = []
    for (let index = 0; index < length; index++) {
      const item = orderPlacedLinesItem(input[index])
      if (item === invalid) return invalid
      output.push(item)
    }
    if (notMinLength(input) || notMaxLength2(input)) return invalid
    return output
  }
  const orderPlaced = (input) => {
    if (Array.isArray(input) || (input._tag !== "OrderPlaced" && "_tag" in input)) return invalid
    const customerId = input.customerId
    if (typeof customerId !== "string" || customerId === "" || notMaxLength(customerId)) return invalid
    const lines = orderPlacedLines(input.lines)
    if (lines === invalid) return invalid
    const address = orderPlacedAddress(input.address)
    if (address === invalid) return invalid
    const total = input.total
    if (!Number.isSafeInteger(total) || notBetween(total) || notGreaterThan(total)) return invalid
    return { customerId, lines, address, total }
  }
  const orderConfirmed = (input) => {
    if (Array.isArray(input) || (input._tag !== "OrderConfirmed" && "_tag" in input)) return invalid
    return {}
  }
  const orderCompleted = (input) => {
    if (Array.isArray(input) || (input._tag !== "OrderCompleted" && "_tag" in input)) return invalid
    return {}
  }
  const orderCancelled = (input) => {
    if (Array.isArray(input) || (input._tag !== "OrderCancelled" && "_tag" in input)) return invalid
    const reason = input.reason
    if (
      reason !== "payment declined" &&
      reason !== "payment overdue" &&
      reason !== "shipment failed" &&
      reason !== "shipment overdue"
    ) return invalid
    return { reason }
  }
  return [orderCancelled, orderCompleted, orderConfirmed, orderPlaced]
}

/** Decodes stored states. */
const decodeState = ([notBetween, notMaxLength, notMaxLength2, notBetween2, notGreaterThan]) => {
  const stateLinesItem = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const sku = input.sku
    if (typeof sku !== "string" || sku === "" || notMaxLength2(sku)) return invalid
    const quantity = input.quantity
    if (!Number.isSafeInteger(quantity) || notBetween2(quantity)) return invalid
    const unitPrice = input.unitPrice
    if (!Number.isSafeInteger(unitPrice) || notBetween(unitPrice) || notGreaterThan(unitPrice)) return invalid
    return { sku, quantity, unitPrice }
  }
  const stateLines = (input) => {
    if (!Array.isArray(input)) return invalid
    const { length } = input
    const output = []
    for (let index = 0; index < length; index++) {
      const item = stateLinesItem(input[index])
      if (item === invalid) return invalid
      output.push(item)
    }
    return output
  }
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const status = input.status
    if (
      status !== "Unplaced" &&
      status !== "Placed" &&
      status !== "Confirmed" &&
      status !== "Completed" &&
      status !== "Cancelled"
    ) return invalid
    const customerId = input.customerId
    if (
      (typeof customerId !== "string" || customerId === "" || notMaxLength(customerId)) &&
      customerId !== null
    ) return invalid
    const lines = stateLines(input.lines)
    if (lines === invalid) return invalid
    const total = input.total
    if (!Number.isSafeInteger(total) || notBetween(total)) return invalid
    const reason = input.reason
    if (
      reason !== "payment declined" && reason !== "payment overdue" && reason !== "shipment failed" && reason !== "shipment overdue" &&
      reason !== null
    ) return invalid
    return { status, customerId, lines, total, reason }
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
