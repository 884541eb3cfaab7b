/** Money in and out, by month and kind. Pure. */
import { DateTime } from "effect"
import { Month } from "schemas/bank/account.ts"
import * as Money from "schemas/bank/money.ts"
import { MonthlyCashflow, type MonthlyCashflowKey, type MonthlyCashflowRow } from "./generated/monthly-cashflow.ts"
import type { Money as Hellers } from "./generated/values.ts"

type Row = MonthlyCashflowRow | undefined

const kinds = {
  CashDeposited: "cash in",
  CashWithdrawn: "cash out",
  CardWithdrawn: "card",
  TransferReceived: "transfer in",
  TransferSent: "transfer out",
  InterestCredited: "interest",
  FeeCharged: "fee",
  PenaltyInterestCharged: "penalty interest"
} as const

const count = (row: Row, amount: Hellers, key: MonthlyCashflowKey): Row => ({
  ...key,
  movements: (row?.movements ?? 0) + 1,
  total: Money.add(row?.total ?? Money.zero, amount)
})

export const project = MonthlyCashflow.project({
  keys: {
    Account: (event, { occurredAt }) => ({
      month: Month.make(DateTime.formatIso(occurredAt).slice(0, 7)),
      kind: kinds[event._tag]
    })
  },
  on: {
    CashDeposited: (row, { amount }, _, key): Row => count(row, amount, key),
    CashWithdrawn: (row, { amount }, _, key): Row => count(row, amount, key),
    CardWithdrawn: (row, { amount }, _, key): Row => count(row, amount, key),
    TransferReceived: (row, { amount }, _, key): Row => count(row, amount, key),
    TransferSent: (row, { amount }, _, key): Row => count(row, amount, key),
    InterestCredited: (row, { amount }, _, key): Row => count(row, amount, key),
    FeeCharged: (row, { amount }, _, key): Row => count(row, amount, key),
    PenaltyInterestCharged: (row, { amount }, _, key): Row => count(row, amount, key)
  }
})
