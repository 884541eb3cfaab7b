// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed e7a51a11fd7a16b2
/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
import { Option } from "effect"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold/generated"

const { bigint, invalid, option, storedOption } = Leaf

/** Decodes the data of stored events, with a function for each type. */
const decodeEvents = ([notBetweenBigInt]) => {
  const paymentMade = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const accountId = input.accountId
    if (typeof accountId !== "string" || accountId === "") return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt(amount)) return invalid
    return { _tag: "PaymentMade", accountId, transactionId, amount }
  }
  const loanGranted = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const accountId = input.accountId
    if (typeof accountId !== "string" || accountId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt(amount)) return invalid
    const months = input.months
    if (!Number.isSafeInteger(months) || !(months >= 0)) return invalid
    const payment = bigint(input.payment)
    if (payment === invalid || notBetweenBigInt(payment)) return invalid
    return { _tag: "LoanGranted", accountId, amount, months, payment }
  }
  return [loanGranted, paymentMade]
}

/** Encodes events to their data, with a function for each type. */
const encodeEvents = ([notBetweenBigInt]) => {
  const paymentMade = (input) => {
    if (Array.isArray(input) || (input._tag !== "PaymentMade" && "_tag" in input)) return invalid
    const accountId = input.accountId
    if (typeof accountId !== "string" || accountId === "") return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt(amount)) return invalid
    return { accountId, transactionId, amount: String(amount) }
  }
  const loanGranted = (input) => {
    if (Array.isArray(input) || (input._tag !== "LoanGranted" && "_tag" in input)) return invalid
    const accountId = input.accountId
    if (typeof accountId !== "string" || accountId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt(amount)) return invalid
    const months = input.months
    if (!Number.isSafeInteger(months) || !(months >= 0)) return invalid
    const payment = input.payment
    if (typeof payment !== "bigint" || notBetweenBigInt(payment)) return invalid
    return { accountId, amount: String(amount), months, payment: String(payment) }
  }
  return [loanGranted, paymentMade]
}

/** Decodes stored states. */
const decodeState = () => {
  const stateAccountStoredNone = (input) => {
    if (Array.isArray(input)) return invalid
    return { _tag: "None" }
  }
  const stateAccountStoredSome = (input) => {
    if (Array.isArray(input)) return invalid
    const value = input.value
    if (typeof value !== "string" || value === "") return invalid
    return { _tag: "Some", value }
  }
  const stateAccountMade = (input) => {
    if (!Option.isOption(input)) return invalid
    if (Option.isNone(input)) return Option.none()
    const value = input.value
    if (typeof value !== "string" || value === "") return invalid
    return Option.some(value)
  }
  const stateAccountStored = (input) => {
    if (typeof input !== "object" || input === null) return invalid
    switch (input._tag) {
      case "Some":
        return stateAccountStoredSome(input)
      case "None":
        return stateAccountStoredNone(input)
      default:
        return invalid
    }
  }
  const stateAccount = (input) => {
    const made = stateAccountStored(input)
    if (made === invalid) return invalid
    const made2 = option(made)
    return stateAccountMade(made2)
  }
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const account = stateAccount(input.account)
    if (account === invalid) return invalid
    const granted = bigint(input.granted)
    if (granted === invalid) return invalid
    const repaid = bigint(input.repaid)
    if (repaid === invalid) return invalid
    const payments = input.payments
    if (!Number.isSafeInteger(payments) || !(payments >= 0)) return invalid
    return { account, granted, repaid, payments }
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
  const stateAccountMadeNone = (input) => {
    if (Array.isArray(input)) return invalid
    return { _tag: "None" }
  }
  const stateAccountMadeSome = (input) => {
    if (Array.isArray(input)) return invalid
    const value = input.value
    if (typeof value !== "string" || value === "") return invalid
    return { _tag: "Some", value }
  }
  const stateAccountMade = (input) => {
    if (typeof input !== "object" || input === null) return invalid
    switch (input._tag) {
      case "Some":
        return stateAccountMadeSome(input)
      case "None":
        return stateAccountMadeNone(input)
      default:
        return invalid
    }
  }
  const stateAccountStored = (input) => {
    if (!Option.isOption(input)) return invalid
    if (Option.isNone(input)) return Option.none()
    const value = input.value
    if (typeof value !== "string" || value === "") return invalid
    return Option.some(value)
  }
  const stateAccount = (input) => {
    const made = stateAccountStored(input)
    if (made === invalid) return invalid
    const made2 = storedOption(made)
    return stateAccountMade(made2)
  }
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const account = stateAccount(input.account)
    if (account === invalid) return invalid
    const granted = input.granted
    if (typeof granted !== "bigint") return invalid
    const repaid = input.repaid
    if (typeof repaid !== "bigint") return invalid
    const payments = input.payments
    if (!Number.isSafeInteger(payments) || !(payments >= 0)) return invalid
    return { account, granted: String(granted), repaid: String(repaid), payments }
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
