// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed dc3bd159110d4e81
/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold/generated"

const { dateTimeUtc, invalid, isDateTimeUtc, storedDateTime } = Leaf

/** Decodes the data of stored events, with a function for each type. */
const decodeEvents = ([notMinLength, notMaxLength, notMaxLength2, notBetween]) => {
  const shipmentPreparedItemsItem = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const sku = input.sku
    if (typeof sku !== "string" || sku === "" || notMaxLength2(sku)) return invalid
    const quantity = input.quantity
    if (!Number.isSafeInteger(quantity) || notBetween(quantity)) return invalid
    return { sku, quantity }
  }
  const shipmentPreparedAddress = (input) => {
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
  const shipmentPreparedItems = (input) => {
    if (!Array.isArray(input)) return invalid
    const { length } = input
    const output = []
    for (let index = 0; index < length; index++) {
      const item = shipmentPreparedItemsItem(input[index])
      if (item === invalid) return invalid
      output.push(item)
    }
    if (notMinLength(output) || notMaxLength(output)) return invalid
    return output
  }
  const shipmentPrepared = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const items = shipmentPreparedItems(input.items)
    if (items === invalid) return invalid
    const address = shipmentPreparedAddress(input.address)
    if (address === invalid) return invalid
    const dispatchBy = dateTimeUtc(input.dispatchBy)
    if (dispatchBy === invalid) return invalid
    return { _tag: "ShipmentPrepared", items, address, dispatchBy }
  }
  const shipmentFailed = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const reason = input.reason
    if (typeof reason !== "string" || reason === "") return invalid
    return { _tag: "ShipmentFailed", reason }
  }
  const shipmentDispatched = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const carrier = input.carrier
    if (typeof carrier !== "string" || carrier === "") return invalid
    const tracking = input.tracking
    if (typeof tracking !== "string" || tracking === "") return invalid
    return { _tag: "ShipmentDispatched", carrier, tracking }
  }
  const shipmentCalledOff = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    return { _tag: "ShipmentCalledOff" }
  }
  return [shipmentCalledOff, shipmentDispatched, shipmentFailed, shipmentPrepared]
}

/** Encodes events to their data, with a function for each type. */
const encodeEvents = ([notMinLength, notMaxLength, notMaxLength2, notBetween]) => {
  const shipmentPreparedItemsItem = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const sku = input.sku
    if (typeof sku !== "string" || sku === "" || notMaxLength2(sku)) return invalid
    const quantity = input.quantity
    if (!Number.isSafeInteger(quantity) || notBetween(quantity)) return invalid
    return { sku, quantity }
  }
  const shipmentPreparedAddress = (input) => {
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
  const shipmentPreparedItems = (input) => {
    if (!Array.isArray(input)) return invalid
    const { length } = input
    const output = []
    for (let index = 0; index < length; index++) {
      const item = shipmentPreparedItemsItem(input[index])
      if (item === invalid) return invalid
      output.push(item)
    }
    if (notMinLength(input) || notMaxLength(input)) return invalid
    return output
  }
  const shipmentPrepared = (input) => {
    if (Array.isArray(input) || (input._tag !== "ShipmentPrepared" && "_tag" in input)) return invalid
    const items = shipmentPreparedItems(input.items)
    if (items === invalid) return invalid
    const address = shipmentPreparedAddress(input.address)
    if (address === invalid) return invalid
    const dispatchBy = input.dispatchBy
    if (!isDateTimeUtc(dispatchBy)) return invalid
    return { items, address, dispatchBy: storedDateTime(dispatchBy) }
  }
  const shipmentFailed = (input) => {
    if (Array.isArray(input) || (input._tag !== "ShipmentFailed" && "_tag" in input)) return invalid
    const reason = input.reason
    if (typeof reason !== "string" || reason === "") return invalid
    return { reason }
  }
  const shipmentDispatched = (input) => {
    if (Array.isArray(input) || (input._tag !== "ShipmentDispatched" && "_tag" in input)) return invalid
    const carrier = input.carrier
    if (typeof carrier !== "string" || carrier === "") return invalid
    const tracking = input.tracking
    if (typeof tracking !== "string" || tracking === "") return invalid
    return { carrier, tracking }
  }
  const shipmentCalledOff = (input) => {
    if (Array.isArray(input) || (input._tag !== "ShipmentCalledOff" && "_tag" in input)) return invalid
    return {}
  }
  return [shipmentCalledOff, shipmentDispatched, shipmentFailed, shipmentPrepared]
}

/** Decodes stored states. */
const decodeState = () => {
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const status = input.status
    if (
      status !== "Unprepared" &&
      status !== "Prepared" &&
      status !== "Dispatched" &&
      status !== "Failed" &&
      status !== "CalledOff"
    ) return invalid
    const tracking = input.tracking
    if ((typeof tracking !== "string" || tracking === "") && tracking !== null) return invalid
    return { status, tracking }
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
