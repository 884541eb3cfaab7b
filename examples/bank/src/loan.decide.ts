/** Decides commands to a loan: the events they lead to, or the error that refuses them. Pure. */
import { Option } from "effect"
import * as Money from "schemas/bank/money.ts"
import {
  Loan,
  LoanAlreadyGranted,
  LoanGranted,
  LoanNotGranted,
  PaymentExceedsDebt,
  PaymentMade
} from "./generated/loan.ts"

export const decide = Loan.decide({
  GrantLoan: ({ account }, command) =>
    Option.isNone(account) ? [LoanGranted.make(command)] : LoanAlreadyGranted.make(),

  MakePayment: ({ account, granted, repaid }, { amount, transactionId }) => {
    if (Option.isNone(account)) return LoanNotGranted.make()
    const debt = Money.subtract(granted, repaid)
    if (amount > debt) return PaymentExceedsDebt.make({ debt, amount })
    return [PaymentMade.make({ accountId: account.value, transactionId, amount })]
  }
})
