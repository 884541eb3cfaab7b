// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 860815b7ceaf52d8
/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
import { runtime } from "effect/schema/SchemaCompiler/runtime"
import { Leaf } from "eventfold/generated"

const { bigint, invalid } = Leaf

/** Decodes the data of stored events, with a function for each type. */
const decodeEvents = ([notBetweenBigInt, notBetweenBigInt2]) => {
  const transferReceivedFrom = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const bank = input.bank
    if (typeof bank !== "string" || bank === "") return invalid
    const account = input.account
    if (typeof account !== "string" || account === "") return invalid
    return { bank, account }
  }
  const transferSent = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt2(amount)) return invalid
    const purpose = input.purpose
    if (
      purpose !== "unspecified" &&
      purpose !== "household" &&
      purpose !== "insurance" &&
      purpose !== "loan" &&
      purpose !== "pension"
    ) return invalid
    const output = { _tag: "TransferSent", transactionId, amount, purpose }
    const to = input.to
    if (to !== undefined) {
      const made = transferReceivedFrom(to)
      if (made === invalid) return invalid
      output.to = made
    } else if ("to" in input) return invalid
    return output
  }
  const transferReceived = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt2(amount)) return invalid
    const purpose = input.purpose
    if (
      purpose !== "unspecified" &&
      purpose !== "household" &&
      purpose !== "insurance" &&
      purpose !== "loan" &&
      purpose !== "pension"
    ) return invalid
    const output = { _tag: "TransferReceived", transactionId, amount, purpose }
    const from = input.from
    if (from !== undefined) {
      const made = transferReceivedFrom(from)
      if (made === invalid) return invalid
      output.from = made
    } else if ("from" in input) return invalid
    return output
  }
  const penaltyInterestCharged = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt2(amount)) return invalid
    return { _tag: "PenaltyInterestCharged", transactionId, amount }
  }
  const interestCredited = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt2(amount)) return invalid
    return { _tag: "InterestCredited", transactionId, amount }
  }
  const feeCharged = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt2(amount)) return invalid
    return { _tag: "FeeCharged", transactionId, amount }
  }
  const cashWithdrawn = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt2(amount)) return invalid
    const purpose = input.purpose
    if (
      purpose !== "unspecified" &&
      purpose !== "household" &&
      purpose !== "insurance" &&
      purpose !== "loan" &&
      purpose !== "pension"
    ) return invalid
    return { _tag: "CashWithdrawn", transactionId, amount, purpose }
  }
  const cashDeposited = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt2(amount)) return invalid
    return { _tag: "CashDeposited", transactionId, amount }
  }
  const cardWithdrawn = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = bigint(input.amount)
    if (amount === invalid || notBetweenBigInt2(amount)) return invalid
    return { _tag: "CardWithdrawn", transactionId, amount }
  }
  const accountOpened = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const district = input.district
    if (!Number.isSafeInteger(district) || !(district >= 0)) return invalid
    const statements = input.statements
    if (statements !== "monthly" && statements !== "weekly" && statements !== "afterEachTransaction") return invalid
    const overdraftLimit = bigint(input.overdraftLimit)
    if (overdraftLimit === invalid || notBetweenBigInt(overdraftLimit)) return invalid
    return { _tag: "AccountOpened", district, statements, overdraftLimit }
  }
  return [
    accountOpened,
    cardWithdrawn,
    cashDeposited,
    cashWithdrawn,
    feeCharged,
    interestCredited,
    penaltyInterestCharged,
    transferReceived,
    transferSent
  ]
}

/** Encodes events to their data, with a function for each type. */
const encodeEvents = ([notBetweenBigInt, notBetweenBigInt2]) => {
  const transferReceivedFrom = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const bank = input.bank
    if (typeof bank !== "string" || bank === "") return invalid
    const account = input.account
    if (typeof account !== "string" || account === "") return invalid
    return { bank, account }
  }
  const transferSent = (input) => {
    if (Array.isArray(input) || (input._tag !== "TransferSent" && "_tag" in input)) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt2(amount)) return invalid
    const purpose = input.purpose
    if (
      purpose !== "unspecified" &&
      purpose !== "household" &&
      purpose !== "insurance" &&
      purpose !== "loan" &&
      purpose !== "pension"
    ) return invalid
    const output = { transactionId, amount: String(amount), purpose }
    const to = input.to
    if (to !== undefined) {
      const made = transferReceivedFrom(to)
      if (made === invalid) return invalid
      output.to = made
    } else if ("to" in input) return invalid
    return output
  }
  const transferReceived = (input) => {
    if (Array.isArray(input) || (input._tag !== "TransferReceived" && "_tag" in input)) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt2(amount)) return invalid
    const purpose = input.purpose
    if (
      purpose !== "unspecified" &&
      purpose !== "household" &&
      purpose !== "insurance" &&
      purpose !== "loan" &&
      purpose !== "pension"
    ) return invalid
    const output = { transactionId, amount: String(amount), purpose }
    const from = input.from
    if (from !== undefined) {
      const made = transferReceivedFrom(from)
      if (made === invalid) return invalid
      output.from = made
    } else if ("from" in input) return invalid
    return output
  }
  const penaltyInterestCharged = (input) => {
    if (Array.isArray(input) || (input._tag !== "PenaltyInterestCharged" && "_tag" in input)) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt2(amount)) return invalid
    return { transactionId, amount: String(amount) }
  }
  const interestCredited = (input) => {
    if (Array.isArray(input) || (input._tag !== "InterestCredited" && "_tag" in input)) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt2(amount)) return invalid
    return { transactionId, amount: String(amount) }
  }
  const feeCharged = (input) => {
    if (Array.isArray(input) || (input._tag !== "FeeCharged" && "_tag" in input)) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt2(amount)) return invalid
    return { transactionId, amount: String(amount) }
  }
  const cashWithdrawn = (input) => {
    if (Array.isArray(input) || (input._tag !== "CashWithdrawn" && "_tag" in input)) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt2(amount)) return invalid
    const purpose = input.purpose
    if (
      purpose !== "unspecified" &&
      purpose !== "household" &&
      purpose !== "insurance" &&
      purpose !== "loan" &&
      purpose !== "pension"
    ) return invalid
    return { transactionId, amount: String(amount), purpose }
  }
  const cashDeposited = (input) => {
    if (Array.isArray(input) || (input._tag !== "CashDeposited" && "_tag" in input)) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt2(amount)) return invalid
    return { transactionId, amount: String(amount) }
  }
  const cardWithdrawn = (input) => {
    if (Array.isArray(input) || (input._tag !== "CardWithdrawn" && "_tag" in input)) return invalid
    const transactionId = input.transactionId
    if (typeof transactionId !== "string" || transactionId === "") return invalid
    const amount = input.amount
    if (typeof amount !== "bigint" || notBetweenBigInt2(amount)) return invalid
    return { transactionId, amount: String(amount) }
  }
  const accountOpened = (input) => {
    if (Array.isArray(input) || (input._tag !== "AccountOpened" && "_tag" in input)) return invalid
    const district = input.district
    if (!Number.isSafeInteger(district) || !(district >= 0)) return invalid
    const statements = input.statements
    if (statements !== "monthly" && statements !== "weekly" && statements !== "afterEachTransaction") return invalid
    const overdraftLimit = input.overdraftLimit
    if (typeof overdraftLimit !== "bigint" || notBetweenBigInt(overdraftLimit)) return invalid
    return { district, statements, overdraftLimit: String(overdraftLimit) }
  }
  return [
    accountOpened,
    cardWithdrawn,
    cashDeposited,
    cashWithdrawn,
    feeCharged,
    interestCredited,
    penaltyInterestCharged,
    transferReceived,
    transferSent
  ]
}

/** Decodes stored states. */
const decodeState = ([notBetweenBigInt]) => {
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const status = input.status
    if (status !== "Unopened" && status !== "Open") return invalid
    const balance = bigint(input.balance)
    if (balance === invalid) return invalid
    const overdraftLimit = bigint(input.overdraftLimit)
    if (overdraftLimit === invalid || notBetweenBigInt(overdraftLimit)) return invalid
    const charges = bigint(input.charges)
    if (charges === invalid) return invalid
    const movements = input.movements
    if (!Number.isSafeInteger(movements) || !(movements >= 0)) return invalid
    return { status, balance, overdraftLimit, charges, movements }
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
const encodeState = ([notBetweenBigInt]) => {
  const state = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const status = input.status
    if (status !== "Unopened" && status !== "Open") return invalid
    const balance = input.balance
    if (typeof balance !== "bigint") return invalid
    const overdraftLimit = input.overdraftLimit
    if (typeof overdraftLimit !== "bigint" || notBetweenBigInt(overdraftLimit)) return invalid
    const charges = input.charges
    if (typeof charges !== "bigint") return invalid
    const movements = input.movements
    if (!Number.isSafeInteger(movements) || !(movements >= 0)) return invalid
    return {
      status,
      balance: String(balance),
      overdraftLimit: String(overdraftLimit),
      charges: String(charges),
      movements
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
