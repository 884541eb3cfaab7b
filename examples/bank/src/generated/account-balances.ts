// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 2613cc95f1b43c7c
import type { DateTime } from "effect"
import type { Projection } from "eventfold"
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
import type { AccountId, Money } from "./values.ts"

/** The current balance of each account. */
export interface AccountBalancesRow {
  readonly accountId: AccountId
  readonly balance: Money
  readonly movements: number
  readonly updatedAt: DateTime.Utc
}

export type AccountBalancesEvent = AccountEvent

/** One handler for each event. `undefined` stands for no row. You write them in ../account-balances.projection.ts. */
export interface AccountBalancesHandlers {
  /** The account exists from here on. */
  readonly AccountOpened: (
    row: AccountBalancesRow | undefined,
    event: AccountOpened,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
  readonly CashDeposited: (
    row: AccountBalancesRow | undefined,
    event: CashDeposited,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
  readonly CashWithdrawn: (
    row: AccountBalancesRow | undefined,
    event: CashWithdrawn,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
  readonly CardWithdrawn: (
    row: AccountBalancesRow | undefined,
    event: CardWithdrawn,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
  readonly TransferReceived: (
    row: AccountBalancesRow | undefined,
    event: TransferReceived,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
  readonly TransferSent: (
    row: AccountBalancesRow | undefined,
    event: TransferSent,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
  readonly InterestCredited: (
    row: AccountBalancesRow | undefined,
    event: InterestCredited,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
  readonly FeeCharged: (
    row: AccountBalancesRow | undefined,
    event: FeeCharged,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
  /** Interest on a balance below zero. */
  readonly PenaltyInterestCharged: (
    row: AccountBalancesRow | undefined,
    event: PenaltyInterestCharged,
    origin: Projection.Origin<AccountId>
  ) => AccountBalancesRow | undefined
}

/** The combined handlers, as services run them. */
export interface AccountBalancesBodies extends Projection.Bodies<
  AccountBalancesRow,
  AccountBalancesEvent,
  AccountId,
  AccountId
> {}

export const AccountBalances = {
  /** Combines the handlers of all events. */
  project: (on: AccountBalancesHandlers): AccountBalancesBodies => ({
    keys: (_event, origin) => [origin.id],
    project: (row, event, origin) => {
      switch (event._tag) {
        case "AccountOpened":
          return on.AccountOpened(row, event, origin)
        case "CashDeposited":
          return on.CashDeposited(row, event, origin)
        case "CashWithdrawn":
          return on.CashWithdrawn(row, event, origin)
        case "CardWithdrawn":
          return on.CardWithdrawn(row, event, origin)
        case "TransferReceived":
          return on.TransferReceived(row, event, origin)
        case "TransferSent":
          return on.TransferSent(row, event, origin)
        case "InterestCredited":
          return on.InterestCredited(row, event, origin)
        case "FeeCharged":
          return on.FeeCharged(row, event, origin)
        case "PenaltyInterestCharged":
          return on.PenaltyInterestCharged(row, event, origin)
        default:
          return Fold.unhandled("AccountBalances.project", event)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const AccountBalancesTable: Projection.Table = {
  domain: "bank",
  name: "account_balances",
  key: "text",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "account_id", field: "accountId", type: "text", nullable: false },
    { name: "balance", field: "balance", type: "numeric", nullable: false },
    { name: "movements", field: "movements", type: "bigint", nullable: false },
    { name: "updated_at", field: "updatedAt", type: "timestamptz", nullable: false }
  ],
  primaryKey: ["_key"],
  indexes: [],
  constraints: [{ kind: "range", name: "movements_check", column: "movements", minimum: 0 }]
}
