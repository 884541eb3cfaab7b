// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b48f74eb9f8b5138
import { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type {
  AccountEvent,
  AccountOpened,
  CardWithdrawn,
  CashDeposited,
  CashWithdrawn,
  FeeCharged,
  InterestCredited,
  PenaltyInterestCharged,
  TransferReceived,
  TransferSent
} from "./account.ts"
import type { LoanEvent, LoanGranted, PaymentMade } from "./loan.ts"
import type { AccountId, LoanId, Money } from "./values.ts"

/** The standing of each customer: the balance of the account and the debt of its loan. */
export interface AccountStandingRow {
  readonly accountId: AccountId
  readonly balance: Money
  readonly debt: Money
  readonly payments: number
}

export type AccountStandingEvent = AccountEvent | LoanEvent

/** Key of a row. */
export type AccountStandingKey = AccountId

/** One handler for each event. `undefined` stands for no row. You write them in ../account-standing.projection.ts. */
export interface AccountStandingHandlers {
  /** The account exists from here on. */
  readonly AccountOpened: (
    row: AccountStandingRow | undefined,
    event: AccountOpened,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  readonly CashDeposited: (
    row: AccountStandingRow | undefined,
    event: CashDeposited,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  readonly CashWithdrawn: (
    row: AccountStandingRow | undefined,
    event: CashWithdrawn,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  readonly CardWithdrawn: (
    row: AccountStandingRow | undefined,
    event: CardWithdrawn,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  readonly TransferReceived: (
    row: AccountStandingRow | undefined,
    event: TransferReceived,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  readonly TransferSent: (
    row: AccountStandingRow | undefined,
    event: TransferSent,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  readonly InterestCredited: (
    row: AccountStandingRow | undefined,
    event: InterestCredited,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  readonly FeeCharged: (
    row: AccountStandingRow | undefined,
    event: FeeCharged,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  /** Interest on a balance below zero. */
  readonly PenaltyInterestCharged: (
    row: AccountStandingRow | undefined,
    event: PenaltyInterestCharged,
    origin: Projection.Origin<AccountId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  /** The money is lent: `amount` in all, `payment` a month for so many `months`. */
  readonly LoanGranted: (
    row: AccountStandingRow | undefined,
    event: LoanGranted,
    origin: Projection.Origin<LoanId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
  readonly PaymentMade: (
    row: AccountStandingRow | undefined,
    event: PaymentMade,
    origin: Projection.Origin<LoanId>,
    key: AccountStandingKey
  ) => AccountStandingRow | undefined
}

/** Functions that return the keys of the rows that an event belongs to: one, several or none. */
export interface AccountStandingKeys {
  readonly Account: (event: AccountEvent, origin: Projection.Origin<AccountId>) => Projection.Keys<AccountStandingKey>
  readonly Loan: (event: LoanEvent, origin: Projection.Origin<LoanId>) => Projection.Keys<AccountStandingKey>
}

/** The combined handlers, as services run them. */
export interface AccountStandingBodies extends Projection.Bodies<
  AccountStandingRow,
  AccountStandingEvent,
  AccountId | LoanId,
  AccountStandingKey
> {}

export const AccountStanding = {
  /** Combines the key functions and handlers. */
  project: (bodies: {
    readonly keys: AccountStandingKeys
    readonly on: AccountStandingHandlers
  }): AccountStandingBodies => ({
    keys: (event, origin) => {
      switch (event._tag) {
        case "AccountOpened":
        case "CashDeposited":
        case "CashWithdrawn":
        case "CardWithdrawn":
        case "TransferReceived":
        case "TransferSent":
        case "InterestCredited":
        case "FeeCharged":
        case "PenaltyInterestCharged":
          return Projection.toKeys(bodies.keys.Account(event, origin as Projection.Origin<AccountId>))
        case "LoanGranted":
        case "PaymentMade":
          return Projection.toKeys(bodies.keys.Loan(event, origin as Projection.Origin<LoanId>))
        default:
          return Fold.unhandled("AccountStanding.keys", event)
      }
    },
    project: (row, event, origin, key) => {
      switch (event._tag) {
        case "AccountOpened":
          return bodies.on.AccountOpened(row, event, origin as Projection.Origin<AccountId>, key)
        case "CashDeposited":
          return bodies.on.CashDeposited(row, event, origin as Projection.Origin<AccountId>, key)
        case "CashWithdrawn":
          return bodies.on.CashWithdrawn(row, event, origin as Projection.Origin<AccountId>, key)
        case "CardWithdrawn":
          return bodies.on.CardWithdrawn(row, event, origin as Projection.Origin<AccountId>, key)
        case "TransferReceived":
          return bodies.on.TransferReceived(row, event, origin as Projection.Origin<AccountId>, key)
        case "TransferSent":
          return bodies.on.TransferSent(row, event, origin as Projection.Origin<AccountId>, key)
        case "InterestCredited":
          return bodies.on.InterestCredited(row, event, origin as Projection.Origin<AccountId>, key)
        case "FeeCharged":
          return bodies.on.FeeCharged(row, event, origin as Projection.Origin<AccountId>, key)
        case "PenaltyInterestCharged":
          return bodies.on.PenaltyInterestCharged(row, event, origin as Projection.Origin<AccountId>, key)
        case "LoanGranted":
          return bodies.on.LoanGranted(row, event, origin as Projection.Origin<LoanId>, key)
        case "PaymentMade":
          return bodies.on.PaymentMade(row, event, origin as Projection.Origin<LoanId>, key)
        default:
          return Fold.unhandled("AccountStanding.project", event)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const AccountStandingTable: Projection.Table = {
  domain: "bank",
  name: "account_standing",
  key: "text",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "account_id", field: "accountId", type: "text", nullable: false },
    { name: "balance", field: "balance", type: "numeric", nullable: false },
    { name: "debt", field: "debt", type: "numeric", nullable: false },
    { name: "payments", field: "payments", type: "bigint", nullable: false }
  ],
  primaryKey: ["_key"],
  indexes: [],
  constraints: [{ kind: "range", name: "payments_check", column: "payments", minimum: 0 }]
}
