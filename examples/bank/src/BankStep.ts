/**
 * One row of the bank's records as a command: on which aggregate, when, and under which command id.
 */
import { type DateTime, Option } from "effect"
import type { AccountId } from "schemas/bank/account.ts"
import type { LoanId } from "schemas/bank/loan.ts"
import { Limit, Money } from "schemas/bank/money.ts"
import type { AccountRow, BankFiles, LoanRow, TransactionRow } from "./BankFiles.ts"
import { BadRow } from "./CsvTable.ts"
import {
  type AccountCommand,
  ChargeFee,
  ChargePenaltyInterest,
  CreditInterest,
  DepositCash,
  OpenAccount,
  ReceiveTransfer,
  SendTransfer,
  WithdrawByCard,
  WithdrawCash
} from "./generated/account.ts"
import { GrantLoan, type LoanCommand, MakePayment } from "./generated/loan.ts"

interface At {
  readonly file: string
  readonly line: number
  readonly date: DateTime.Utc
  /**
   * The bank's own number of what happened: the same row is the same command, however often it is
   * imported.
   */
  readonly commandId: string
  /** The account of the row. Steps of one account, and of its loan, are carried out in order. */
  readonly account: AccountId
}
export interface AccountStep extends At {
  readonly aggregate: "Account"
  readonly id: AccountId
  readonly command: AccountCommand
}
export interface LoanStep extends At {
  readonly aggregate: "Loan"
  readonly id: LoanId
  readonly command: LoanCommand
  /** The transfer of this payment. If the transfer was refused, there is no payment. */
  readonly with: AccountStep | undefined
}
export type BankStep = AccountStep | LoanStep

/**
 * The data does not say how far the bank let accounts be overdrawn; the lowest balance in it is
 * −5,446.60 Kč.
 */
const overdraftLimit = Limit.make(Money.make(1_000_000n))

const statements = {
  "POPLATEK MESICNE": "monthly",
  "POPLATEK TYDNE": "weekly",
  "POPLATEK PO OBRATU": "afterEachTransaction"
} as const

const opening = (row: AccountRow): AccountStep => ({
  aggregate: "Account",
  file: row.file,
  line: row.line,
  date: row.date,
  commandId: `berka/account/${row.account_id}`,
  account: row.account_id,
  id: row.account_id,
  command: OpenAccount.make({ district: row.district_id, statements: statements[row.frequency], overdraftLimit })
})

const granting = (row: LoanRow): LoanStep => ({
  aggregate: "Loan",
  file: row.file,
  line: row.line,
  date: row.date,
  commandId: `berka/loan/${row.loan_id}`,
  account: row.account_id,
  with: undefined,
  id: row.loan_id,
  command: GrantLoan.make({
    accountId: row.account_id,
    amount: row.amount,
    months: row.duration,
    payment: row.payments
  })
})

const purposes: Readonly<Record<string, "household" | "insurance" | "loan" | "pension">> = {
  SIPO: "household",
  POJISTNE: "insurance",
  UVER: "loan",
  DUCHOD: "pension"
}

/** Returns the meaning of a transaction's codes, or none if the bank uses no such combination. */
const commandOf = (row: TransactionRow): Option.Option<AccountCommand> => {
  const movement = { transactionId: row.trans_id, amount: row.amount }
  const purpose = purposes[row.k_symbol] ?? "unspecified"
  const other = row.bank === "" || row.account === "" ? undefined : { bank: row.bank, account: row.account }
  switch (`${row.type === "PRIJEM" ? "credit" : "debit"} ${row.operation}`) {
    case "credit VKLAD":
      return Option.some(DepositCash.make(movement))
    case "credit ":
      return row.k_symbol === "UROK" ? Option.some(CreditInterest.make(movement)) : Option.none()
    case "credit PREVOD Z UCTU":
      return Option.some(ReceiveTransfer.make({ ...movement, purpose, ...(other && { from: other }) }))
    case "debit PREVOD NA UCET":
      return Option.some(SendTransfer.make({ ...movement, purpose, ...(other && { to: other }) }))
    case "debit VYBER KARTOU":
      return Option.some(WithdrawByCard.make(movement))
    case "debit VYBER":
      if (row.k_symbol === "SLUZBY") return Option.some(ChargeFee.make(movement))
      if (row.k_symbol === "SANKC. UROK") return Option.some(ChargePenaltyInterest.make(movement))
      return Option.some(WithdrawCash.make({ ...movement, purpose }))
    default:
      return Option.none()
  }
}

/**
 * All rows as commands, in the order in which they happened: by date, and within a day accounts,
 * loans, transactions, each in the order of its file. A loan payment is two: it leaves the account,
 * and it pays the loan.
 */
export const steps = (
  files: BankFiles
): { readonly steps: ReadonlyArray<BankStep>; readonly bad: ReadonlyArray<BadRow> } => {
  const loanOf = new Map(files.loans.map((row) => [row.account_id, row.loan_id]))
  const steps: Array<BankStep> = [...files.accounts.map(opening), ...files.loans.map(granting)]
  const bad: Array<BadRow> = []
  for (const row of files.transactions) {
    const { account_id: id, amount, date, file, line, trans_id: transactionId } = row
    const command = commandOf(row)
    if (Option.isNone(command)) {
      const found = JSON.stringify(`${row.type}, ${row.operation}, ${row.k_symbol}`)
      const expected = "an operation that goes with type and k_symbol"
      bad.push(new BadRow({ file, line, column: "operation", expected, found }))
      continue
    }
    const at = { file, line, date, commandId: `berka/transaction/${transactionId}`, account: id }
    const step: AccountStep = { ...at, aggregate: "Account", id, command: command.value }
    steps.push(step)
    const loan = loanOf.get(id)
    if (row.k_symbol === "UVER" && loan !== undefined) {
      const payment = MakePayment.make({ transactionId, amount })
      steps.push({ ...at, aggregate: "Loan", id: loan, command: payment, with: step })
    }
  }
  // The sort is stable: what happened on one day stays in the order above.
  return { steps: steps.sort((a, b) => a.date.epochMilliseconds - b.date.epochMilliseconds), bad }
}
