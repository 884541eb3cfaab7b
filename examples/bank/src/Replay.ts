/** Replays every account and compares each running balance with the one that the bank recorded. */
import { Effect, Stream } from "effect"
import type { AccountId } from "schemas/bank/account.ts"
import type { Money } from "schemas/bank/money.ts"
import type { AccountRow, TransactionRow } from "./BankFiles.ts"
import { Accounts } from "./generated/account.service.ts"
import type { Progress } from "./Progress.ts"

/** A balance that is further from the bank's than its rounding explains. */
export interface Difference {
  readonly row: TransactionRow
  readonly replayed: Money
  readonly hellers: bigint
}

export interface Comparison {
  readonly accounts: number
  readonly events: number
  /** Number of running balances that were compared with the bank's. */
  readonly compared: number
  /** Number of those that agree to the last heller. */
  readonly exact: number
  /** Accounts on which every balance agrees to the last heller. */
  readonly exactAccounts: number
  /** In hellers. */
  readonly largest: bigint
  /** Beyond the tolerance, in the order of the file. */
  readonly beyond: ReadonlyArray<Difference>
  /** Rows of the file that no event in the log is about. */
  readonly missing: ReadonlyArray<TransactionRow>
}

/** The bank printed balances to 0.10 Kč; over a year the drift stays within 0.80 Kč. */
export const tolerance = 80n

export const compare = Effect.fn("Replay.compare")(function* (
  rows: { readonly accounts: ReadonlyArray<AccountRow>; readonly transactions: ReadonlyArray<TransactionRow> },
  progress: Progress
) {
  const accounts = yield* Accounts
  const recorded = new Map(rows.transactions.map((row) => [row.trans_id, row]))
  const seen = new Set<string>()
  const beyond: Array<Difference> = []
  let [events, exact, exactAccounts, largest] = [0, 0, 0, 0n]

  const replay = (id: AccountId) =>
    Effect.gen(function* () {
      let agrees = true
      yield* accounts.history(id).pipe(
        Stream.runForEachArray((steps) =>
          Effect.sync(() => {
            events += steps.length
            for (const { after, event } of steps) {
              const row = "transactionId" in event ? recorded.get(event.transactionId) : undefined
              if (row === undefined) continue
              seen.add(row.trans_id)
              const difference = after.balance - row.balance
              const hellers = difference < 0n ? -difference : difference
              if (hellers === 0n) exact++
              else agrees = false
              if (hellers > largest) largest = hellers
              if (hellers > tolerance) beyond.push({ row, replayed: after.balance, hellers })
            }
          })
        )
      )
      if (agrees) exactAccounts++
      yield* progress.advance()
    })

  yield* Effect.forEach(rows.accounts, (row) => replay(row.account_id), { concurrency: 8, discard: true })
  const comparison: Comparison = {
    accounts: rows.accounts.length,
    events,
    compared: seen.size,
    exact,
    exactAccounts,
    largest,
    beyond: beyond.sort((a, b) => a.row.line - b.row.line),
    missing: rows.transactions.filter((row) => !seen.has(row.trans_id))
  }
  return comparison
})
