/** The effect of each event on a loan. Pure. */
import { Option } from "effect"
import * as Money from "schemas/bank/money.ts"
import { Loan, type LoanState } from "./generated/loan.ts"

export const apply = Loan.apply({
  LoanGranted: (state, { accountId, amount }): LoanState => ({
    ...state,
    account: Option.some(accountId),
    granted: amount
  }),

  PaymentMade: (state, { amount }): LoanState => ({
    ...state,
    repaid: Money.add(state.repaid, amount),
    payments: state.payments + 1
  })
})
