/**
 * Replays the whole log of a store with today's code, and compares the results with the stored
 * snapshots and rows. `eventfold verify` does this for the aggregates and projections of a project.
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

/** An aggregate, prepared by {@link aggregate}. */
export type Aggregate = Verifiable.Verifiable

/** The aggregates and projections of a replay. */
export interface Domain {
  readonly aggregates: ReadonlyArray<Aggregate>
  readonly projections: ReadonlyArray<StoredProjection.Runnable>
}

/** Options of {@link run}. */
export interface Options {
  /** The schema that holds the store's tables. Defaults to `eventfold`. */
  readonly schema?: string
  /** Number of connections that read at the same time. Defaults to 4. */
  readonly connections?: number
  /**
   * Approximate number of events of a range, which one connection checks, and which an interrupted
   * run repeats. Defaults to 20,000.
   */
  readonly rangeSize?: number
  /**
   * Maximum number of rows that are rebuilt in memory; a projection with more is reported as not
   * compared. Defaults to 1,000,000.
   */
  readonly maxRows?: number
  /** Continues behind a place that another run has passed to `onPlace`. */
  readonly from?: Place
  /** Receives each mismatch when it is found. */
  readonly onMismatch?: (mismatch: Mismatch) => Effect.Effect<void>
  /** Receives the place up to which streams are checked, after each range. */
  readonly onPlace?: (place: Place) => Effect.Effect<void>
  /**
   * Receives the number of events that were replayed, and the subject: `streams`, or the name of a
   * projection.
   */
  readonly onProgress?: (events: number, subject: string) => void
}

/** The result of {@link run}. */
export interface Report {
  readonly storeId: string
  readonly streams: number
  readonly events: number
  /** Number of truncated streams: their remaining events were decoded, and not folded. */
  readonly truncated: number
  /** Number of snapshots that were compared. */
  readonly snapshots: number
  /** Number of snapshots of other folds, which were not compared. */
  readonly otherSnapshots: number
  readonly mismatches: number
  /**
   * Digest of all states in canonical form: it is equal if the same events are folded to the same
   * states.
   */
  readonly digest: string
  /** Time that this run took to decode and fold the streams. */
  readonly seconds: number
  /** Number of events that this run replayed. */
  readonly replayed: number
  readonly projections: ReadonlyArray<ProjectionCheck.Outcome>
}

/**
 * Prepares an aggregate for {@link Domain} from its generated code.
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

/**
 * Returns the fingerprints of a domain's folds: a run continues from a place only if they are
 * equal.
 */
export const foldsOf = ({ aggregates }: Domain): Place["folds"] =>
  Object.fromEntries(aggregates.map(({ fingerprint, name }) => [name, fingerprint]))

/**
 * Replays every stream of a store, and rebuilds the rows of stored projections in memory. It writes
 * nothing: its transactions are read-only.
 *
 * **When to use**
 *
 * For an app that can't use the command `eventfold verify`, which calls it.
 *
 * **Details**
 *
 * Streams are read in the order of their names, each event is decoded, and each stream is folded
 * twice: straight on, and in small pages between which the state is stored and read back. Both
 * states are compared with each other, and with the stream's snapshots of the same fold. Memory
 * holds some pages, and the rows of one projection.
 *
 * **Errors**
 *
 * `StoreRefused` if there is no store, `Unavailable` if the database can't be reached. A mismatch
 * is passed to `onMismatch`, and is no failure.
 *
 * **Gotchas**
 *
 * The rows of a projection are compared in one transaction, which holds back `VACUUM` on a busy
 * server until it ends.
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
  const report = (mismatch: Mismatch) => options.onMismatch?.(mismatch) ?? Effect.void

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
        for (const mismatch of mismatches) yield* report(mismatch)
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
    for (const mismatch of outcome.mismatches) yield* report(mismatch)
    outcomes.push(outcome)
  }
  const kept = values(
    `select p.name from ${quote(schemaName)}.projections p where p.stage = 'serving' order by p.name`,
    []
  )
  // If the role may not read it, the outcome of each projection names the missing right.
  const names = yield* Effect.catchIf(kept, ProjectionCheck.isDenied, () => Effect.succeed([]))
  for (const name of names.map((row) => String(row[0]))) {
    if (domain.projections.some((one) => one.name === name)) continue
    outcomes.push({ name, left: ["its rows, because no projection of this name is declared"], mismatches: [] })
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
