/** The bank's loans, and how customers stand when accounts and loans are seen together. */
import { Option, Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
import { Account, AccountId, TransactionId } from "./account.ts"
import { Amount, Money, zero } from "./money.ts"

export const LoanId = Schema.NonEmptyString.pipe(Schema.brand("LoanId"))
export type LoanId = typeof LoanId.Type

/** A loan, paid back in monthly payments from the account that it was granted to. */
export const Loan = Aggregate.make("Loan", {
  id: LoanId,
  state: Schema.Struct({
    account: Schema.Option(AccountId),
    granted: Money,
    repaid: Money,
    payments: Schema.Natural
  }),
  initial: { account: Option.none(), granted: zero, repaid: zero, payments: 0 },
  events: {
    /** The money is lent: `amount` in all, `payment` a month for so many `months`. */
    LoanGranted: { accountId: AccountId, amount: Amount, months: Schema.Natural, payment: Amount },
    PaymentMade: { accountId: AccountId, transactionId: TransactionId, amount: Amount }
  },
  errors: {
    LoanAlreadyGranted: {},
    LoanNotGranted: {},
    PaymentExceedsDebt: { debt: Money, amount: Amount }
  },
  commands: {
    GrantLoan: {
      payload: { accountId: AccountId, amount: Amount, months: Schema.Natural, payment: Amount },
      emits: ["LoanGranted"],
      fails: ["LoanAlreadyGranted"]
    },
    MakePayment: {
      payload: { transactionId: TransactionId, amount: Amount },
      emits: ["PaymentMade"],
      fails: ["LoanNotGranted", "PaymentExceedsDebt"]
    }
  },
  invariants: {
    "no more is paid back than was granted": ({ granted, repaid }) => repaid <= granted,
    "only a granted loan has payments": ({ account, payments }) => Option.isSome(account) || payments === 0
  }
})

/** The standing of each customer: the balance of the account and the debt of its loan. */
export const AccountStanding = Projection.make("AccountStanding", {
  from: [Account, Loan],
  key: AccountId,
  row: Schema.Struct({ accountId: AccountId, balance: Money, debt: Money, payments: Schema.Natural })
})
