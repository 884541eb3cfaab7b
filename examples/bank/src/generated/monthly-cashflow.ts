// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed a807c323c869ed50
import { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type {
  CardWithdrawn,
  CashDeposited,
  CashWithdrawn,
  FeeCharged,
  InterestCredited,
  PenaltyInterestCharged,
  TransferReceived,
  TransferSent
} from "./account.ts"
import type { AccountId, CashflowKind, Money, Month } from "./values.ts"

/** Money in and out, by month and kind, over all accounts. */
export interface MonthlyCashflowRow {
  readonly month: Month
  readonly kind: CashflowKind
  readonly movements: number
  readonly total: Money
}

export type MonthlyCashflowEvent =
  | CashDeposited
  | CashWithdrawn
  | CardWithdrawn
  | TransferReceived
  | TransferSent
  | InterestCredited
  | FeeCharged
  | PenaltyInterestCharged

/** Key of a row. */
export interface MonthlyCashflowKey {
  readonly month: Month
  readonly kind: CashflowKind
}

/** One handler for each event. `undefined` stands for no row. You write them in ../monthly-cashflow.projection.ts. */
export interface MonthlyCashflowHandlers {
  readonly CashDeposited: (
    row: MonthlyCashflowRow | undefined,
    event: CashDeposited,
    origin: Projection.Origin<AccountId>,
    key: MonthlyCashflowKey
  ) => MonthlyCashflowRow | undefined
  readonly CashWithdrawn: (
    row: MonthlyCashflowRow | undefined,
    event: CashWithdrawn,
    origin: Projection.Origin<AccountId>,
    key: MonthlyCashflowKey
  ) => MonthlyCashflowRow | undefined
  readonly CardWithdrawn: (
    row: MonthlyCashflowRow | undefined,
    event: CardWithdrawn,
    origin: Projection.Origin<AccountId>,
    key: MonthlyCashflowKey
  ) => MonthlyCashflowRow | undefined
  readonly TransferReceived: (
    row: MonthlyCashflowRow | undefined,
    event: TransferReceived,
    origin: Projection.Origin<AccountId>,
    key: MonthlyCashflowKey
  ) => MonthlyCashflowRow | undefined
  readonly TransferSent: (
    row: MonthlyCashflowRow | undefined,
    event: TransferSent,
    origin: Projection.Origin<AccountId>,
    key: MonthlyCashflowKey
  ) => MonthlyCashflowRow | undefined
  readonly InterestCredited: (
    row: MonthlyCashflowRow | undefined,
    event: InterestCredited,
    origin: Projection.Origin<AccountId>,
    key: MonthlyCashflowKey
  ) => MonthlyCashflowRow | undefined
  readonly FeeCharged: (
    row: MonthlyCashflowRow | undefined,
    event: FeeCharged,
    origin: Projection.Origin<AccountId>,
    key: MonthlyCashflowKey
  ) => MonthlyCashflowRow | undefined
  /** Interest on a balance below zero. */
  readonly PenaltyInterestCharged: (
    row: MonthlyCashflowRow | undefined,
    event: PenaltyInterestCharged,
    origin: Projection.Origin<AccountId>,
    key: MonthlyCashflowKey
  ) => MonthlyCashflowRow | undefined
}

/** Functions that return the keys of the rows that an event belongs to: one, several or none. */
export interface MonthlyCashflowKeys {
  readonly Account: (
    event:
      | CashDeposited
      | CashWithdrawn
      | CardWithdrawn
      | TransferReceived
      | TransferSent
      | InterestCredited
      | FeeCharged
      | PenaltyInterestCharged,
    origin: Projection.Origin<AccountId>
  ) => Projection.Keys<MonthlyCashflowKey>
}

/** The combined handlers, as services run them. */
export interface MonthlyCashflowBodies extends Projection.Bodies<
  MonthlyCashflowRow,
  MonthlyCashflowEvent,
  AccountId,
  MonthlyCashflowKey
> {}

export const MonthlyCashflow = {
  /** Combines the key functions and handlers. */
  project: (bodies: {
    readonly keys: MonthlyCashflowKeys
    readonly on: MonthlyCashflowHandlers
  }): MonthlyCashflowBodies => ({
    keys: (event, origin) => {
      switch (event._tag) {
        case "CashDeposited":
        case "CashWithdrawn":
        case "CardWithdrawn":
        case "TransferReceived":
        case "TransferSent":
        case "InterestCredited":
        case "FeeCharged":
        case "PenaltyInterestCharged":
          return Projection.toKeys(bodies.keys.Account(event, origin))
        default:
          return Fold.unhandled("MonthlyCashflow.keys", event)
      }
    },
    project: (row, event, origin, key) => {
      switch (event._tag) {
        case "CashDeposited":
          return bodies.on.CashDeposited(row, event, origin, key)
        case "CashWithdrawn":
          return bodies.on.CashWithdrawn(row, event, origin, key)
        case "CardWithdrawn":
          return bodies.on.CardWithdrawn(row, event, origin, key)
        case "TransferReceived":
          return bodies.on.TransferReceived(row, event, origin, key)
        case "TransferSent":
          return bodies.on.TransferSent(row, event, origin, key)
        case "InterestCredited":
          return bodies.on.InterestCredited(row, event, origin, key)
        case "FeeCharged":
          return bodies.on.FeeCharged(row, event, origin, key)
        case "PenaltyInterestCharged":
          return bodies.on.PenaltyInterestCharged(row, event, origin, key)
        default:
          return Fold.unhandled("MonthlyCashflow.project", event)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const MonthlyCashflowTable: Projection.Table = {
  domain: "bank",
  name: "monthly_cashflow",
  key: "json",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "month", field: "month", type: "text", nullable: false },
    { name: "kind", field: "kind", type: "text", nullable: false },
    { name: "movements", field: "movements", type: "bigint", nullable: false },
    { name: "total", field: "total", type: "numeric", nullable: false }
  ],
  primaryKey: ["_key"],
  indexes: [{ name: "monthly_cashflow_by_month", columns: ["month"] }],
  constraints: [
    {
      kind: "oneOf",
      name: "kind_check",
      column: "kind",
      values: ["cash in", "cash out", "card", "transfer in", "transfer out", "interest", "fee", "penalty interest"]
    },
    { kind: "range", name: "movements_check", column: "movements", minimum: 0 }
  ]
}
