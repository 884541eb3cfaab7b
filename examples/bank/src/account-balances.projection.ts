/** The current balance of each account. Pure, like `apply`; times come with the event's origin. */
import * as Money from "schemas/bank/money.ts"
import { AccountBalances, type AccountBalancesRow } from "./generated/account-balances.ts"
import type { Money as Hellers } from "./generated/values.ts"
import type { Projection } from "eventfold"

type Row = AccountBalancesRow | undefined

/** The account's row with an amount more (or less) on it. */
const move = (row: Row, amount: Hellers, { occurredAt }: Projection.Origin<unknown>): Row =>
  row && {
    ...row,
    balance: Money.add(row.balance, amount),
    movements: row.movements + 1,
    updatedAt: occurredAt
  }

export const project = AccountBalances.project({
  AccountOpened: (_, __, { id, occurredAt }): Row => ({
    accountId: id,
    balance: Money.zero,
    movements: 0,
    updatedAt: occurredAt
  }),
  CashDeposited: (row, { amount }, origin): Row => move(row, amount, origin),
  CashWithdrawn: (row, { amount }, origin): Row => move(row, Money.negate(amount), origin),
  CardWithdrawn: (row, { amount }, origin): Row => move(row, Money.negate(amount), origin),
  TransferReceived: (row, { amount }, origin): Row => move(row, amount, origin),
  TransferSent: (row, { amount }, origin): Row => move(row, Money.negate(amount), origin),
  InterestCredited: (row, { amount }, origin): Row => move(row, amount, origin),
  FeeCharged: (row, { amount }, origin): Row => move(row, Money.negate(amount), origin),
  PenaltyInterestCharged: (row, { amount }, origin): Row => move(row, Money.negate(amount), origin)
})
