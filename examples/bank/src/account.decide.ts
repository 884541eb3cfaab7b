/**
 * Decides commands to an account: the events they lead to, or the error that refuses them. Pure.
 */
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

/** The reason why the customer can't withdraw this amount, if there is one. */
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
