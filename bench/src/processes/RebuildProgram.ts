/**
 * Reads all accounts of the log in the database of its first argument, with the contender that its
 * second argument names, and prints the duration and the peak memory. Eventfold folds them into
 * rows; the drivers only read.
 */
import { layer as pgLayer, PgClient } from "@effect/sql-pg/PgClient"
import { PgEventStore } from "@eventfold/postgres"
import { AccountBalancesView } from "bank/src/generated/account-balances.service.ts"
import { Context, Effect, Layer, Redacted } from "effect"
import { EventStore, Projector } from "eventfold"
import { Client } from "pg"
import { schema } from "../contenders/Eventfold.ts"

const [, , url = "", contender = "", last = "0"] = process.argv
const lastPosition = Number(last)

/**
 * The columns that a rebuild reads of each event, in pages of the size at which the drivers are
 * fastest.
 */
const select = `select e.stream_id, e.version::float8, e.position::float8, e.type, e.schema_version, e.data,
    e.recorded_at::float8, e.occurred_at::float8
  from ${schema}.events e where e.position > $1 order by e.position limit 10000`
const positionColumn = 2

type Page = ReadonlyArray<ReadonlyArray<unknown>>

const readAll = async (page: (after: number) => Promise<Page>): Promise<void> => {
  for (let after = 0; after < lastPosition;) {
    const rows = await page(after)
    after = Number(rows.at(-1)?.[positionColumn] ?? lastPosition)
  }
}

const timed = async (run: () => Promise<void>): Promise<number> => {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1_000
}

const withPg = async (): Promise<number> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  const page = async (after: number) =>
    (await client.query<Array<unknown>>({ name: "page", text: select, values: [after], rowMode: "array" })).rows
  const seconds = await timed(() => readAll(page))
  await client.end()
  return seconds
}

const withEffect = Effect.gen(function* () {
  const sql = yield* PgClient
  const context = yield* Effect.context<never>()
  const page = (after: number) => Effect.runPromiseWith(context)(sql.unsafe(select, [BigInt(after)]).values)
  return yield* Effect.promise(() => timed(() => readAll(page)))
}).pipe(Effect.provide(pgLayer({ url: Redacted.make(url), maxConnections: 1 })))

/** Rebuilds beside served rows of another fingerprint, as after a change of a handler. */
const withEventfold = Effect.scoped(
  Effect.gen(function* () {
    const context = yield* Layer.build(PgEventStore.layer({ url: Redacted.make(url), schema }))
    const { projections } = Context.get(context, EventStore.EventStore)
    const { projection } = AccountBalancesView
    yield* projections!.open({ ...projection, fingerprint: "before" })
    const start = performance.now()
    yield* Layer.build(Layer.provide(Projector.layer([projection]), Layer.succeedContext(context)))
    for (;;) {
      const status = yield* projections!.status(projection.name)
      if (status?.fingerprint === projection.fingerprint && status.checkpoint.position >= lastPosition) break
      yield* Effect.sleep("5 millis")
    }
    return (performance.now() - start) / 1_000
  })
)

const run = (): Promise<number> => {
  switch (contender) {
    case "Eventfold":
      return Effect.runPromise(withEventfold)
    case "pg":
      return withPg()
    case "@effect/sql-pg":
      return Effect.runPromise(withEffect)
    default:
      throw new Error(`there is no contender ${contender}; use Eventfold, pg or @effect/sql-pg`)
  }
}

const seconds = await run()
process.stdout.write(`\n${JSON.stringify({ seconds, peakMB: process.resourceUsage().maxRSS / 1_000 })}`)
