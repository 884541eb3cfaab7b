/**
 * The bank, end to end: `pnpm demo`. Imports real records, replays them, and checks every balance
 * against the bank's own.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Cause, Console, Data, DateTime, Duration, Effect, FileSystem, Layer, Option, Path, Stream } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { AggregateCache } from "eventfold"
import { PgEventStore, PgliteEventStore } from "@eventfold/postgres"
import { AccountId } from "schemas/bank/account.ts"
import * as BalancePlot from "./BalancePlot.ts"
import * as BankFiles from "./BankFiles.ts"
import { steps as stepsOf } from "./BankStep.ts"
import * as Crowns from "./Crowns.ts"
import { AccountBalancesView } from "./generated/account-balances.service.ts"
import { AccountStandingView } from "./generated/account-standing.service.ts"
import { Accounts } from "./generated/account.service.ts"
import { Loans } from "./generated/loan.service.ts"
import { MonthlyCashflowView } from "./generated/monthly-cashflow.service.ts"
import * as Import from "./Import.ts"
import { withBar, withClock } from "./Progress.ts"
import * as Replay from "./Replay.ts"
import * as Report from "./Report.ts"

/** A problem that the user of the demo can fix; printed in one line. */
class DemoFailed extends Data.TaggedError("DemoFailed")<{ readonly message: string }> {}

const flags = {
  store: Flag.Literals("store", ["pglite", "postgres"]).pipe(
    Flag.withDescription("Where events go: PGlite in this process, or a PostgreSQL server"),
    Flag.withDefault("pglite")
  ),
  url: Flag.Redacted("url").pipe(
    Flag.withDescription("The server, with --store postgres: postgres://user:password@host:5432/database"),
    Flag.optional
  ),
  schema: Flag.String("schema").pipe(
    Flag.withDescription("The schema that the demo makes there, for its events alone"),
    Flag.withDefault("eventfold_bank_demo")
  ),
  dataDir: Flag.String("data-dir").pipe(
    Flag.withDescription("Where the demo keeps its files"),
    Flag.withDefault(".data/bank")
  ),
  files: Flag.String("files").pipe(
    Flag.withDescription("Folder with accounts, loans and transactions (.csv or .csv.gz)"),
    Flag.optional
  ),
  badRows: Flag.Literals("bad-rows", ["continue", "stop"]).pipe(
    Flag.withDescription("What a malformed or refused row does to the import"),
    Flag.withDefault("continue")
  ),
  account: Flag.String("account").pipe(
    Flag.withDescription("The account to look at; 1843, or the first of the files"),
    Flag.withSchema(AccountId),
    Flag.optional
  ),
  fullHistory: Flag.Boolean("full-history").pipe(
    Flag.withDescription("Print every event of that account"),
    Flag.withDefault(false)
  )
}

const services = Layer.mergeAll(
  Accounts.layer,
  Loans.layer,
  AccountBalancesView.layer,
  MonthlyCashflowView.layer,
  AccountStandingView.layer
).pipe(Layer.provide(AggregateCache.layer({ capacity: 10_000 })))

/** The end of the day, since the bank recorded days. */
const thirdOfMarch = DateTime.makeUnsafe("1993-03-03T23:59:59.999Z")

/**
 * Parents one by one: Node's recursive way never comes back where the system allows no folder, as
 * below /proc.
 */
const makeFolder = (folder: string): Effect.Effect<void, DemoFailed, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const full = path.resolve(folder)
    if (yield* fs.exists(full).pipe(Effect.orElseSucceed(() => false))) return
    if (path.dirname(full) !== full) yield* makeFolder(path.dirname(full))
    yield* fs
      .makeDirectory(full)
      .pipe(Effect.mapError((error) => new DemoFailed({ message: `can't make the folder ${full}: ${error.message}` })))
  })

/**
 * The rows as commands, and the problems of malformed rows. A problem that stops the import is
 * found before anything is opened.
 */
const prepare = Effect.fn("demo.prepare")(function* (files: BankFiles.BankFiles, badRows: "continue" | "stop") {
  const { bad, steps } = stepsOf(files)
  const badLines = [...files.bad, ...bad].map(({ message }) => message)
  if (badRows === "stop" && badLines.length > 0) {
    const lines = badLines.slice(0, 20).join("\n    ")
    return yield* new DemoFailed({
      message: `${Report.rows(badLines.length)} malformed; nothing was imported (--bad-rows continue leaves them out):\n    ${lines}`
    })
  }
  return { badLines, badRows, steps }
})

const importAll = Effect.fn("demo.import")(function* ({
  badLines,
  badRows,
  steps
}: Effect.Success<ReturnType<typeof prepare>>) {
  const imported = yield* withBar("importing", steps.length, (progress) =>
    Import.run(steps, { onRefused: badRows, progress })
  )
  for (const line of Report.imported(imported, badLines)) yield* Console.log(line)
})

const replayAll = Effect.fn("demo.replay")(function* (files: BankFiles.BankFiles) {
  const comparison = yield* withBar("replaying", files.accounts.length, (progress) => Replay.compare(files, progress))
  for (const line of Report.compared(comparison, Replay.tolerance)) yield* Console.log(line)
  return comparison.beyond.length === 0 && comparison.missing.length === 0
})

const showProjections = Effect.gen(function* () {
  const [balancesView, cashflowView, standingView] = [
    yield* AccountBalancesView,
    yield* MonthlyCashflowView,
    yield* AccountStandingView
  ]
  const rows = yield* withBar("folding projections", 3, (progress) =>
    Effect.all({
      balances: Effect.tap(balancesView.all, () => progress.advance()),
      cashflow: Effect.tap(cashflowView.all, () => progress.advance()),
      standing: Effect.tap(standingView.all, () => progress.advance())
    })
  )
  const sum = rows.balances.reduce((sum, { balance }) => sum + balance, 0n)
  const overdrawn = rows.balances.filter(({ balance }) => balance < 0n).length
  yield* Console.log(
    `  AccountBalances: ${Report.number(rows.balances.length)} accounts hold ${Crowns.format(sum)}; overdrawn: ${overdrawn}.\n`
  )
  for (const line of Report.cashflow(rows.cashflow)) yield* Console.log(line)
  yield* Console.log("")
  for (const line of Report.standing(rows.standing)) yield* Console.log(line)
})

const accountToShow = (
  { accounts }: BankFiles.BankFiles,
  wanted: Option.Option<AccountId>
): Effect.Effect<AccountId | undefined, DemoFailed> => {
  const has = (id: AccountId) => accounts.some(({ account_id }) => account_id === id)
  if (Option.isNone(wanted)) {
    const usual = AccountId.make("1843")
    return Effect.succeed(has(usual) ? usual : accounts[0]?.account_id)
  }
  return has(wanted.value)
    ? Effect.succeed(wanted.value)
    : Effect.fail(
        new DemoFailed({
          message: `account ${wanted.value} is not in the files; such as ${accounts[0]?.account_id} is`
        })
      )
}

const showAccount = Effect.fn("demo.account")(function* (number: AccountId, folder: string, full: boolean) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const accounts = yield* Accounts
  const steps = yield* Stream.runCollect(accounts.history(number))
  if (steps.length === 0) return yield* new DemoFailed({ message: `account ${number} is not among the imported ones` })
  const then = yield* accounts.loadAsOf(number, thirdOfMarch)

  yield* Console.log(Report.heading(`What was account ${number} on 3 March 1993?`))
  yield* Console.log(
    then.state.status === "Unopened"
      ? "  Not opened yet."
      : `  ${then.state.status}, ${Crowns.format(then.state.balance)} after ${then.state.movements} movements (version ${then.version} of ${steps.length}).`
  )
  yield* Console.log(Report.heading(`How did account ${number} get here?`))
  for (const line of Report.history(steps, full ? Infinity : 16)) yield* Console.log(line)

  const points = steps.map(({ after, recorded }) => ({
    time: DateTime.toDateUtc(recorded.occurredAt),
    balance: Number(after.balance) / 100
  }))
  yield* Console.log(Report.heading(`The balance of account ${number} over time, in Kč`))
  yield* Console.log(BalancePlot.chart(points).replace(/^/gm, "  "))
  const picture = path.join(folder, `account-${number}.svg`)
  const mark = { time: DateTime.toDateUtc(thirdOfMarch), label: "3 March 1993" }
  yield* fs
    .writeFileString(picture, BalancePlot.svg(`Account ${number}: balance`, points, mark))
    .pipe(Effect.mapError((error) => new DemoFailed({ message: `can't write ${picture}: ${error.message}` })))
  return picture
})

const demo = Command.make(
  "demo",
  flags,
  Effect.fn("demo")(function* ({ account, badRows, dataDir, files: folder, fullHistory, schema, store, url }) {
    const path = yield* Path.Path
    const started = yield* DateTime.now
    const target = Option.getOrUndefined(url)
    if (store === "postgres" && target === undefined) {
      return yield* new DemoFailed({
        message: "--store postgres needs the server: --url postgres://user:password@host:5432/database"
      })
    }
    if (store === "pglite" && target !== undefined) {
      return yield* new DemoFailed({ message: "--url is for a server: add --store postgres, or leave it out" })
    }
    const files = yield* BankFiles.load(Option.getOrElse(folder, () => path.join(import.meta.dirname, "..", "data")))
    const looked = yield* accountToShow(files, account)
    const prepared = yield* prepare(files, badRows)
    yield* makeFolder(dataDir)
    const pgliteDir = path.join(dataDir, "pglite")
    const storeLayer =
      target === undefined
        ? PgliteEventStore.layer({ dataDir: pgliteDir })
        : PgEventStore.layer({ url: target, schema })

    const context = yield* withClock("opening the store", Layer.build(Layer.provideMerge(services, storeLayer)))
    const picture = yield* Effect.gen(function* () {
      yield* Console.log(
        Report.heading(
          `1. Import: ${Report.number(files.transactions.length)} transactions, ${files.accounts.length} accounts, ${files.loans.length} loans`
        )
      )
      yield* importAll(prepared)
      yield* Console.log(Report.heading("2. Replay and compare"))
      const agrees = yield* replayAll(files)
      yield* Console.log(Report.heading("3. Look"))
      yield* showProjections
      const picture =
        looked === undefined ? "none: the files hold no account" : yield* showAccount(looked, dataDir, fullHistory)
      return agrees
        ? picture
        : yield* new DemoFailed({ message: "the log and the bank's records disagree; see 2. above" })
    }).pipe(Effect.provide(context))

    const seconds = DateTime.distance(started, yield* DateTime.now)
    yield* Console.log(Report.heading("4. Files and next steps"))
    yield* Console.log(
      `  events   ${target === undefined ? `${pgliteDir}/ (delete it to start again)` : `schema ${schema} on the server`}`
    )
    yield* Console.log(`  picture  ${picture}`)
    yield* Console.log(`  domain   schemas/bank/ declares it; its bodies are in examples/bank/src/, generated code in generated/ there

  Run it again, and nothing is imported twice. Or try, after npx --yes pnpm@12.21.0:
    demo --account 9188 --full-history
    demo --store postgres --url postgres://user:password@localhost:5432/database
    gen, then check: after a change of schemas/bank/account.ts, say
  README.md has a tour from an empty schema to a running service.

  done in ${(Duration.toMillis(seconds) / 1000).toFixed(1)} s`)
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Imports a bank's real records, replays them, and checks every balance against the bank's own"
  )
)

const oneLine = (cause: Cause.Cause<{ readonly message: string }>) =>
  Option.match(Cause.findErrorOption(cause), {
    onSome: (error) =>
      // The problem of the command line is printed by then, above its help.
      CliError.isCliError(error) ? Effect.void : Console.error(`\n${Report.bad(error.message).trimStart()}`),
    // A defect is ours, not the person's: all that is known of it.
    onNone: () =>
      Cause.hasInterruptsOnly(cause)
        ? Console.error("\nStopped. What was imported stays; the same command goes on from there.")
        : Console.error(Cause.pretty(cause))
  })

// A reader who has seen enough, as in `demo | head`. What was imported stays.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(1)
  throw error
})

demo.pipe(
  Command.run({ version: "0.1.0" }),
  Effect.onError(oneLine),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
