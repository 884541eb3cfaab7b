/**
 * A store with its writers and its reader, each on a connection of its own, which take their steps
 * in the order of a schedule.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { SqlEventStore } from "@eventfold/postgres"
import { Cause, Effect, Exit, type Scope, Stream } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { EventStore } from "eventfold"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { freshSchema } from "../Stores.ts"
import { create, type Edit } from "./PausedStore.ts"
import type { Schedule } from "./Schedule.ts"
import * as Session from "./Session.ts"

export interface Delivered {
  readonly id: string
  readonly position: number
}

/** Reads the events after the cursor, at most a given number. */
export type Read = (
  reader: Session.Session,
  schema: string,
  after: number,
  limit: number
) => Effect.Effect<ReadonlyArray<Delivered>, unknown>

export interface Options {
  readonly url: string
  /** The changes that break this store's functions. */
  readonly edits?: ReadonlyArray<Edit>
  /** Statements to run after the store was created, for a schema that is already quoted. */
  readonly more?: (schema: string) => ReadonlyArray<string>
  /** The reader's three steps, if they aren't the store's: their names, and the pause of each. */
  readonly readerSteps?: ReadonlyArray<{ readonly name: string; readonly until: string | undefined }>
  /** A reader that replaces the store's `readAll`. */
  readonly read?: Read
  /** The move of its cursor, if it isn't that of a subscription. */
  readonly advance?: Advance
}

export interface Stage {
  readonly keeper: PgClient
  /** Already quoted. */
  readonly schema: string
  /** `true` if the server accepts prepared transactions; by default it does not. */
  readonly preparesTransactions: boolean
  /** Runs a schedule; returns the mistake, as text with the steps taken, if there is one. */
  readonly run: (schedule: Schedule) => Effect.Effect<string | undefined, unknown>
}

const place = { address: "the test's server", database: "postgres", user: "postgres", connectSeconds: 60 }

const productionSteps: NonNullable<Options["readerSteps"]> = [
  { name: "(a) asks for U", until: "(b)" },
  { name: "(b) asks for L", until: "(c)" },
  { name: "(c) reads", until: undefined }
]

const readAll =
  (store: EventStore.Service): Read =>
  (_reader, _schema, after, limit) =>
    Stream.runCollect(store.readAll({ after, limit }))

/**
 * Returns the cursor after a page: the last event of a full page, otherwise the horizon; it never
 * decreases.
 */
type Advance = (page: { readonly isFull: boolean; readonly last: number; readonly horizon: number }) => number

const advance: Advance = ({ horizon, isFull, last }) => (isFull ? last : Math.max(last, horizon))

export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Stage, SqlError | Error, Scope.Scope> {
  const { edits = [], more = () => [], readerSteps = productionSteps, url } = options
  const name = freshSchema()
  const schema = quote(name)
  const keeper = yield* Session.connect(url)
  yield* create(keeper, name, edits, more)

  /** The last result of the horizon function; undefined if the running read has not called it. */
  let horizon: number | undefined
  const heard = (text: string) => {
    const [, number] = /^horizon (\d+)$/.exec(text) ?? []
    if (number !== undefined) horizon = Number(number)
  }
  const open = (more: Partial<Session.Options> = {}) => Session.open({ url, keeper, schema, ...more })
  const writers = [yield* open(), yield* open(), yield* open()]
  const reader = yield* open({ heard })
  const store = yield* SqlEventStore.make({ client: reader.sql, place, lanes: 1 }, { schema: name })
  const read = options.read ?? readAll(store)

  const [setting] = yield* keeper.unsafe("select current_setting('max_prepared_transactions')::int > 0").values
  const preparesTransactions = setting?.[0] === true

  let cursor = 0
  /** Positions are relative to the last one of the schedule before. */
  let base = 0
  let last = 0
  const points = new Map<Session.Session, string>()
  const pauseAt = Effect.fnUntraced(function* (session: Session.Session, wanted: ReadonlyArray<string>) {
    if (points.get(session) === wanted.join()) return
    yield* session.pauseAt(wanted)
    points.set(session, wanted.join())
  })

  const run: Stage["run"] = Effect.fnUntraced(function* ({ order, page: limit = 1_000, reader: mode, scripts }) {
    base = last
    const delivered: Array<Delivered> = []
    const lines: Array<string> = []
    const problems: Array<string> = []
    const relative = (position: number) => position - base

    const wanted = (stop: Session.Stop, until: string | undefined, what: string) => {
      if (stop._tag === "Paused" ? stop.at === until : until === undefined && Exit.isSuccess(stop.exit))
        return undefined
      const got =
        stop._tag === "Paused"
          ? `paused at ${stop.at}`
          : Exit.isFailure(stop.exit)
            ? `failed: ${Cause.pretty(stop.exit.cause)}`
            : "ended"
      const steps = [...lines, what].join("\n")
      return Effect.fail(new Error(`${what}: expected ${until ?? "the end"}, but the statement ${got}\n${steps}`))
    }

    const deliver = (events: ReadonlyArray<Delivered>) => {
      for (const event of events) {
        const before = delivered.at(-1)?.position ?? base
        if (event.position <= before) {
          problems.push(`position ${relative(event.position)} was delivered after ${relative(before)}`)
        }
        delivered.push(event)
      }
      if (options.read === undefined && horizon === undefined) problems.push("the reader did not ask for the horizon")
      const reached = { horizon: horizon ?? 0, isFull: events.length === limit, last: events.at(-1)?.position ?? 0 }
      cursor = Math.max(cursor, (options.advance ?? advance)(reached))
      const positions = events.map(({ position }) => relative(position)).join(", ")
      lines.push(`     R reads ${positions === "" ? "nothing" : positions}; its cursor is ${relative(cursor)}`)
    }
    // The reading fiber stores its events here.
    let page: ReadonlyArray<Delivered> = []
    const reading = Effect.map(
      Effect.suspend(() => {
        horizon = undefined
        return read(reader, schema, cursor, limit)
      }),
      (events) => {
        page = events
      }
    )
    const onePage = Effect.gen(function* () {
      yield* pauseAt(reader, [])
      yield* reading
      deliver(page)
    })

    const taken = [...scripts.map(() => 0), 0]
    for (const [i, script] of scripts.entries()) yield* pauseAt(writers[i]!, script[1].pauses)
    for (const [i, who] of order.entries()) {
      const at = taken[who]!++
      const number = String(i + 1).padStart(3)
      if (who === scripts.length) {
        const { name: what, until } = readerSteps[at]!
        if (at === 0) {
          yield* pauseAt(
            reader,
            readerSteps.flatMap(({ until }) => until ?? [])
          )
        }
        const name = `${number}. R ${what}`
        const failure = wanted(yield* at === 0 ? reader.send(reading) : reader.resume, until, name)
        if (failure !== undefined) yield* failure
        lines.push(name)
        if (at === 2) deliver(page)
        continue
      }
      const writer = writers[who]!
      const step = scripts[who]![1].steps[at]!
      const name = `${number}. W${who + 1} ${step.name}`
      const stop = yield* step.send === undefined ? writer.resume : writer.send(step.send(writer, schema))
      const failure = wanted(stop, step.until, name)
      if (failure !== undefined) yield* failure
      const drawn = stop._tag === "Paused" ? Number(stop.detail) : 0
      last = Math.max(last, drawn)
      lines.push(drawn === 0 ? name : `${name} ${relative(drawn)}`)
      if (mode === "after each step") yield* onePage
    }
    do yield* onePage
    while (page.length === limit)

    const rows = yield* keeper.unsafe(
      `select event_id::text, position::float8 from ${schema}.events where position > $1 order by position`,
      [BigInt(base)]
    ).values
    const expected = scripts.reduce((sum, [, { events }]) => sum + events, 0)
    if (rows.length !== expected) problems.push(`the log holds ${rows.length} events, not ${expected}`)
    const got = new Set(delivered.map(({ id }) => id))
    for (const [id, position] of rows) {
      if (!got.has(String(id)))
        problems.push(`position ${relative(Number(position))} was committed and never delivered`)
    }
    if (got.size !== delivered.length) problems.push("an event was delivered twice")
    if (delivered.length > rows.length) problems.push("what is not committed was delivered")
    cursor = Math.max(cursor, last)
    if (problems.length === 0) return undefined
    const who = scripts.map(([name], i) => `W${i + 1} ${name}`).join(", ")
    return [who, ...lines, ...problems.map((problem) => `     → ${problem}`)].join("\n")
  })

  return { keeper, schema, preparesTransactions, run }
})
