/**
 * The effect of each event on an account. Pure: no clock, no randomness, nothing but state and
 * event.
 */
import * as Money from "schemas/bank/money.ts"
import { Account, type AccountState } from "./generated/account.ts"
import type { Money as Hellers } from "./generated/values.ts"

interface Movement {
  readonly amount: Hellers
}

const credit = (state: AccountState, { amount }: Movement): AccountState => ({
  ...state,
  balance: Money.add(state.balance, amount),
  movements: state.movements + 1
})

const debit = (state: AccountState, { amount }: Movement): AccountState => ({
  ...state,
  balance: Money.subtract(state.balance, amount),
  movements: state.movements + 1
})

/** A debit by the bank itself. */
const charge = (state: AccountState, movement: Movement): AccountState => ({
  ...debit(state, movement),
  charges: Money.add(state.charges, movement.amount)
})

// Each handler names its return type: without it, TypeScript lets a misspelt field of the state
// pass.
export const apply = Account.apply({
  AccountOpened: (state, { overdraftLimit }): AccountState => ({ ...state, status: "Open", overdraftLimit }),
  CashDeposited: (state, event): AccountState => credit(state, event),
  CashWithdrawn: (state, event): AccountState => debit(state, event),
  CardWithdrawn: (state, event): AccountState => debit(state, event),
  TransferReceived: (state, event): AccountState => credit(state, event),
  TransferSent: (state, event): AccountState => debit(state, event),
  InterestCredited: (state, event): AccountState => credit(state, event),
  FeeCharged: (state, event): AccountState => charge(state, event),
  PenaltyInterestCharged: (state, event): AccountState => charge(state, event)
})
