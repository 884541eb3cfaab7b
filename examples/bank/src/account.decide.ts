/** Whether a command may happen to an account, and what happens then. Pure. */
import * as Money from "schemas/bank/money.ts"
import {
  Account,
  AccountAlreadyOpen,
  AccountNotOpen,
  AccountOpened,
  type AccountState,
  CardWithdrawn,
  CashDeposited,
  CashWithdrawn,
  FeeCharged,
  InsufficientFunds,
  InterestCredited,
  PenaltyInterestCharged,
  TransferReceived,
  TransferSent
} from "./generated/account.ts"
import type { Money as Hellers } from "./generated/values.ts"

/** Why the customer can't take this much out, if so. */
const refusal = (
  { balance, overdraftLimit, status }: AccountState,
  requested: Hellers
): AccountNotOpen | InsufficientFunds | undefined => {
  if (status !== "Open") return AccountNotOpen.make()
  if (Money.subtract(balance, requested) < -overdraftLimit) {
    return InsufficientFunds.make({ balance, overdraftLimit, requested })
  }
  return undefined
}

export const decide = Account.decide({
  OpenAccount: ({ status }, command) =>
    status === "Unopened" ? [AccountOpened.make(command)] : AccountAlreadyOpen.make(),

  DepositCash: ({ status }, command) => (status === "Open" ? [CashDeposited.make(command)] : AccountNotOpen.make()),

  WithdrawCash: (state, command) => refusal(state, command.amount) ?? [CashWithdrawn.make(command)],

  WithdrawByCard: (state, command) => refusal(state, command.amount) ?? [CardWithdrawn.make(command)],

  ReceiveTransfer: ({ status }, command) =>
    status === "Open" ? [TransferReceived.make(command)] : AccountNotOpen.make(),

  SendTransfer: (state, command) => refusal(state, command.amount) ?? [TransferSent.make(command)],

  CreditInterest: ({ status }, command) =>
    status === "Open" ? [InterestCredited.make(command)] : AccountNotOpen.make(),

  ChargeFee: ({ status }, command) => (status === "Open" ? [FeeCharged.make(command)] : AccountNotOpen.make()),

  ChargePenaltyInterest: ({ status }, command) =>
    status === "Open" ? [PenaltyInterestCharged.make(command)] : AccountNotOpen.make()
})
