/** Rebuilds of a projection over the bank's events, each in a new process. */
import { Effect, Schema, type Scope } from "effect"
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import type pg from "pg"
import * as BankLog from "../BankLog.ts"
import * as Emmett from "../contenders/Emmett.ts"
import * as Eventfold from "../contenders/Eventfold.ts"
import { attempt, BenchFailed, database, pool } from "../Database.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { aggregate, emmett, select, wanted } from "../Wanted.ts"

const run = promisify(execFile)
const programAt = (name: string) => path.join(import.meta.dirname, "../processes", name)
/**
 * Limit of the space for young objects. With Node's default, the garbage collector waits until that
 * space has 96 MB, in every program; docs/projections.md recommends the flag to save memory. All
 * contenders run with it.
 */
const flags = ["--max-semi-space-size=16"]
const Output = Schema.fromJsonString(Schema.Struct({ seconds: Schema.Finite, peakMB: Schema.Finite }))

/** The rows of the projection, computed by SQL alone: the reference for every fold. */
const byAccount = `select e.stream_id as _key, substr(e.stream_id, 9) as account_id,
    sum(case when e.type = 'AccountOpened' then 0
      when e.type in ('CashDeposited', 'TransferReceived', 'InterestCredited') then (e.data::json ->> 'amount')::numeric
      else -(e.data::json ->> 'amount')::numeric end) as balance,
    count(*) filter (where e.type <> 'AccountOpened') as movements,
    to_timestamp(max(e.occurred_at) / 1000.0) as updated_at
  from ${Eventfold.schema}.events e group by e.stream_id`

/** Removes all rows and checkpoints of projections. */
const deleteProjections = `do $$ declare s text; begin
    for s in select nspname from pg_namespace where nspname ^@ '${Eventfold.schema}_bank' loop
      execute format('drop schema %I cascade', s);
    end loop;
    delete from ${Eventfold.schema}.projections;
  end $$`

/** Fails if a row differs from the row that SQL computes. */
const check = (connected: pg.Pool) =>
  Effect.gen(function* () {
    const [found] = yield* attempt("comparing rows", async () => {
      const text = `with made as (select account_id, balance, movements from ${Eventfold.schema}_bank.account_balances),
          computed as (select account_id, balance, movements from (${byAccount}) a)
        select (select count(*)::int from made) as rows,
          (select count(*)::int from ((table made except table computed) union all (table computed except table made)) d) as wrong`
      return (await connected.query<{ readonly rows: number; readonly wrong: number }>(text)).rows
    })
    if (found === undefined || found.rows === 0 || found.wrong > 0) {
      return yield* new BenchFailed({
        message: `${found?.wrong} of ${found?.rows} rows differ from those that SQL computes`
      })
    }
  })

interface Contender {
  readonly name: string
  readonly events: number
  readonly turn: Effect.Effect<typeof Output.Type, unknown>
}

/** Runs a program of `processes/` that rebuilds the rows of one database. */
const runProgram = (program: string, name: string, url: string, count: number) =>
  Effect.flatMap(
    attempt(`rebuilding with ${name}`, () =>
      run(process.execPath, [...flags, programAt(program), url, name, String(count)])
    ),
    // Libraries can log to stdout before that line.
    ({ stdout }) => Schema.decodeUnknownEffect(Output)(stdout.slice(stdout.lastIndexOf("\n") + 1))
  )

/** Contenders that read one log in Eventfold's tables. */
const onEventfoldLog = (url: string, connected: pg.Pool, count: number) => {
  const runProcess = (name: string) => runProgram("RebuildProgram.ts", name, url, count)
  const eventfold: Contender = {
    name: "Eventfold",
    events: count,
    turn: Effect.gen(function* () {
      yield* attempt("dropping rows", () => connected.query(deleteProjections))
      const result = yield* runProcess("Eventfold")
      yield* check(connected)
      return result
    })
  }
  const raw = ["pg", "@effect/sql-pg"].map((name): Contender => ({ name, events: count, turn: runProcess(name) }))
  const inSql: Contender = {
    name: aggregate,
    events: count,
    turn: attempt("aggregating", async () => {
      const start = performance.now()
      await connected.query(`create table public.aggregated as ${byAccount}`)
      const seconds = (performance.now() - start) / 1_000
      await connected.query("drop table public.aggregated")
      return { seconds, peakMB: 0 }
    })
  }
  return { eventfold, raw, inSql }
}

const withEmmett = (url: string, connected: pg.Pool, count: number): Contender => ({
  name: emmett,
  events: count,
  turn: Effect.gen(function* () {
    // Otherwise Emmett empties its table and continues after the last event: it writes no row, at
    // once.
    yield* attempt("deleting Emmett's checkpoint", () => connected.query("truncate emt_processors"))
    const result = yield* runProgram("EmmettRebuildProgram.ts", "Emmett", url, count)
    const text = `select coalesce(sum((d.data ->> 'movements')::int + 1), 0)::int as folded from account_balances d`
    const [found] = yield* attempt(
      "reading Emmett's rows",
      async () => (await connected.query<{ readonly folded: number }>(text)).rows
    )
    if (found?.folded !== count) {
      return yield* new BenchFailed({ message: `Emmett folded ${found?.folded} of ${count} events` })
    }
    return result
  })
})

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const mine = wanted.filter(({ id }) => ["rebuild", "rebuild-memory"].includes(id) && plan.wants(id))
    if (mine.length === 0) return []
    // Emmett folds about 800 events per second, and each event takes the same time.
    const [count, few] = plan.quick ? [100_000, 500] : [1_000_000, 2_000]
    const [rounds, url, theirs] = [
      Math.min(plan.rounds, 5),
      yield* database(plan.url, "rebuild"),
      yield* database(plan.url, "rebuild_emmett")
    ]
    yield* say(`rebuild: filling logs with ${count} events of the bank, and ${few} for Emmett`)
    const events = yield* BankLog.original
    yield* Eventfold.createTables(url)
    const connected = yield* pool(url, 1)
    yield* BankLog.fill(connected, events, count)
    yield* Effect.scoped(Emmett.make(theirs))
    const theirPool = yield* pool(theirs, 1)
    yield* BankLog.fillEmmett(theirPool, events, few)

    const { eventfold, inSql, raw } = onEventfoldLog(url, connected, count)
    const peer = withEmmett(theirs, theirPool, few)
    const contenders = [eventfold, ...raw, inSql, peer]
    yield* say(`rebuild: ${rounds} rounds of ${contenders.map(({ name }) => name).join(", ")}`)
    const taken = yield* interleaved(rounds, contenders, ({ turn }) => turn)
    const rates = (contender: Contender) => taken.get(contender)!.map(({ seconds }) => contender.events / seconds)
    const fastest = raw.toSorted((a, b) => median(rates(b)) - median(rates(a)))[0]!
    const only = plan.quick ? `only ${count} events; ` : ""

    return mine.map((row) => {
      if (row.id === "rebuild-memory") {
        const peaks = taken.get(eventfold)!.map(({ peakMB }) => peakMB)
        return measured(row, {
          eventfold: median(peaks),
          spread: { eventfold: spread(peaks), baseline: null },
          note: `${only}all of the process, Node and the program itself included; ${flags.join(" ")}`
        })
      }
      const baseline = row.baselineName === emmett ? peer : row.baselineName === select ? fastest : inSql
      const notes: Readonly<Record<string, string>> = {
        [emmett]: `Emmett on the first ${few} events`,
        [select]: raw.map((one) => `${one.name} ${median(rates(one)).toFixed(0)}`).join(", "),
        [aggregate]: "one statement on the server, which is the limit"
      }
      return measured(row, {
        eventfold: median(rates(eventfold)),
        baseline: median(rates(baseline)),
        spread: { eventfold: spread(rates(eventfold)), baseline: spread(rates(baseline)) },
        ...(baseline === fastest ? { baselineName: `${row.baselineName} (${fastest.name})` } : {}),
        note: `${only}${notes[row.baselineName ?? ""]}`
      })
    })
  })
