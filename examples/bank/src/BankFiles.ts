/** The bank's own records: three CSV files, plain or compressed with gzip. */
import { Data, DateTime, Effect, FileSystem, Option, Path, Schema, SchemaTransformation } from "effect"
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import { AccountId, TransactionId } from "schemas/bank/account.ts"
import { LoanId } from "schemas/bank/loan.ts"
import { Amount, Money } from "schemas/bank/money.ts"
import { BadRow, column, NotATable, read, type Row } from "./CsvTable.ts"

const digits = Schema.String.check(Schema.isPattern(/^\d{1,18}$/))
const number = digits.pipe(
  Schema.decodeTo(Schema.Natural, SchemaTransformation.transform({ decode: Number, encode: String }))
)
const Crowns = Schema.String.check(Schema.isPattern(/^-?\d{1,12}(\.\d{1,2})?$/))

/** Text in crowns as hellers, without ever being a floating-point number. */
const toHellers = (crowns: string): bigint => {
  const [whole = "0", part = ""] = crowns.replace("-", "").split(".")
  const hellers = BigInt(whole) * 100n + BigInt(part.padEnd(2, "0"))
  return crowns.startsWith("-") ? -hellers : hellers
}
const fromHellers = (hellers: bigint): string => {
  const size = hellers < 0n ? -hellers : hellers
  return `${hellers < 0n ? "-" : ""}${size / 100n}.${String(size % 100n).padStart(2, "0")}`
}
const hellers = SchemaTransformation.transform({
  decode: toHellers,
  encode: fromHellers
})

/** A day as the time at which it begins, in UTC; the 30th of February is none. */
const day = Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/)).pipe(
  Schema.check(
    Schema.makeFilter((text) => Option.exists(DateTime.make(text), (time) => DateTime.formatIsoDateUtc(time) === text))
  ),
  Schema.decodeTo(
    Schema.DateTimeUtc,
    SchemaTransformation.transform({
      decode: (text) => DateTime.toUtc(DateTime.makeUnsafe(text)),
      encode: (time: DateTime.Utc) => DateTime.formatIsoDateUtc(time)
    })
  )
)

const oneOf = (...codes: ReadonlyArray<string>) =>
  column(Schema.Literals(codes), codes.map((code) => code || "nothing").join(", "))

const accountId = column(digits.pipe(Schema.decodeTo(AccountId)), "an account number")
const date = column(day, "a date such as 1993-03-22")
const amount = column(Crowns.pipe(Schema.decodeTo(Amount, hellers)), "an amount above zero such as 3401.00")
const text = column(Schema.String.check(Schema.isPattern(/^[^\0]*$/)), "text without NUL")

const accountColumns = {
  account_id: accountId,
  district_id: column(number, "a district's number"),
  frequency: column(
    Schema.Literals(["POPLATEK MESICNE", "POPLATEK TYDNE", "POPLATEK PO OBRATU"]),
    "POPLATEK MESICNE, POPLATEK TYDNE or POPLATEK PO OBRATU"
  ),
  date
}

const loanColumns = {
  loan_id: column(digits.pipe(Schema.decodeTo(LoanId)), "a loan's number"),
  account_id: accountId,
  date,
  amount,
  duration: column(number, "a number of months"),
  payments: amount
}

const transactionColumns = {
  trans_id: column(digits.pipe(Schema.decodeTo(TransactionId)), "a transaction's number"),
  account_id: accountId,
  date,
  type: oneOf("PRIJEM", "VYDAJ", "VYBER"),
  operation: oneOf("VKLAD", "PREVOD Z UCTU", "VYBER", "VYBER KARTOU", "PREVOD NA UCET", ""),
  amount,
  balance: column(Crowns.pipe(Schema.decodeTo(Money, hellers)), "a balance such as -815.00"),
  k_symbol: oneOf("UROK", "SLUZBY", "SANKC. UROK", "SIPO", "DUCHOD", "POJISTNE", "UVER", ""),
  bank: text,
  account: text
}

export type AccountRow = Row<typeof accountColumns>
export type LoanRow = Row<typeof loanColumns>
export type TransactionRow = Row<typeof transactionColumns>

export interface BankFiles {
  readonly accounts: ReadonlyArray<AccountRow>
  readonly loans: ReadonlyArray<LoanRow>
  readonly transactions: ReadonlyArray<TransactionRow>
  /** Rows that can't be used, of all three files. */
  readonly bad: ReadonlyArray<BadRow>
}

/** A file is missing or can't be read. */
export class UnreadableFile extends Data.TaggedError("UnreadableFile")<{
  readonly file: string
  readonly problem: string
}> {
  override get message(): string {
    return `${this.file}: ${this.problem}`
  }
}

/** The first of several rows with the same number counts; the rest are bad. */
const firstOf = <R extends Row<{}>>(name: string, rows: ReadonlyArray<R>, numberOf: (row: R) => string) => {
  const seen = new Map<string, number>()
  const bad: Array<BadRow> = []
  const kept = rows.filter((row) => {
    const number = numberOf(row)
    const line = seen.get(number)
    if (line === undefined) seen.set(number, row.line)
    else {
      const found = `${JSON.stringify(number)}, as on line ${line}`
      bad.push(
        new BadRow({ file: row.file, line: row.line, column: name, expected: "a number not used before", found })
      )
    }
    return line === undefined
  })
  return { kept, bad }
}

const inflate = promisify(gunzip)

/** Reads `accounts`, `loans` and `transactions` (`.csv` or `.csv.gz`) from a folder. */
export const load = Effect.fn("BankFiles.load")(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const readText = Effect.fnUntraced(function* (name: string) {
    const plain = path.join(folder, `${name}.csv`)
    const packed = `${plain}.gz`
    const isPlain = yield* fs.exists(plain).pipe(Effect.orElseSucceed(() => false))
    const file = isPlain ? plain : packed
    const bytes = yield* fs.readFile(file).pipe(
      Effect.mapError(
        (error) =>
          new UnreadableFile({
            file: `${plain}[.gz]`,
            problem: error.reason._tag === "NotFound" ? "there is no such file" : error.message
          })
      )
    )
    const content = isPlain
      ? bytes
      : yield* Effect.tryPromise({
          try: () => inflate(bytes),
          catch: (error) => new UnreadableFile({ file, problem: `it can't be unpacked: ${(error as Error).message}` })
        })
    return { file: path.basename(plain), text: new TextDecoder().decode(content) }
  })
  const table = Effect.fnUntraced(function* <C extends Parameters<typeof read>[2]>(name: string, columns: C) {
    const { file, text } = yield* readText(name)
    const table = read(file, text, columns)
    return table instanceof NotATable ? yield* table : table
  })

  const accounts = yield* table("accounts", accountColumns)
  const loans = yield* table("loans", loanColumns)
  const transactions = yield* table("transactions", transactionColumns)
  const [a, l, t] = [
    firstOf("account_id", accounts.rows, (row) => row.account_id),
    firstOf("loan_id", loans.rows, (row) => row.loan_id),
    firstOf("trans_id", transactions.rows, (row) => row.trans_id)
  ]
  const files: BankFiles = {
    accounts: a.kept,
    loans: l.kept,
    transactions: t.kept,
    bad: [...accounts.bad, ...a.bad, ...loans.bad, ...l.bad, ...transactions.bad, ...t.bad]
  }
  return files
})
