/**
 * Replays a store's whole log with today's code, and compares what comes of it with what is stored. `eventfold verify` does it for the
 * aggregates and projections of a project.
 */
import { Effect, Option, Stream } from "effect"
import type { EventStoreError } from "eventfold"
import type { StoredProjection } from "eventfold/generated"
import { look } from "./internal/schema/StoreOpening.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import { valuesOf } from "./internal/read/StoredEvent.ts"
import { quote } from "./internal/schema/StoreSchema.ts"
import type { Mismatch } from "./internal/verify/Mismatch.ts"
import * as ProjectionCheck from "./internal/verify/ProjectionCheck.ts"
import * as RangeCheck from "./internal/verify/RangeCheck.ts"
import * as ReadOnly from "./internal/verify/ReadOnly.ts"
import * as StreamPages from "./internal/verify/StreamPages.ts"
import * as Verifiable from "./internal/verify/Verifiable.ts"
import type { Place } from "./internal/verify/VerifyPlace.ts"
import type { Connector } from "./SqlEventStore.ts"

export type { Mismatch } from "./internal/verify/Mismatch.ts"
export type { Outcome } from "./internal/verify/ProjectionCheck.ts"
export { Place } from "./internal/verify/VerifyPlace.ts"

/** The generated code of an aggregate, for {@link aggregate}. */
export type Definition<State, Event extends { readonly _tag: string }> = Verifiable.Definition<State, Event>

/** An aggregate, made ready by {@link aggregate}. */
export type Aggregate = Verifiable.Verifiable

/** What a log is replayed with. */
export interface Domain {
  readonly aggregates: ReadonlyArray<Aggregate>
  readonly projections: ReadonlyArray<StoredProjection.Runnable>
}

/** Options of {@link run}. */
export interface Options {
  /** The schema that holds the store's tables; `eventfold` unless given. */
  readonly schema?: string
  /** Connections that read at once; 4 unless given. */
  readonly connections?: number
  /** Events that one connection is at work on, about, and so what is done again after a run was broken off; 20,000 unless given. */
  readonly rangeSize?: number
  /** Rows of a projection that are made anew in memory at most; 1,000,000 unless given. One with more is left, which is told. */
  readonly maxRows?: number
  /** Goes on behind what another run has told `onPlace`. */
  readonly from?: Place
  /** Each thing that is wrong, as it is found. */
  readonly onMismatch?: (mismatch: Mismatch) => Effect.Effect<void>
  /** How far the streams are done, now and then. */
  readonly onPlace?: (place: Place) => Effect.Effect<void>
  /** How many events were replayed, and what for, now and then. */
  readonly onProgress?: (events: number, what: string) => void
}

/** What came of it. */
export interface Report {
  readonly storeId: string
  readonly streams: number
  readonly events: number
  /** Streams that were truncated: what is left of them was decoded, and not folded. */
  readonly truncated: number
  /** Snapshots that were compared. */
  readonly snapshots: number
  /** Snapshots that other folds took, which were left. */
  readonly otherSnapshots: number
  readonly mismatches: number
  /** Of all states in canonical form: the same wherever the same events are folded to the same states. */
  readonly digest: string
  /** That decoding and folding the streams took, in this run. */
  readonly seconds: number
  /** Events that were replayed in this run. */
  readonly replayed: number
  readonly projections: ReadonlyArray<ProjectionCheck.Outcome>
}

/**
 * An aggregate for {@link Domain}, of what is generated for it.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Aggregate } from "eventfold"
 * import { Verification } from "@eventfold/postgres"
 *
 * const Counter = Aggregate.make("Counter", {
 *   id: Schema.NonEmptyString,
 *   state: Schema.Struct({ count: Schema.Int }),
 *   initial: { count: 0 },
 *   events: { Counted: { by: Schema.Int } },
 *   errors: {},
 *   commands: {}
 * })
 * type State = { readonly count: number }
 * type Event = { readonly _tag: "Counted"; readonly by: number }
 * const apply = (state: State, event: Event): State => ({ count: state.count + event.by })
 *
 * const counter = Verification.aggregate<State, Event>({
 *   name: "Counter",
 *   id: Counter.id,
 *   types: Object.keys(Counter.events),
 *   fold: { initial: Counter.initial, apply, run: (state, events) => events.reduce(apply, state), fingerprint: "1" },
 *   codec: { event: Schema.toCodecJson(Counter.events.Counted), state: Schema.toCodecJson(Counter.state) }
 * })
 * counter.name // "Counter"
 * ```
 */
export const aggregate = Verifiable.make

const next = (range: StreamPages.Range | undefined): Option.Option<string> =>
  range === undefined ? Option.none() : Option.some(range.to)

const hex = (digest: bigint): string => digest.toString(16).padStart(32, "0")

const beginning = (storeId: string, folds: Place["folds"]): Place => ({
  eventfold: "verify",
  format: 1,
  storeId,
  after: "",
  streams: 0,
  events: 0,
  truncated: 0,
  snapshots: 0,
  otherSnapshots: 0,
  mismatches: 0,
  digest: hex(0n),
  folds
})

/** The fingerprints of a domain's folds: a place is gone on from only where they are the same. */
export const foldsOf = ({ aggregates }: Domain): Place["folds"] =>
  Object.fromEntries(aggregates.map(({ fingerprint, name }) => [name, fingerprint]))

/**
 * Replays every stream of a store, and makes the rows of stored projections anew in memory; nothing is written, in transactions that
 * can't write.
 *
 * **When to use**
 *
 * `eventfold verify` calls it. In an app of its own where the command can't be had.
 *
 * **Details**
 *
 * Streams are read in the order of their names, each event is decoded, and each stream is folded twice: straight on, and in small pages,
 * between which the state is stored and read back. The states are compared, and with the stream's snapshots of the same fold. Memory
 * holds some pages, and the rows of one projection.
 *
 * **Errors**
 *
 * `StoreRefused` where there is no store, `Unavailable` where the database is; what does not fit the code is told by `onMismatch`, and
 * is no failure.
 *
 * **Gotchas**
 *
 * The rows of a projection are compared in one transaction: on a busy server it holds back `VACUUM` for as long as that takes.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { PgliteEventStore, SqlEventStore, Verification } from "@eventfold/postgres"
 *
 * const program = Effect.gen(function* () {
 *   const connector = yield* PgliteEventStore.connect()
 *   yield* SqlEventStore.make(connector)
 *   const { mismatches, streams } = yield* Verification.run(connector, { aggregates: [], projections: [] })
 *   return { mismatches, streams }
 * })
 * Effect.runPromise(Effect.scoped(program)) // { mismatches: 0, streams: 0 }
 * ```
 */
export const run = Effect.fnUntraced(function* (
  { client: sql, place }: Connector,
  domain: Domain,
  options: Options = {}
): Effect.fn.Return<Report, EventStoreError.EventStoreError> {
  const { connections = 4, from, maxRows = 1_000_000, rangeSize = 20_000, schema: schemaName = "eventfold" } = options
  yield* checkOptions({ schema: schemaName })
  const storeId = yield* look(sql, schemaName, place)
  const readOnly = ReadOnly.make(sql, place)
  const values = valuesOf(sql, place)
  const pages = StreamPages.make(values, quote(schemaName), rangeSize)
  const aggregates = new Map(domain.aggregates.map((one) => [one.name, one]))
  const told = (mismatch: Mismatch) => options.onMismatch?.(mismatch) ?? Effect.void

  let at = from ?? beginning(storeId, foldsOf(domain))
  const started = { events: at.events, time: performance.now() }
  const ranges = Stream.paginate(at.after, (after) =>
    Effect.map(
      readOnly("each statement", pages.range(after)),
      (range): readonly [ReadonlyArray<StreamPages.Range>, Option.Option<string>] => [
        range === undefined ? [] : [range],
        next(range)
      ]
    )
  )
  yield* ranges.pipe(
    Stream.mapEffect(
      (range) =>
        Effect.map(readOnly("each statement", RangeCheck.check(pages, aggregates, range)), (checked) => ({
          range,
          checked
        })),
      { concurrency: Math.max(1, connections) }
    ),
    Stream.runForEach(({ checked, range }) =>
      Effect.gen(function* () {
        const { mismatches, ...counts } = checked
        for (const mismatch of mismatches) yield* told(mismatch)
        at = {
          ...at,
          after: range.to,
          streams: at.streams + counts.streams,
          events: at.events + counts.events,
          truncated: at.truncated + counts.truncated,
          snapshots: at.snapshots + counts.snapshots,
          otherSnapshots: at.otherSnapshots + counts.otherSnapshots,
          mismatches: at.mismatches + mismatches.length,
          digest: hex((BigInt(`0x${at.digest}`) + counts.digest) & ((1n << 128n) - 1n))
        }
        options.onProgress?.(counts.events, "streams")
        if (options.onPlace !== undefined) yield* options.onPlace(at)
      })
    )
  )
  const seconds = (performance.now() - started.time) / 1_000

  const outcomes: Array<ProjectionCheck.Outcome> = []
  for (const projection of domain.projections) {
    const progress = (events: number) => options.onProgress?.(events, projection.name)
    const outcome = yield* ProjectionCheck.check(projection, {
      sql,
      schema: schemaName,
      place,
      readOnly,
      maxRows,
      progress
    })
    for (const mismatch of outcome.mismatches) yield* told(mismatch)
    outcomes.push(outcome)
  }
  const kept = values(
    `select p.name from ${quote(schemaName)}.projections p where p.stage = 'serving' order by p.name`,
    []
  )
  // Who may not read it was told so by each projection.
  const names = yield* Effect.catchIf(kept, ProjectionCheck.isDenied, () => Effect.succeed([]))
  for (const name of names.map((row) => String(row[0]))) {
    if (domain.projections.some((one) => one.name === name)) continue
    outcomes.push({ name, left: ["its rows, since no projection of this name is declared"], mismatches: [] })
  }
  return {
    storeId,
    streams: at.streams,
    events: at.events,
    truncated: at.truncated,
    snapshots: at.snapshots,
    otherSnapshots: at.otherSnapshots,
    mismatches: at.mismatches + outcomes.reduce((sum, { mismatches }) => sum + mismatches.length, 0),
    digest: at.digest,
    seconds,
    replayed: at.events - started.events,
    projections: outcomes
  }
})
