/**
 * The service of a store from its operations: requests are checked, appends are encoded and
 * counted.
 */
import { type Context, Effect, Result, Stream } from "effect"
import type { Append, Appended } from "../../store/Append.ts"
import type { Service } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Service as Snapshots } from "../../Snapshots.ts"
import * as StoreMetrics from "../../store/StoreMetrics.ts"
import type { EncodedAppend, Operations } from "../../store/StoreOperations.ts"
import type { Inline, Service as ProjectionStore } from "../../store/ProjectionStore.ts"
import type { Service as ReactionStore } from "../../store/ReactionStore.ts"
import * as ProjectionRules from "../projection/ProjectionRules.ts"
import * as RowVersions from "../projection/RowVersions.ts"
import * as AppendEncoding from "./AppendEncoding.ts"
import * as LogReader from "./LogReader.ts"
import * as RequestChecks from "./RequestChecks.ts"
import * as RowRequest from "./RowRequest.ts"
import * as StreamLifecycle from "./StreamLifecycle.ts"

/** Runs an effect unless the request is invalid. */
const checked = <A>(
  check: () => EventStoreError | undefined,
  run: () => Effect.Effect<A, EventStoreError>
): Effect.Effect<A, EventStoreError> =>
  Effect.suspend(() => {
    const invalid = check()
    return invalid === undefined ? run() : Effect.fail(invalid)
  })

const checkedStream = <A>(
  check: () => EventStoreError | undefined,
  run: () => Stream.Stream<A, EventStoreError>
): Stream.Stream<A, EventStoreError> =>
  Stream.suspend(() => {
    const invalid = check()
    return invalid === undefined ? run() : Stream.fail(invalid)
  })

/** Makes appends from a write: checks and encodes them, and counts their outcome. */
type Appending = <A>(
  appends: ReadonlyArray<Append>,
  isOwn: boolean,
  write: (encoded: ReadonlyArray<EncodedAppend>) => Effect.Effect<A, EventStoreError>,
  appendedOf: (written: A) => ReadonlyArray<Appended>
) => Effect.Effect<A, EventStoreError>

const appending =
  (isCounted: boolean): Appending =>
  (appends, isOwn, write, appendedOf) =>
    Effect.contextWith((context: Context.Context<never>) => {
      const encoded = AppendEncoding.encode(appends, isOwn)
      if (Result.isFailure(encoded)) return Effect.fail(encoded.failure)
      const sent = encoded.success
      return isCounted
        ? Effect.mapBoth(write(sent), {
            onSuccess: (written) => {
              StoreMetrics.countUnsafe(context, sent, appendedOf(written).map(Result.succeed))
              return written
            },
            onFailure: (error) => {
              StoreMetrics.countUnsafe(context, sent, [Result.fail(error)])
              return error
            }
          })
        : write(sent)
    })

const one = (appended: Appended): ReadonlyArray<Appended> => [appended]
const all = (appended: ReadonlyArray<Appended>): ReadonlyArray<Appended> => appended

const appendsOf = (
  { append: given, appendAll }: Operations,
  appending: Appending
): Pick<Service, "append" | "appendAll"> & { readonly appendOwn: Service["append"] } => {
  const appendOne = given ?? ((append: EncodedAppend) => Effect.map(appendAll([append]), ([appended]) => appended!))
  const append =
    (isOwn: boolean): Service["append"] =>
    (stream, expected, events) =>
      appending([{ stream, expected, events }], isOwn, ([encoded]) => appendOne(encoded!), one)
  return {
    append: append(false),
    appendOwn: append(true),
    appendAll: (appends) => appending(appends, false, appendAll, all)
  }
}

const snapshotsOf = ({ drop, latest, save }: Snapshots): Snapshots => ({
  latest: (stream, fingerprint) =>
    checked(
      () => RequestChecks.checkStream("snapshots.latest", stream),
      () => latest(stream, fingerprint)
    ),
  save: (snapshot, options) =>
    checked(
      () => RequestChecks.checkSnapshot(snapshot),
      () => save(snapshot, options)
    ),
  drop
})

const inlineOf = (
  { append, discharge, enlist }: NonNullable<NonNullable<Operations["projections"]>["inline"]>,
  appending: Appending
): Inline => ({
  append: (appends, works) => appending(appends, false, (encoded) => append(encoded, works), all),
  enlist: (projection, lease, fold) => enlist(projection, lease, fold, ProjectionRules.maxEventsToEnlist),
  discharge
})

const projectionsOf = (
  { inline, ...rows }: NonNullable<Operations["projections"]>,
  appending: Appending
): ProjectionStore => ({
  ...rows,
  begin: (projection, policy = RowVersions.projector) => rows.begin(projection, policy),
  range: (projection, range) =>
    checked(
      () => RowRequest.checkRange(projection, range),
      () => rows.range(projection, range)
    ),
  count: (projection, range) =>
    checked(
      () => RowRequest.checkRange(projection, range),
      () => rows.count(projection, range)
    ),
  parked: Effect.fnUntraced(function* (name, options = {}) {
    const after = yield* Effect.fromResult(RowRequest.parkedAfter(options))
    const { limit = 100, stage = "serving" } = options
    const keys = yield* rows.parked(name, { stage, after, limit })
    return { keys, next: keys.length < limit ? undefined : RowRequest.parkedNext(keys.at(-1)!) }
  }),
  retry: (name, key) =>
    Effect.flatMap(rows.retry(name, key), (count) =>
      count === 0 && key !== undefined ? Effect.fail(RowRequest.notParked(name, key)) : Effect.succeed(count)
    ),
  ...(inline === undefined ? {} : { inline: inlineOf(inline, appending) })
})

const reactionsOf = (storeId: string, reactions: NonNullable<Operations["reactions"]>): ReactionStore => ({
  ...reactions,
  open: Effect.fnUntraced(function* (name, start) {
    const invalid = RequestChecks.checkReaction(storeId, name, start)
    if (invalid !== undefined) return yield* invalid
    const opened = yield* reactions.open(name, start)
    if (!("end" in opened)) return opened
    const problem = `start ${String(start)} is beyond the end of the log, which is at position ${opened.end}; "now" is its end`
    return yield* EventStoreError.invalidRequest("reactions.open", problem)
  }),
  parked: (name, options = {}) =>
    checked(
      () => RequestChecks.checkParked(options),
      () => {
        const { after = 0, asked = false, limit = 1_000 } = options
        return reactions.parked(name, { after, asked, limit })
      }
    )
})

export const make = (operations: Operations): Service => {
  const { id, locate, log, projections, reactions, read, readAll, snapshots, truncate } = operations
  const counting = appending(operations.countsAppends !== true)
  const { append, appendAll, appendOwn } = appendsOf(operations, counting)
  const streamInfo: Service["streamInfo"] = (stream) =>
    checked(
      () => RequestChecks.checkStream("streamInfo", stream),
      () => operations.streamInfo(stream)
    )
  return {
    id,
    append,
    appendAll,
    ...LogReader.make(id, log),
    ...StreamLifecycle.make({ append: appendOwn, streamInfo, truncate }),
    read: (stream, options = {}) =>
      checkedStream(
        () => RequestChecks.checkRead(stream, options),
        () => read(stream, options)
      ),
    readAll: (options = {}) =>
      checkedStream(
        () => RequestChecks.checkReadAll(options),
        () => readAll(options)
      ),
    locate: (eventId) =>
      checked(
        () => RequestChecks.checkEventId("locate", eventId),
        () => locate(eventId)
      ),
    streamInfo,
    ...(snapshots === undefined ? {} : { snapshots: snapshotsOf(snapshots) }),
    ...(projections === undefined ? {} : { projections: projectionsOf(projections, counting) }),
    ...(reactions === undefined ? {} : { reactions: reactionsOf(id, reactions) })
  }
}
