/**
 * The payloads that every contender stores: movements of the bank's accounts, in Eventfold's stored
 * form.
 */
import { AccountCodec } from "bank/src/generated/account.codec.ts"
import type { AccountEvent } from "bank/src/generated/account.ts"
import { Schema } from "effect"

interface Tagged {
  readonly _tag: string
  readonly [field: string]: Schema.Json
}

export interface Payload {
  readonly type: string
  readonly data: Schema.Json
}

const decode = ({ _tag, ...data }: Tagged): AccountEvent =>
  Schema.decodeUnknownSync(AccountCodec.events.get(_tag)!)(data)
const encode = (event: AccountEvent): Schema.Json => Schema.encodeSync(AccountCodec.events.get(event._tag)!)(event)

const amounts = ["370000", "1200", "80050", "990", "45000"]

/**
 * The n-th event of a stream: an opening, then deposits, withdrawals, transfers, fees and interest
 * in turn.
 */
const json = (n: number): Tagged => {
  const movement = { transactionId: String(100_000 + n), amount: amounts[n % amounts.length]! }
  if (n === 0) return { _tag: "AccountOpened", district: 18, statements: "monthly", overdraftLimit: "0" }
  switch (n % 5) {
    case 1:
      return { _tag: "CashDeposited", ...movement }
    case 2:
      return { _tag: "CashWithdrawn", ...movement, purpose: "household" }
    case 3:
      return { _tag: "TransferReceived", ...movement, purpose: "household" }
    case 4:
      return { _tag: "FeeCharged", ...movement }
    default:
      return { _tag: "InterestCredited", ...movement }
  }
}

/** The first events of a stream, decoded. */
export const events = (count: number): ReadonlyArray<AccountEvent> =>
  Array.from({ length: count }, (_, n) => decode(json(n)))

const ring: ReadonlyArray<Payload> = events(1_001).map((event) => ({ type: event._tag, data: encode(event) }))

/** Payload of the n-th event of a stream. */
export const payload = (n: number): Payload => (n === 0 ? ring[0]! : ring[1 + ((n - 1) % 1_000)]!)
