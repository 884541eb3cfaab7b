/** The fold of an account, written by hand without the generator: one switch over its events. */

export interface Movement {
  readonly _tag:
    | "AccountOpened"
    | "CashDeposited"
    | "CashWithdrawn"
    | "CardWithdrawn"
    | "TransferReceived"
    | "TransferSent"
    | "InterestCredited"
    | "FeeCharged"
    | "PenaltyInterestCharged"
  readonly amount?: bigint
  readonly overdraftLimit?: bigint
}

export interface State {
  readonly status: "Unopened" | "Open"
  readonly balance: bigint
  readonly overdraftLimit: bigint
  readonly charges: bigint
  readonly movements: number
}

export const initial: State = { status: "Unopened", balance: 0n, overdraftLimit: 0n, charges: 0n, movements: 0 }

export const step = (state: State, { _tag, amount = 0n, overdraftLimit = 0n }: Movement): State => {
  switch (_tag) {
    case "AccountOpened":
      return { ...state, status: "Open", overdraftLimit }
    case "CashDeposited":
    case "TransferReceived":
    case "InterestCredited":
      return { ...state, balance: state.balance + amount, movements: state.movements + 1 }
    case "CashWithdrawn":
    case "CardWithdrawn":
    case "TransferSent":
      return { ...state, balance: state.balance - amount, movements: state.movements + 1 }
    case "FeeCharged":
    case "PenaltyInterestCharged":
      return {
        ...state,
        balance: state.balance - amount,
        charges: state.charges + amount,
        movements: state.movements + 1
      }
  }
}
