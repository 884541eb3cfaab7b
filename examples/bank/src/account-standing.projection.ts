/** The balance and the debt of each customer: accounts and loans together. Pure. */
import type { AccountId } from "schemas/bank/account.ts"
import * as Money from "schemas/bank/money.ts"
import { AccountStanding, type AccountStandingRow } from "./generated/account-standing.ts"
import type { Money as Hellers } from "./generated/values.ts"

type Row = AccountStandingRow | undefined

const hold = (row: Row, amount: Hellers): Row => row && { ...row, balance: Money.add(row.balance, amount) }

const owe = (row: Row, amount: Hellers, accountId: AccountId): AccountStandingRow => ({
  accountId,
  balance: row?.balance ?? Money.zero,
  debt: Money.add(row?.debt ?? Money.zero, amount),
  payments: row?.payments ?? 0
})

export const project = AccountStanding.project({
  keys: {
    Account: (_, { id }) => id,
    Loan: (event) => event.accountId
  },
  on: {
    AccountOpened: (row, _, __, accountId): Row => owe(row, Money.zero, accountId),
    CashDeposited: (row, { amount }): Row => hold(row, amount),
    CashWithdrawn: (row, { amount }): Row => hold(row, Money.negate(amount)),
    CardWithdrawn: (row, { amount }): Row => hold(row, Money.negate(amount)),
    TransferReceived: (row, { amount }): Row => hold(row, amount),
    TransferSent: (row, { amount }): Row => hold(row, Money.negate(amount)),
    InterestCredited: (row, { amount }): Row => hold(row, amount),
    FeeCharged: (row, { amount }): Row => hold(row, Money.negate(amount)),
    PenaltyInterestCharged: (row, { amount }): Row => hold(row, Money.negate(amount)),
    LoanGranted: (row, { accountId, amount }): Row => owe(row, amount, accountId),
    PaymentMade: (row, { accountId, amount }): Row => {
      const next = owe(row, Money.negate(amount), accountId)
      return { ...next, payments: next.payments + 1 }
    }
  }
})
