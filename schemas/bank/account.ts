/** The bank's accounts: their events and their state. */
import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
import { Amount, Limit, Money, zero } from "./money.ts"

export const AccountId = Schema.NonEmptyString.pipe(Schema.brand("AccountId"))
export type AccountId = typeof AccountId.Type

/** The bank's own number of a transaction. */
export const TransactionId = Schema.NonEmptyString.pipe(Schema.brand("TransactionId"))
export type TransactionId = typeof TransactionId.Type

/** The purpose of a payment, if the bank recorded it. */
export const Purpose = Schema.Literals(["unspecified", "household", "insurance", "loan", "pension"])

/** The other side of a transfer. */
export const Counterparty = Schema.Struct({ bank: Schema.NonEmptyString, account: Schema.NonEmptyString })

const movement = { transactionId: TransactionId, amount: Amount }

/** An account in Czech crowns: one customer's movements, and what the bank credits and charges. */
export const Account = Aggregate.make("Account", {
  id: AccountId,
  state: Schema.Struct({
    status: Schema.Literals(["Unopened", "Open"]),
    balance: Money,
    overdraftLimit: Limit,
    /** The sum of the bank's charges, which may take an account below its limit. */
    charges: Money,
    movements: Schema.Natural
  }),
  initial: { status: "Unopened", balance: zero, overdraftLimit: zero, charges: zero, movements: 0 },
  events: {
    /** The account exists from here on. */
    AccountOpened: {
      district: Schema.Natural,
      statements: Schema.Literals(["monthly", "weekly", "afterEachTransaction"]),
      overdraftLimit: Limit
    },
    CashDeposited: movement,
    CashWithdrawn: { ...movement, purpose: Purpose },
    CardWithdrawn: movement,
    TransferReceived: { ...movement, purpose: Purpose, from: Schema.optionalKey(Counterparty) },
    TransferSent: { ...movement, purpose: Purpose, to: Schema.optionalKey(Counterparty) },
    InterestCredited: movement,
    FeeCharged: movement,
    /** Interest on a balance below zero. */
    PenaltyInterestCharged: movement
  },
  errors: {
    AccountAlreadyOpen: {},
    AccountNotOpen: {},
    InsufficientFunds: { balance: Money, overdraftLimit: Limit, requested: Amount }
  },
  commands: {
    OpenAccount: {
      payload: {
        district: Schema.Natural,
        statements: Schema.Literals(["monthly", "weekly", "afterEachTransaction"]),
        overdraftLimit: Limit
      },
      emits: ["AccountOpened"],
      fails: ["AccountAlreadyOpen"]
    },
    DepositCash: { payload: movement, emits: ["CashDeposited"], fails: ["AccountNotOpen"] },
    /** Takes cash out, never beyond the overdraft. */
    WithdrawCash: {
      payload: { ...movement, purpose: Purpose },
      emits: ["CashWithdrawn"],
      fails: ["AccountNotOpen", "InsufficientFunds"]
    },
    WithdrawByCard: { payload: movement, emits: ["CardWithdrawn"], fails: ["AccountNotOpen", "InsufficientFunds"] },
    ReceiveTransfer: {
      payload: { ...movement, purpose: Purpose, from: Schema.optionalKey(Counterparty) },
      emits: ["TransferReceived"],
      fails: ["AccountNotOpen"]
    },
    SendTransfer: {
      payload: { ...movement, purpose: Purpose, to: Schema.optionalKey(Counterparty) },
      emits: ["TransferSent"],
      fails: ["AccountNotOpen", "InsufficientFunds"]
    },
    CreditInterest: { payload: movement, emits: ["InterestCredited"], fails: ["AccountNotOpen"] },
    /** The bank's own charge: it needs no funds. */
    ChargeFee: { payload: movement, emits: ["FeeCharged"], fails: ["AccountNotOpen"] },
    ChargePenaltyInterest: { payload: movement, emits: ["PenaltyInterestCharged"], fails: ["AccountNotOpen"] }
  },
  invariants: {
    "only the bank's own charges take an account below its overdraft": ({ balance, charges, overdraftLimit }) =>
      balance + charges >= -overdraftLimit,
    "nothing moves on an account that was never opened": ({ balance, movements, status }) =>
      status === "Open" || (balance === 0n && movements === 0)
  }
})

/** The current balance of each account. */
export const AccountBalances = Projection.make("AccountBalances", {
  from: [Account],
  key: "streamId",
  row: Schema.Struct({
    accountId: AccountId,
    balance: Money,
    movements: Schema.Natural,
    updatedAt: Schema.DateTimeUtc
  })
})

/** A month of the calendar, as `1993-03`. */
export const Month = Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}$/)).pipe(Schema.brand("Month"))
export type Month = typeof Month.Type

export const CashflowKind = Schema.Literals([
  "cash in",
  "cash out",
  "card",
  "transfer in",
  "transfer out",
  "interest",
  "fee",
  "penalty interest"
])

/** Money in and out, by month and kind, over all accounts. */
export const MonthlyCashflow = Projection.make("MonthlyCashflow", {
  from: [
    Projection.events(
      Account,
      "CashDeposited",
      "CashWithdrawn",
      "CardWithdrawn",
      "TransferReceived",
      "TransferSent",
      "InterestCredited",
      "FeeCharged",
      "PenaltyInterestCharged"
    )
  ],
  key: Schema.Struct({ month: Month, kind: CashflowKind }),
  row: Schema.Struct({ month: Month, kind: CashflowKind, movements: Schema.Natural, total: Money }),
  indexes: { byMonth: ["month"] }
})
