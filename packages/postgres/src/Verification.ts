/**
 * Replays the whole log of a store with today's code, and compares the results with the stored
 * snapshots and rows. `eventfold verify` does this for the aggregates and projections of a project.
 */
import { Effect, Option, type Schema, Stream } from "effect"
import type { EventStoreError } from "eventfold"
import type { Codec, Fold, StoredProjection } from "eventfold/generated"
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
import type { Progress } from "./internal/verify/VerifyProgress.ts"
import type { Connector } from "./SqlEventStore.ts"

export type { Mismatch } from "./internal/verify/Mismatch.ts"
export { Progress } from "./internal/verify/VerifyProgress.ts"

/**
 * The result of {@link run}.
 *
 * **When to use**
 *
 * Name the type in a function that shows or stores the result.
 *
 * @since 0.1.0
 * @category models
 */
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
  readonly projections: ReadonlyArray<{
    readonly name: string
    /** Numbers of the comparison; undefined if nothing was compared, for the reasons in `left`. */
    readonly compared?: { readonly rows: number; readonly events: number; readonly position: number }
    /** The parts that were not compared, with the reasons. */
    readonly left: ReadonlyArray<string>
    readonly mismatches: ReadonlyArray<Mismatch>
  }>
}

/**
 * Prepares an aggregate for {@link run} from its generated code.
 *
 * **When to use**
 *
 * For each aggregate whose streams a verification replays. Streams of other aggregates are
 * reported.
 *
 * **Details**
 *
 * `types` has the types of all events that the aggregate declares.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Aggregate } from "eventfold"
 * import { StoredForm } from "eventfold/generated"
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
 *   codec: { events: StoredForm.events(Counter.event), state: StoredForm.codec(Counter.state) }
 * })
 * counter.name // "Counter"
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const aggregate = <State, Event extends { readonly _tag: string }>(definition: {
  readonly name: string
  /** The declared schema of the id. */
  readonly id: Schema.Codec<unknown, string>
  readonly types: ReadonlyArray<string>
  readonly fold: Fold.Fold<State, Event>
  readonly codec: Pick<Codec.Codec<Event, State>, "events" | "state">
}): { readonly name: string; readonly fingerprint: string } => Verifiable.make(definition)

const next = (range: StreamPages.Range | undefined): Option.Option<string> =>
  range === undefined ? Option.none() : Option.some(range.to)

const hex = (digest: bigint): string => digest.toString(16).padStart(32, "0")

const beginning = (storeId: string, folds: Progress["folds"]): Progress => ({
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
 *
 * @since 0.1.0
 * @category combinators
 */
export const run = (
  connector: Connector,
  domain: {
    /** From {@link aggregate}. */
    readonly aggregates: ReadonlyArray<{ readonly name: string; readonly fingerprint: string }>
    readonly projections: ReadonlyArray<StoredProjection.Runnable>
  },
  options: {
    /** The schema that holds the store's tables. Defaults to `eventfold`. */
    readonly schema?: string
    /** Number of connections that read at the same time. Defaults to 4. */
    readonly connections?: number
    /**
     * Approximate number of events of a range, which one connection checks, and which an
     * interrupted run repeats. Defaults to 20,000.
     */
    readonly rangeSize?: number
    /**
     * Maximum number of rows that are rebuilt in memory; a projection with more is reported as not
     * compared. Defaults to 1,000,000.
     */
    readonly maxRows?: number
    /** Continues behind the progress that another run has passed to `onProgress`. */
    readonly from?: Progress
    /** Receives each mismatch when it is found. */
    readonly onMismatch?: (mismatch: Mismatch) => Effect.Effect<void>
    /** Receives the progress after each range of streams. */
    readonly onProgress?: (progress: Progress) => Effect.Effect<void>
    /**
     * Receives the number of events that were replayed, and the subject: `streams`, or the name of
     * a projection.
     */
    readonly onEvents?: (events: number, subject: string) => void
  } = {}
): Effect.Effect<Report, EventStoreError.EventStoreError> => verify(connector, domain, options)

const verify = Effect.fnUntraced(function* (
  { client: sql, place }: Connector,
  domain: Parameters<typeof run>[1],
  options: NonNullable<Parameters<typeof run>[2]>
): Effect.fn.Return<Report, EventStoreError.EventStoreError> {
  const { connections = 4, from, maxRows = 1_000_000, rangeSize = 20_000, schema: schemaName = "eventfold" } = options
  yield* checkOptions({ schema: schemaName })
  const storeId = yield* look(sql, schemaName, place)
  const readOnly = ReadOnly.make(sql, place)
  const values = valuesOf(sql, place)
  const pages = StreamPages.make(values, quote(schemaName), rangeSize)
  const aggregates = Verifiable.byName(domain.aggregates)
  const report = (mismatch: Mismatch) => options.onMismatch?.(mismatch) ?? Effect.void

  let at =
    from ??
    beginning(storeId, Object.fromEntries(domain.aggregates.map(({ fingerprint, name }) => [name, fingerprint])))
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
        options.onEvents?.(counts.events, "streams")
        if (options.onProgress !== undefined) yield* options.onProgress(at)
      })
    )
  )
  const seconds = (performance.now() - started.time) / 1_000

  const outcomes: Array<ProjectionCheck.Outcome> = []
  for (const projection of domain.projections) {
    const progress = (events: number) => options.onEvents?.(events, projection.name)
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
