// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 2bda45ab812548eb
import type { Decider } from "eventfold"
import { Fold } from "eventfold/generated"
import type { Counterparty, Money, Purpose, TransactionId } from "./values.ts"

// ---- events ---------------------------------------------------------------------------------------------------------

/** The account exists from here on. */
export interface AccountOpened {
  readonly _tag: "AccountOpened"
  readonly district: number
  readonly statements: "monthly" | "weekly" | "afterEachTransaction"
  readonly overdraftLimit: Money
}
export interface CashDeposited {
  readonly _tag: "CashDeposited"
  readonly transactionId: TransactionId
  readonly amount: Money
}
export interface CashWithdrawn {
  readonly _tag: "CashWithdrawn"
  readonly transactionId: TransactionId
  readonly amount: Money
  readonly purpose: Purpose
}
export interface CardWithdrawn {
  readonly _tag: "CardWithdrawn"
  readonly transactionId: TransactionId
  readonly amount: Money
}
export interface TransferReceived {
  readonly _tag: "TransferReceived"
  readonly transactionId: TransactionId
  readonly amount: Money
  readonly purpose: Purpose
  readonly from?: Counterparty
}
export interface TransferSent {
  readonly _tag: "TransferSent"
  readonly transactionId: TransactionId
  readonly amount: Money
  readonly purpose: Purpose
  readonly to?: Counterparty
}
export interface InterestCredited {
  readonly _tag: "InterestCredited"
  readonly transactionId: TransactionId
  readonly amount: Money
}
export interface FeeCharged {
  readonly _tag: "FeeCharged"
  readonly transactionId: TransactionId
  readonly amount: Money
}
/** Interest on a balance below zero. */
export interface PenaltyInterestCharged {
  readonly _tag: "PenaltyInterestCharged"
  readonly transactionId: TransactionId
  readonly amount: Money
}
export type AccountEvent =
  | AccountOpened
  | CashDeposited
  | CashWithdrawn
  | CardWithdrawn
  | TransferReceived
  | TransferSent
  | InterestCredited
  | FeeCharged
  | PenaltyInterestCharged

export const AccountOpened = {
  make: (fields: {
    readonly district: number
    readonly statements: "monthly" | "weekly" | "afterEachTransaction"
    readonly overdraftLimit: Money
  }): AccountOpened => ({
    _tag: "AccountOpened",
    district: fields.district,
    statements: fields.statements,
    overdraftLimit: fields.overdraftLimit
  }),
  is: (event: { readonly _tag: string }): event is AccountOpened => event._tag === "AccountOpened"
}
export const CashDeposited = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): CashDeposited => ({
    _tag: "CashDeposited",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (event: { readonly _tag: string }): event is CashDeposited => event._tag === "CashDeposited"
}
export const CashWithdrawn = {
  make: (fields: {
    readonly transactionId: TransactionId
    readonly amount: Money
    readonly purpose: Purpose
  }): CashWithdrawn => ({
    _tag: "CashWithdrawn",
    transactionId: fields.transactionId,
    amount: fields.amount,
    purpose: fields.purpose
  }),
  is: (event: { readonly _tag: string }): event is CashWithdrawn => event._tag === "CashWithdrawn"
}
export const CardWithdrawn = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): CardWithdrawn => ({
    _tag: "CardWithdrawn",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (event: { readonly _tag: string }): event is CardWithdrawn => event._tag === "CardWithdrawn"
}
export const TransferReceived = {
  make: (fields: {
    readonly transactionId: TransactionId
    readonly amount: Money
    readonly purpose: Purpose
    readonly from?: Counterparty
  }): TransferReceived => ({
    _tag: "TransferReceived",
    transactionId: fields.transactionId,
    amount: fields.amount,
    purpose: fields.purpose,
    ...(fields.from === undefined ? {} : { from: fields.from })
  }),
  is: (event: { readonly _tag: string }): event is TransferReceived => event._tag === "TransferReceived"
}
export const TransferSent = {
  make: (fields: {
    readonly transactionId: TransactionId
    readonly amount: Money
    readonly purpose: Purpose
    readonly to?: Counterparty
  }): TransferSent => ({
    _tag: "TransferSent",
    transactionId: fields.transactionId,
    amount: fields.amount,
    purpose: fields.purpose,
    ...(fields.to === undefined ? {} : { to: fields.to })
  }),
  is: (event: { readonly _tag: string }): event is TransferSent => event._tag === "TransferSent"
}
export const InterestCredited = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): InterestCredited => ({
    _tag: "InterestCredited",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (event: { readonly _tag: string }): event is InterestCredited => event._tag === "InterestCredited"
}
export const FeeCharged = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): FeeCharged => ({
    _tag: "FeeCharged",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (event: { readonly _tag: string }): event is FeeCharged => event._tag === "FeeCharged"
}
export const PenaltyInterestCharged = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): PenaltyInterestCharged => ({
    _tag: "PenaltyInterestCharged",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (event: { readonly _tag: string }): event is PenaltyInterestCharged => event._tag === "PenaltyInterestCharged"
}

// ---- state ----------------------------------------------------------------------------------------------------------

export interface AccountState {
  readonly status: "Unopened" | "Open"
  readonly balance: Money
  readonly overdraftLimit: Money
  /** The sum of the bank's charges, which may take an account below its limit. */
  readonly charges: Money
  readonly movements: number
}

// ---- commands -------------------------------------------------------------------------------------------------------

export interface OpenAccount {
  readonly _tag: "OpenAccount"
  readonly district: number
  readonly statements: "monthly" | "weekly" | "afterEachTransaction"
  readonly overdraftLimit: Money
}
export interface DepositCash {
  readonly _tag: "DepositCash"
  readonly transactionId: TransactionId
  readonly amount: Money
}
/** Takes cash out, never beyond the overdraft. */
export interface WithdrawCash {
  readonly _tag: "WithdrawCash"
  readonly transactionId: TransactionId
  readonly amount: Money
  readonly purpose: Purpose
}
export interface WithdrawByCard {
  readonly _tag: "WithdrawByCard"
  readonly transactionId: TransactionId
  readonly amount: Money
}
export interface ReceiveTransfer {
  readonly _tag: "ReceiveTransfer"
  readonly transactionId: TransactionId
  readonly amount: Money
  readonly purpose: Purpose
  readonly from?: Counterparty
}
export interface SendTransfer {
  readonly _tag: "SendTransfer"
  readonly transactionId: TransactionId
  readonly amount: Money
  readonly purpose: Purpose
  readonly to?: Counterparty
}
export interface CreditInterest {
  readonly _tag: "CreditInterest"
  readonly transactionId: TransactionId
  readonly amount: Money
}
/** The bank's own charge: it needs no funds. */
export interface ChargeFee {
  readonly _tag: "ChargeFee"
  readonly transactionId: TransactionId
  readonly amount: Money
}
export interface ChargePenaltyInterest {
  readonly _tag: "ChargePenaltyInterest"
  readonly transactionId: TransactionId
  readonly amount: Money
}
export type AccountCommand =
  | OpenAccount
  | DepositCash
  | WithdrawCash
  | WithdrawByCard
  | ReceiveTransfer
  | SendTransfer
  | CreditInterest
  | ChargeFee
  | ChargePenaltyInterest

export const OpenAccount = {
  make: (fields: {
    readonly district: number
    readonly statements: "monthly" | "weekly" | "afterEachTransaction"
    readonly overdraftLimit: Money
  }): OpenAccount => ({
    _tag: "OpenAccount",
    district: fields.district,
    statements: fields.statements,
    overdraftLimit: fields.overdraftLimit
  }),
  is: (command: { readonly _tag: string }): command is OpenAccount => command._tag === "OpenAccount"
}
export const DepositCash = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): DepositCash => ({
    _tag: "DepositCash",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (command: { readonly _tag: string }): command is DepositCash => command._tag === "DepositCash"
}
export const WithdrawCash = {
  make: (fields: {
    readonly transactionId: TransactionId
    readonly amount: Money
    readonly purpose: Purpose
  }): WithdrawCash => ({
    _tag: "WithdrawCash",
    transactionId: fields.transactionId,
    amount: fields.amount,
    purpose: fields.purpose
  }),
  is: (command: { readonly _tag: string }): command is WithdrawCash => command._tag === "WithdrawCash"
}
export const WithdrawByCard = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): WithdrawByCard => ({
    _tag: "WithdrawByCard",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (command: { readonly _tag: string }): command is WithdrawByCard => command._tag === "WithdrawByCard"
}
export const ReceiveTransfer = {
  make: (fields: {
    readonly transactionId: TransactionId
    readonly amount: Money
    readonly purpose: Purpose
    readonly from?: Counterparty
  }): ReceiveTransfer => ({
    _tag: "ReceiveTransfer",
    transactionId: fields.transactionId,
    amount: fields.amount,
    purpose: fields.purpose,
    ...(fields.from === undefined ? {} : { from: fields.from })
  }),
  is: (command: { readonly _tag: string }): command is ReceiveTransfer => command._tag === "ReceiveTransfer"
}
export const SendTransfer = {
  make: (fields: {
    readonly transactionId: TransactionId
    readonly amount: Money
    readonly purpose: Purpose
    readonly to?: Counterparty
  }): SendTransfer => ({
    _tag: "SendTransfer",
    transactionId: fields.transactionId,
    amount: fields.amount,
    purpose: fields.purpose,
    ...(fields.to === undefined ? {} : { to: fields.to })
  }),
  is: (command: { readonly _tag: string }): command is SendTransfer => command._tag === "SendTransfer"
}
export const CreditInterest = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): CreditInterest => ({
    _tag: "CreditInterest",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (command: { readonly _tag: string }): command is CreditInterest => command._tag === "CreditInterest"
}
export const ChargeFee = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): ChargeFee => ({
    _tag: "ChargeFee",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (command: { readonly _tag: string }): command is ChargeFee => command._tag === "ChargeFee"
}
export const ChargePenaltyInterest = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): ChargePenaltyInterest => ({
    _tag: "ChargePenaltyInterest",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (command: { readonly _tag: string }): command is ChargePenaltyInterest => command._tag === "ChargePenaltyInterest"
}

// ---- errors ---------------------------------------------------------------------------------------------------------

export interface AccountAlreadyOpen {
  readonly _tag: "AccountAlreadyOpen"
}
export interface AccountNotOpen {
  readonly _tag: "AccountNotOpen"
}
export interface InsufficientFunds {
  readonly _tag: "InsufficientFunds"
  readonly balance: Money
  readonly overdraftLimit: Money
  readonly requested: Money
}
export type AccountError = AccountAlreadyOpen | AccountNotOpen | InsufficientFunds

export const AccountAlreadyOpen = {
  make: (): AccountAlreadyOpen => ({ _tag: "AccountAlreadyOpen" }),
  is: (error: { readonly _tag: string }): error is AccountAlreadyOpen => error._tag === "AccountAlreadyOpen"
}
export const AccountNotOpen = {
  make: (): AccountNotOpen => ({ _tag: "AccountNotOpen" }),
  is: (error: { readonly _tag: string }): error is AccountNotOpen => error._tag === "AccountNotOpen"
}
export const InsufficientFunds = {
  make: (fields: {
    readonly balance: Money
    readonly overdraftLimit: Money
    readonly requested: Money
  }): InsufficientFunds => ({
    _tag: "InsufficientFunds",
    balance: fields.balance,
    overdraftLimit: fields.overdraftLimit,
    requested: fields.requested
  }),
  is: (error: { readonly _tag: string }): error is InsufficientFunds => error._tag === "InsufficientFunds"
}

/** Errors that can refuse each command. */
export interface AccountFailures {
  readonly OpenAccount: AccountAlreadyOpen
  readonly DepositCash: AccountNotOpen
  readonly WithdrawCash: AccountNotOpen | InsufficientFunds
  readonly WithdrawByCard: AccountNotOpen | InsufficientFunds
  readonly ReceiveTransfer: AccountNotOpen
  readonly SendTransfer: AccountNotOpen | InsufficientFunds
  readonly CreditInterest: AccountNotOpen
  readonly ChargeFee: AccountNotOpen
  readonly ChargePenaltyInterest: AccountNotOpen
}

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. You write them in ../account.apply.ts. */
export interface AccountHandlers {
  /** The account exists from here on. */
  readonly AccountOpened: (state: AccountState, event: AccountOpened) => AccountState
  readonly CashDeposited: (state: AccountState, event: CashDeposited) => AccountState
  readonly CashWithdrawn: (state: AccountState, event: CashWithdrawn) => AccountState
  readonly CardWithdrawn: (state: AccountState, event: CardWithdrawn) => AccountState
  readonly TransferReceived: (state: AccountState, event: TransferReceived) => AccountState
  readonly TransferSent: (state: AccountState, event: TransferSent) => AccountState
  readonly InterestCredited: (state: AccountState, event: InterestCredited) => AccountState
  readonly FeeCharged: (state: AccountState, event: FeeCharged) => AccountState
  /** Interest on a balance below zero. */
  readonly PenaltyInterestCharged: (state: AccountState, event: PenaltyInterestCharged) => AccountState
}

/**
 * One decision for each command: the events that happen, or the error that refuses it. You write them in ../account.decide.ts.
 */
export interface AccountDecider {
  readonly OpenAccount: (
    state: AccountState,
    command: OpenAccount,
    facts: Decider.Facts
  ) => ReadonlyArray<AccountOpened> | AccountAlreadyOpen
  readonly DepositCash: (
    state: AccountState,
    command: DepositCash,
    facts: Decider.Facts
  ) => ReadonlyArray<CashDeposited> | AccountNotOpen
  /** Takes cash out, never beyond the overdraft. */
  readonly WithdrawCash: (
    state: AccountState,
    command: WithdrawCash,
    facts: Decider.Facts
  ) => ReadonlyArray<CashWithdrawn> | AccountNotOpen | InsufficientFunds
  readonly WithdrawByCard: (
    state: AccountState,
    command: WithdrawByCard,
    facts: Decider.Facts
  ) => ReadonlyArray<CardWithdrawn> | AccountNotOpen | InsufficientFunds
  readonly ReceiveTransfer: (
    state: AccountState,
    command: ReceiveTransfer,
    facts: Decider.Facts
  ) => ReadonlyArray<TransferReceived> | AccountNotOpen
  readonly SendTransfer: (
    state: AccountState,
    command: SendTransfer,
    facts: Decider.Facts
  ) => ReadonlyArray<TransferSent> | AccountNotOpen | InsufficientFunds
  readonly CreditInterest: (
    state: AccountState,
    command: CreditInterest,
    facts: Decider.Facts
  ) => ReadonlyArray<InterestCredited> | AccountNotOpen
  /** The bank's own charge: it needs no funds. */
  readonly ChargeFee: (
    state: AccountState,
    command: ChargeFee,
    facts: Decider.Facts
  ) => ReadonlyArray<FeeCharged> | AccountNotOpen
  readonly ChargePenaltyInterest: (
    state: AccountState,
    command: ChargePenaltyInterest,
    facts: Decider.Facts
  ) => ReadonlyArray<PenaltyInterestCharged> | AccountNotOpen
}

/** (state, event) → state. */
export type AccountApply = (state: AccountState, event: AccountEvent) => AccountState
/** (state, command, facts) → events or a domain error. */
export type AccountDecide = (
  state: AccountState,
  command: AccountCommand,
  facts: Decider.Facts
) => ReadonlyArray<AccountEvent> | AccountError

/** An account in Czech crowns: one customer's movements, and what the bank credits and charges. */
export const Account = {
  /** Combines the handlers of all events into the step of the fold. */
  apply:
    (on: AccountHandlers): AccountApply =>
    (state, event) => {
      switch (event._tag) {
        case "AccountOpened":
          return on.AccountOpened(state, event)
        case "CashDeposited":
          return on.CashDeposited(state, event)
        case "CashWithdrawn":
          return on.CashWithdrawn(state, event)
        case "CardWithdrawn":
          return on.CardWithdrawn(state, event)
        case "TransferReceived":
          return on.TransferReceived(state, event)
        case "TransferSent":
          return on.TransferSent(state, event)
        case "InterestCredited":
          return on.InterestCredited(state, event)
        case "FeeCharged":
          return on.FeeCharged(state, event)
        case "PenaltyInterestCharged":
          return on.PenaltyInterestCharged(state, event)
        default:
          return Fold.unhandled("Account.apply", event)
      }
    },
  /** Combines the decisions of all commands. */
  decide:
    (on: AccountDecider): AccountDecide =>
    (state, command, facts) => {
      switch (command._tag) {
        case "OpenAccount":
          return on.OpenAccount(state, command, facts)
        case "DepositCash":
          return on.DepositCash(state, command, facts)
        case "WithdrawCash":
          return on.WithdrawCash(state, command, facts)
        case "WithdrawByCard":
          return on.WithdrawByCard(state, command, facts)
        case "ReceiveTransfer":
          return on.ReceiveTransfer(state, command, facts)
        case "SendTransfer":
          return on.SendTransfer(state, command, facts)
        case "CreditInterest":
          return on.CreditInterest(state, command, facts)
        case "ChargeFee":
          return on.ChargeFee(state, command, facts)
        case "ChargePenaltyInterest":
          return on.ChargePenaltyInterest(state, command, facts)
        default:
          return Fold.unhandled("Account.decide", command)
      }
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is AccountEvent =>
    AccountOpened.is(event) ||
    CashDeposited.is(event) ||
    CashWithdrawn.is(event) ||
    CardWithdrawn.is(event) ||
    TransferReceived.is(event) ||
    TransferSent.is(event) ||
    InterestCredited.is(event) ||
    FeeCharged.is(event) ||
    PenaltyInterestCharged.is(event),
  /** Narrows to this aggregate's commands. */
  isCommand: (command: { readonly _tag: string }): command is AccountCommand =>
    OpenAccount.is(command) ||
    DepositCash.is(command) ||
    WithdrawCash.is(command) ||
    WithdrawByCard.is(command) ||
    ReceiveTransfer.is(command) ||
    SendTransfer.is(command) ||
    CreditInterest.is(command) ||
    ChargeFee.is(command) ||
    ChargePenaltyInterest.is(command),
  /** Narrows to this aggregate's errors. */
  isError: (error: { readonly _tag: string }): error is AccountError =>
    AccountAlreadyOpen.is(error) || AccountNotOpen.is(error) || InsufficientFunds.is(error)
}
