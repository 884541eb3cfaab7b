import { describe, expect, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Layer, Option, Stream } from "effect"
import { type Event, EventStore, Projector } from "eventfold"
import { PgliteEventStore } from "@eventfold/postgres"
import { readFileSync } from "node:fs"
import { stripVTControlCharacters } from "node:util"
import { AccountId, Month } from "schemas/bank/account.ts"
import { LoanId } from "schemas/bank/loan.ts"
import type { BankFiles } from "../src/BankFiles.ts"
import { steps } from "../src/BankStep.ts"
import { AccountBalancesView } from "../src/generated/account-balances.service.ts"
import { AccountStandingView } from "../src/generated/account-standing.service.ts"
import { Accounts } from "../src/generated/account.service.ts"
import { Loans } from "../src/generated/loan.service.ts"
import { MonthlyCashflowView } from "../src/generated/monthly-cashflow.service.ts"
import * as Import from "../src/Import.ts"
import * as Replay from "../src/Replay.ts"
import * as Report from "../src/Report.ts"
import { emptyPglite } from "../../../packages/postgres/test/server/serverUrl.ts"
import { dataFolder, inMemory, load, silent, withFiles } from "./bank.ts"
import * as TimeTravel from "./TimeTravel.ts"

const soak = process.env["EVENTFOLD_SOAK"] !== undefined

const importing = (files: BankFiles, onRefused: "continue" | "stop" = "continue") =>
  Import.run(steps(files).steps, { onRefused, progress: silent })

const opened = "1,7,POPLATEK MESICNE,1993-01-01"
const account = AccountId.make("1")

const inTables = Layer.mergeAll(
  AccountBalancesView.stored,
  MonthlyCashflowView.stored,
  AccountStandingView.stored,
  Projector.layer([AccountBalancesView.projection, MonthlyCashflowView.projection, AccountStandingView.projection])
)

const patience = { timeout: "1 minute" } as const
const lastPosition = Effect.gen(function* () {
  const { pages } = yield* EventStore.EventStore
  const first = yield* Stream.runHead(pages({ after: 0, types: ["none of these"] }))
  return Option.getOrThrow(first).checkpoint.position
})

/** The projections against figures computed straight from the rows. */
const sameAsComputed = Effect.fnUntraced(function* (files: BankFiles, last: number) {
  const balances = new Map<string, bigint>()
  const debts = new Map(files.loans.map((row) => [String(row.account_id), BigInt(row.amount)]))
  const cashflow = new Map<string, bigint>()
  const kinds: Record<string, string> = {
    VKLAD: "cash in",
    "": "interest",
    "PREVOD Z UCTU": "transfer in",
    "PREVOD NA UCET": "transfer out",
    "VYBER KARTOU": "card",
    VYBER: "cash out"
  }
  for (const row of files.transactions) {
    const signed = row.type === "PRIJEM" ? row.amount : -row.amount
    balances.set(row.account_id, (balances.get(row.account_id) ?? 0n) + signed)
    if (row.k_symbol === "UVER") debts.set(row.account_id, debts.get(row.account_id)! - row.amount)
    const kind =
      row.k_symbol === "SLUZBY" ? "fee" : row.k_symbol === "SANKC. UROK" ? "penalty interest" : kinds[row.operation]
    const key = `${DateTime.formatIso(row.date).slice(0, 7)} ${kind}`
    cashflow.set(key, (cashflow.get(key) ?? 0n) + row.amount)
  }
  const balancesView = yield* AccountBalancesView
  yield* balancesView.waitFor(last, patience)
  const rows = yield* balancesView.all
  expect(new Map(rows.map(({ accountId, balance }) => [String(accountId), BigInt(balance)]))).toEqual(balances)
  const monthly = yield* MonthlyCashflowView
  yield* monthly.waitFor(last, patience)
  const months = yield* monthly.all
  expect(new Map(months.map(({ kind, month, total }) => [`${month} ${kind}`, BigInt(total)]))).toEqual(cashflow)
  const march = yield* monthly.byMonth(Month.make("1993-03"))
  expect(march.map(({ kind, total }) => [`1993-03 ${kind}`, BigInt(total)]).sort()).toEqual(
    [...cashflow].filter(([key]) => key.startsWith("1993-03")).sort()
  )
  expect(yield* monthly.byMonth(Month.make("1992-12"))).toEqual([])
  const standingView = yield* AccountStandingView
  yield* standingView.waitFor(last, patience)
  const standing = yield* standingView.all
  expect(standing).toHaveLength(files.accounts.length)
  for (const { accountId, balance, debt } of standing) {
    expect([accountId, balance, debt]).toEqual([accountId, balances.get(accountId), debts.get(accountId) ?? 0n])
  }
})

/** The records of each tenth account. */
const ofSome = (files: BankFiles): BankFiles => {
  const accounts = files.accounts.filter((_, i) => i % 10 === 0)
  const ids = new Set<string>(accounts.map((row) => row.account_id))
  return {
    ...files,
    accounts,
    loans: files.loans.filter((row) => ids.has(row.account_id)),
    transactions: files.transactions.filter((row) => ids.has(row.account_id))
  }
}

/** Appends what another store holds: accounts first, since loans are about them. */
const copied = Effect.fnUntraced(function* (events: ReadonlyArray<Event.RecordedEvent>) {
  const { append } = yield* EventStore.EventStore
  const streams = Map.groupBy(events, ({ stream }) => stream)
  yield* Effect.forEach([...streams].sort(), ([stream, of]) => append(stream, "noStream", of), {
    concurrency: 32,
    discard: true
  })
})

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8").split("\n")
/** The lines that README does not show. */
const readmeWithout = (lines: ReadonlyArray<string>) =>
  lines.map((line) => stripVTControlCharacters(line)).filter((line) => !readme.includes(line))

describe("the bank's records", () => {
  it.live(
    "replay to the bank's own balances, within its rounding",
    () =>
      Effect.gen(function* () {
        const files = yield* load(dataFolder)
        expect(files.bad).toEqual([])
        const first = yield* importing(files)
        expect(first).toEqual({ imported: 989 + 125 + 39_309 + 102, already: 0, refused: [] })
        const comparison = yield* Replay.compare(files, silent)
        expect(comparison).toEqual({
          accounts: 989,
          events: 989 + 39_309,
          compared: 39_309,
          exact: 22_542,
          exactAccounts: 289,
          largest: 80n,
          beyond: [],
          missing: []
        })
        const lines = [...Report.imported(first, []), ...Report.compared(comparison, Replay.tolerance)]
        expect(readmeWithout(lines)).toEqual([])
        expect(yield* importing(files)).toEqual({ imported: 0, already: 40_525, refused: [] })

        // As of 500 random days, what was imported in a minute says what the bank said in the
        // evening.
        const { differing, known } = yield* TimeTravel.compare(TimeTravel.samples(files, 500))
        expect(differing).toEqual([])
        expect(known).toBeGreaterThan(100)

        const last = yield* lastPosition
        yield* sameAsComputed(files, last)
        const tables = [
          ...Report.cashflow(yield* (yield* MonthlyCashflowView).all),
          ...Report.standing(yield* (yield* AccountStandingView).all)
        ]
        expect(readmeWithout(tables)).toEqual([])
        // The same from tables, which a projector fills.
        yield* sameAsComputed(files, last).pipe(Effect.provide(Layer.fresh(inTables)))
        const copy = soak ? files : ofSome(files)
        const events = yield* Stream.runCollect((yield* EventStore.EventStore).readAll())
        const streams = new Set([
          ...copy.accounts.map((row) => `Account-${row.account_id}`),
          ...copy.loans.map((row) => `Loan-${row.loan_id}`)
        ])
        const loadDataDir = yield* Effect.promise(emptyPglite)
        yield* Effect.gen(function* () {
          yield* copied(events.filter(({ stream }) => streams.has(stream)))
          yield* sameAsComputed(copy, yield* lastPosition)
        }).pipe(Effect.provide(Layer.provideMerge(Layer.fresh(inTables), PgliteEventStore.layer({ loadDataDir }))))
      }).pipe(Effect.provide(inMemory())),
    600_000
  )

  it.live(
    "are imported once, however often the import is interrupted",
    () =>
      Effect.gen(function* () {
        const all = yield* load(dataFolder)
        const files = { ...all, transactions: all.transactions.slice(0, 4_000) }
        const store = yield* EventStore.EventStore
        let sizes = 0
        for (const millis of [3, 40, 90]) {
          const fiber = yield* Effect.forkChild(importing(files))
          yield* Effect.sleep(millis)
          yield* Fiber.interrupt(fiber)
          const size = yield* Stream.runCount(store.readAll())
          expect(size).toBeGreaterThanOrEqual(sizes)
          sizes = size
        }
        const last = yield* importing(files)
        expect(last.already).toBe(sizes)
        expect(last.imported + last.already).toBe(steps(files).steps.length)
        expect(yield* Stream.runCount(store.readAll())).toBe(steps(files).steps.length)
        const { beyond, missing } = yield* Replay.compare(files, silent)
        expect([beyond, missing]).toEqual([[], []])
      }).pipe(Effect.provide(inMemory())),
    600_000
  )
})

describe("a row that the domain refuses", () => {
  const overdrawn = {
    accounts: [opened],
    transactions: [
      "11,1,1993-01-02,PRIJEM,VKLAD,900.00,900.00,,,",
      "12,1,1993-01-03,VYDAJ,VYBER,99999.00,0.00,,,",
      "13,2,1993-01-03,PRIJEM,VKLAD,5.00,5.00,,,",
      "14,1,1993-01-04,VYDAJ,VYBER,100.00,800.00,,,"
    ]
  }

  it.effect("is skipped and named, with the reason; all remaining rows are imported", () =>
    withFiles(overdrawn, (folder) =>
      Effect.gen(function* () {
        const { imported, refused } = yield* importing(yield* load(folder))
        expect(imported).toBe(3)
        expect(refused.map(({ message }) => message)).toEqual([
          "transactions.csv:3: it would overdraw the account: 99,999.00 Kč asked, 10,900.00 Kč there",
          "transactions.csv:4: there is no such account, or it is not open yet"
        ])
        const { state, version } = yield* (yield* Accounts).load(account)
        expect([state.balance, version]).toEqual([80_000n, 3])
      })
    ).pipe(Effect.provide(inMemory()))
  )

  it.effect("stops the import where asked to, and what came before stays", () =>
    withFiles(overdrawn, (folder) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(importing(yield* load(folder), "stop"))
        expect(error._tag).toBe("ImportStopped")
        expect(error.message).toContain("transactions.csv:3: it would overdraw the account")
        const { state } = yield* (yield* Accounts).load(account)
        expect(state.balance).toBe(90_000n)
      })
    ).pipe(Effect.provide(inMemory()))
  )

  it.effect(
    "is refused again at the next run, fixed or not, if later rows of its account are imported: no hindsight",
    () =>
      Effect.gen(function* () {
        const deposit = "15,1,1993-01-05,PRIJEM,VKLAD,99999.00,0.00,,,"
        const rows = { ...overdrawn, transactions: [...overdrawn.transactions, deposit] }
        const first = yield* withFiles(rows, (folder) => Effect.flatMap(load(folder), importing))
        const again = yield* withFiles(rows, (folder) => Effect.flatMap(load(folder), importing))
        expect([first.imported, first.refused.length]).toEqual([4, 2])
        expect([again.imported, again.already, again.refused.length]).toEqual([0, 4, 2])
        expect(again.refused[0]!.message).toContain("transactions.csv:3: later rows were imported already")
        expect((yield* (yield* Accounts).load(account)).state.balance).toBe(10_079_900n)
      }).pipe(Effect.provide(inMemory()))
  )

  it.effect("is imported once it is fixed, after a stop", () =>
    Effect.gen(function* () {
      yield* withFiles(overdrawn, (folder) =>
        Effect.flip(Effect.flatMap(load(folder), (files) => importing(files, "stop")))
      )
      const transactions = overdrawn.transactions.map((row) => row.replace("99999.00", "99.00"))
      const result = yield* withFiles({ ...overdrawn, transactions }, (folder) =>
        Effect.flatMap(load(folder), importing)
      )
      expect([result.imported, result.already, result.refused.length]).toEqual([2, 2, 1])
      expect((yield* (yield* Accounts).load(account)).state.balance).toBe(70_100n)
    }).pipe(Effect.provide(inMemory()))
  )

  it.effect("takes its loan payment with it; a refused payment leaves the transfer, and is reported", () =>
    withFiles(
      {
        accounts: [opened],
        loans: ["5,1,1993-01-02,100.00,12,100.00,A"],
        transactions: [
          "11,1,1993-01-03,PRIJEM,VKLAD,900.00,900.00,,,",
          "12,1,1993-02-02,VYDAJ,PREVOD NA UCET,99999.00,0.00,UVER,QR,70984434",
          "13,1,1993-02-03,VYDAJ,PREVOD NA UCET,100.30,799.70,UVER,QR,70984434"
        ]
      },
      (folder) =>
        Effect.gen(function* () {
          const { refused } = yield* importing(yield* load(folder))
          expect(refused.map(({ message }) => message)).toEqual([
            "transactions.csv:3: it would overdraw the account: 99,999.00 Kč asked, 10,900.00 Kč there",
            "transactions.csv:4: loan 5 (the transfer itself is stored): a payment of 100.30 Kč, but only 100.00 Kč are owed"
          ])
          expect((yield* (yield* Loans).load(LoanId.make("5"))).state.payments).toBe(0)
          expect((yield* (yield* Accounts).load(account)).state.balance).toBe(79_970n)
        })
    ).pipe(Effect.provide(inMemory()))
  )
})

describe("a malformed row", () => {
  const cases: Record<string, readonly [string, string]> = {
    "an amount with a comma": [
      '11,1,1993-01-02,PRIJEM,VKLAD,"900,00",900.00,,,',
      'transactions.csv:2: column amount: expected an amount above zero such as 3401.00, found "900,00"'
    ],
    "an amount of zero": [
      "11,1,1993-01-02,PRIJEM,VKLAD,0.00,0.00,,,",
      'transactions.csv:2: column amount: expected an amount above zero such as 3401.00, found "0.00"'
    ],
    "a day that does not exist": [
      "11,1,1993-02-30,PRIJEM,VKLAD,1.00,1.00,,,",
      'transactions.csv:2: column date: expected a date such as 1993-03-22, found "1993-02-30"'
    ],
    "an unknown code": [
      "11,1,1993-01-02,PRIJEM,VKLAD,1.00,1.00,XYZ,,",
      'transactions.csv:2: column k_symbol: expected UROK, SLUZBY, SANKC. UROK, SIPO, DUCHOD, POJISTNE, UVER, nothing, found "XYZ"'
    ],
    "codes that do not go together": [
      "11,1,1993-01-02,PRIJEM,VYBER,1.00,1.00,,,",
      'transactions.csv:2: column operation: expected an operation that goes with type and k_symbol, found "PRIJEM, VYBER, "'
    ],
    "a row cut short": ["11,1,1993-01-02", "transactions.csv:2: expected 10 cells, as in the header, found 3"]
  }
  for (const [name, [row, message]] of Object.entries(cases)) {
    it.effect(`is refused with file, line and column: ${name}`, () =>
      withFiles({ accounts: [opened], transactions: [row, "12,1,1993-01-03,PRIJEM,VKLAD,5.00,5.00,,,"] }, (folder) =>
        Effect.gen(function* () {
          const files = yield* load(folder)
          const { bad, steps: good } = steps(files)
          expect([...files.bad, ...bad].map((bad) => bad.message)).toEqual([message])
          yield* Import.run(good, { onRefused: "continue", progress: silent })
          expect((yield* (yield* Accounts).load(account)).state.balance).toBe(500n)
        })
      ).pipe(Effect.provide(inMemory()))
    )
  }

  it.effect("is one whose number was used before", () =>
    withFiles(
      { accounts: [opened], transactions: Array(2).fill("11,1,1993-01-02,PRIJEM,VKLAD,9.00,9.00,,,") },
      (folder) =>
        Effect.gen(function* () {
          const files = yield* load(folder)
          expect(files.bad.map(({ message }) => message)).toEqual([
            'transactions.csv:3: column trans_id: expected a number not used before, found "11", as on line 2'
          ])
        })
    )
  )
})

it.effect("a loan payment leaves the account and pays the loan", () =>
  withFiles(
    {
      accounts: [opened],
      loans: ["5,1,1993-01-02,1200.00,12,100.00,A"],
      transactions: [
        "11,1,1993-01-02,PRIJEM,VKLAD,900.00,900.00,,,",
        "12,1,1993-02-02,VYDAJ,PREVOD NA UCET,100.30,799.70,UVER,QR,70984434"
      ]
    },
    (folder) =>
      Effect.gen(function* () {
        yield* importing(yield* load(folder))
        const loan = yield* (yield* Loans).load(LoanId.make("5"))
        expect([loan.state.repaid, loan.state.payments]).toEqual([10_030n, 1])
        expect(yield* (yield* AccountStandingView).get(account)).toEqual({
          accountId: "1",
          balance: 79_970n,
          debt: 109_970n,
          payments: 1
        })
      })
  ).pipe(Effect.provide(inMemory()))
)
