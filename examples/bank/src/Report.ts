/** The output of the demo: each part as lines of text. */
import { DateTime } from "effect"
import { styleText } from "node:util"
import type { History } from "eventfold"
import * as Crowns from "./Crowns.ts"
import type { AccountEvent, AccountState } from "./generated/account.ts"
import type { AccountStandingRow } from "./generated/account-standing.ts"
import type { MonthlyCashflowRow } from "./generated/monthly-cashflow.ts"
import type { Imported } from "./Import.ts"
import type { Comparison } from "./Replay.ts"

type Lines = ReadonlyArray<string>
export type AccountStep = History.Step<AccountState, AccountEvent>

const count = new Intl.NumberFormat("en-US")
export const number = (n: number): string => count.format(n)
export const heading = (text: string): string => `\n${styleText("bold", text)}`
export const good = (text: string): string => `  ${styleText("green", "✓")} ${text}`
export const bad = (text: string): string => `  ${styleText("red", "✗")} ${text}`

/** Cells under each other: text to the left, figures to the right. */
const columns = (rows: ReadonlyArray<Lines>, right: ReadonlyArray<number>): Lines => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) => {
    const cells = row.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
    return `  ${cells.join("  ")}`.trimEnd()
  })
}

/** At most so many lines, and how many more there are. */
const some = (lines: Lines, most: number): Lines =>
  lines.length <= most ? lines : [...lines.slice(0, most), `    … and ${number(lines.length - most)} more`]

export const rows = (count: number) => `${number(count)} ${count === 1 ? "row" : "rows"}`

export const imported = ({ already, imported, refused }: Imported, badRows: Lines): Lines => [
  good(`${number(imported)} commands imported, ${number(already)} were imported before`),
  ...(refused.length + badRows.length === 0
    ? []
    : [
        bad(`${rows(refused.length + badRows.length)} refused; nothing of what was refused is stored`),
        ...some([...badRows, ...refused.map(({ message }) => message)], 20).map((line) => `    ${line}`)
      ])
]

export const compared = (comparison: Comparison, tolerance: bigint): Lines => {
  const { accounts, beyond, compared, events, exact, exactAccounts, largest, missing } = comparison
  const within = `${number(compared - beyond.length)} of ${number(compared)}`
  return [
    `  ${number(events)} events of ${number(accounts)} accounts replayed; each running balance against the bank's own record:`,
    ...columns(
      [
        ["within the bank's rounding", within],
        ["equal to the last heller", number(exact)],
        ["accounts equal throughout", `${number(exactAccounts)} of ${number(accounts)}`],
        ["largest difference", Crowns.format(largest)]
      ],
      [1]
    ).map((line) => `  ${line}`),
    beyond.length === 0
      ? good(`no balance differs by more than ${Crowns.format(tolerance)}`)
      : bad(`${number(beyond.length)} balances differ by more than ${Crowns.format(tolerance)}:`),
    ...some(
      beyond.map(
        ({ hellers, replayed, row }) =>
          `    ${row.file}:${row.line}: account ${row.account_id}: replayed ${Crowns.format(replayed)}, the bank has ` +
          `${Crowns.format(row.balance)}: ${Crowns.format(hellers)} apart`
      ),
      10
    ),
    ...(missing.length === 0
      ? [good("every row of the file is in the log")]
      : [
          bad(`${number(missing.length)} rows of the file are not in the log:`),
          ...some(
            missing.map(({ file, line, trans_id }) => `    ${file}:${line}: transaction ${trans_id}`),
            10
          )
        ])
  ]
}

/** Totals by month, a column for each kind. */
export const cashflow = (rows: ReadonlyArray<MonthlyCashflowRow>): Lines => {
  const months = [...new Set(rows.map(({ month }) => month))].sort()
  const kinds = [...new Set(rows.map(({ kind }) => kind))].sort()
  const totals = new Map(rows.map(({ kind, month, total }) => [`${month} ${kind}`, total]))
  const thousands = (hellers: bigint | undefined) => (hellers === undefined ? "–" : number(Number(hellers / 100_000n)))
  return [
    "  MonthlyCashflow, in thousands of Kč:",
    ...columns(
      [
        ["month", ...kinds],
        ...months.map((month) => [month, ...kinds.map((kind) => thousands(totals.get(`${month} ${kind}`)))])
      ],
      kinds.map((_, i) => i + 1)
    )
  ]
}

/** The customers who owe most, over what they hold. */
export const standing = (rows: ReadonlyArray<AccountStandingRow>): Lines => {
  const owing = rows.filter(({ debt }) => debt > 0n).sort((a, b) => (a.debt < b.debt ? 1 : a.debt > b.debt ? -1 : 0))
  return [
    `  AccountStanding, accounts and loans together: ${number(owing.length)} of ${number(rows.length)} customers owe money; most of all:`,
    ...columns(
      [
        ["account", "holds", "owes", "payments made"],
        ...owing
          .slice(0, 5)
          .map(({ accountId, balance, debt, payments }) => [
            accountId,
            Crowns.format(balance),
            Crowns.format(debt),
            String(payments)
          ])
      ],
      [1, 2, 3]
    )
  ]
}

/** Event by event, with the state after each. */
export const history = (steps: ReadonlyArray<AccountStep>, most: number): Lines => {
  const row = ({ after, event, recorded }: AccountStep): Lines => [
    String(recorded.version),
    DateTime.formatIsoDateUtc(recorded.occurredAt),
    event._tag,
    "amount" in event ? Crowns.format(event.amount) : "",
    "purpose" in event && event.purpose !== "unspecified" ? event.purpose : "",
    after.status,
    Crowns.format(after.balance)
  ]
  const head = ["", "date", "event", "amount", "for", "status", "balance after"]
  const lines = columns([head, ...steps.map(row)], [0, 3, 6])
  if (lines.length - 1 <= most) return lines
  const half = Math.floor(most / 2)
  return [
    ...lines.slice(0, half + 1),
    `  … ${number(steps.length - 2 * half)} more; all of them with --full-history`,
    ...lines.slice(-half)
  ]
}
