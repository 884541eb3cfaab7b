/**
 * The event store in SQL: one implementation for PostgreSQL and for PGlite, on Effect's `PgClient`.
 *
 * Use `PgEventStore.layer` or `PgliteEventStore.layer`; this module is for those who have a `PgClient` of their own.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Duration, Effect, Result, type Scope } from "effect"
import {
  EventStore,
  EventStoreError,
  type ProjectionStore,
  StoreMetrics,
  StoreTracing,
  StreamLifecycle
} from "eventfold"
import * as AppendStatements from "./internal/append/AppendStatements.ts"
import { encode, type Encoded } from "./internal/append/AppendBatch.ts"
import * as Subscriptions from "./internal/read/Subscriptions.ts"
import * as AppendQueue from "./internal/append/AppendQueue.ts"
import * as HeldStreams from "./internal/append/HeldStreams.ts"
import type { Attempt, Write } from "./internal/append/HeldStreams.ts"
import { look, open, requireStore } from "./internal/schema/StoreOpening.ts"
import { whileOpen } from "./internal/connect/ClosedStore.ts"
import * as InlineTables from "./internal/rows/InlineTables.ts"
import type { Listen } from "./internal/read/AppendNotifications.ts"
import * as EventReader from "./internal/read/EventReader.ts"
import * as ProjectionTables from "./internal/rows/ProjectionTables.ts"
import * as ReactionTables from "./internal/reactions/ReactionTables.ts"
import * as Replication from "./internal/connect/Replication.ts"
import type { Place } from "./internal/sql/SqlFailure.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import { quote } from "./internal/schema/StoreSchema.ts"
import * as SnapshotTable from "./internal/rows/SnapshotTable.ts"
import * as StoreWork from "./internal/append/StoreWork.ts"
import * as StreamTruncation from "./internal/append/StreamTruncation.ts"

/** How a store works on its database. */
export interface Options {
  /** The schema that holds the store's tables; `eventfold` unless given. */
  readonly schema?: string
  /**
   * How many appends may wait before the next one fails with `Overloaded`. Those that wait for streams that other transactions hold are
   * counted apart, up to the same number, so that they take no place of the others. Defaults to 10,000.
   */
  readonly maxWaiting?: number
  /**
   * How long subscriptions wait at most before they look for new events without having been told of any; 1 second unless
   * given, from 10 milliseconds to an hour. They are told of what this process appends, and by NOTIFY of what others do.
   * The waits grow from 50 milliseconds to this while nothing comes.
   */
  readonly pollInterval?: Duration.Input
  /**
   * How long an append that does not end may hold subscriptions up, and how long another transaction may hold a stream that
   * is appended to, before a warning names its session, transaction and query. Defaults to 5 seconds.
   */
  readonly stalledAfter?: Duration.Input
}

/** What a connector tells the store about the database. */
export interface Connector {
  readonly client: PgClient
  /** For messages. */
  readonly place: Place
  /** How many batches of appends may be under way at once. */
  readonly lanes: number
  /** How many connections the client has; 10 unless given. */
  readonly connections?: number
  /** Opens a connection of its own to listen on; one of the client's unless given. */
  readonly listen?: Listen
  /** Whether it is a replica, which is only read. */
  readonly isReplica?: boolean
  /** Whether to publish how far the log can be read, for stores on replicas. */
  readonly forReplicas?: boolean
}

/**
 * Opens the store: checks the server, creates or migrates the schema, and starts to take appends. Closing the scope lets
 * appends that are under way end, and refuses those that wait.
 *
 * Fails with `StoreRefused` where the server or the schema can't be used as it is, and with `Unavailable` where the
 * database can't be reached.
 */
export const make = (
  { client, connections = 10, forReplicas = false, isReplica = false, lanes, listen = client.listen, place }: Connector,
  {
    maxWaiting = 10_000,
    pollInterval = "1 second",
    schema: schemaName = "eventfold",
    stalledAfter = "5 seconds"
  }: Options = {}
): Effect.Effect<EventStore.Service, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* checkOptions({ lanes, maxWaiting, pollInterval, schema: schemaName, stalledAfter })
    const id = yield* open(client, schemaName, place, { isReplica, forReplicas })
    const schema = quote(schemaName)
    const appending = AppendStatements.make(client, schema, place)
    const { locate, read, readAll, streamInfo, ...log } = yield* EventReader.make(client, schema, place)
    const stalledMillis = Math.max(100, millis(stalledAfter))
    const pollMillis = Math.min(3_600_000, Math.max(10, millis(pollInterval)))
    const { appended: tell, ...following } = yield* Subscriptions.make({
      sql: client,
      schema,
      place,
      storeId: id,
      listen,
      isReplica,
      log,
      pollMillis,
      stalledMillis
    })
    const publish = forReplicas ? yield* Replication.makePublisher(client, schema, place, pollMillis) : () => {}
    const appended = () => {
      tell()
      publish()
    }
    const send = (batch: ReadonlyArray<Encoded>) =>
      Effect.tap(appending.each(batch), (outcomes) => {
        if (outcomes.some(mayHaveWritten)) appended()
        if (outcomes.every(isSettled)) return StoreMetrics.countAppends(batch, outcomes)
        const settled = batch.filter((_, i) => isSettled(outcomes[i]!))
        return StoreMetrics.countAppends(settled, outcomes.filter(isSettled))
      })
    /** Runs a write of appends, and counts and announces what it wrote. */
    const write = (appends: ReadonlyArray<Encoded>, sent: Write<ReadonlyArray<EventStore.Appended>>) => ({
      streams: appends.map(({ stream }) => stream),
      attempt: (attempt: Attempt) =>
        Effect.flatMap(Effect.result(sent(attempt)), (outcome) => {
          if (!isSettled(outcome)) return Effect.fromResult(outcome)
          if (mayHaveWritten(outcome)) appended()
          return Effect.andThen(StoreMetrics.countAllOrNone(appends, outcome), Effect.fromResult(outcome))
        })
    })
    const submit = yield* AppendQueue.make({
      send,
      lanes,
      capacity: maxWaiting,
      wait: (append) => {
        const { attempt, streams } = write([append], (attempt) => appending.all([append], attempt))
        return Effect.map(work.runHeld(streams, attempt), ([only]) => only!)
      }
    })
    // Made after the queue, so that it is closed before it: the queue's appends may wait here.
    // Reading must go on while all writes wait for streams that others hold.
    const work = yield* StoreWork.make({
      atOnce: Math.max(1, connections - lanes - 2),
      capacity: maxWaiting,
      held: HeldStreams.make({ sql: client, place, warnAfter: stalledMillis })
    })

    const appendAs =
      (isOwn: boolean): EventStore.Service["append"] =>
      (stream, expected, events) =>
        Effect.suspend(() => {
          const encoded = encode("append", [{ stream, expected, events }], isOwn)
          return Result.isSuccess(encoded) ? submit(encoded.success[0]!) : Effect.fail(encoded.failure)
        })

    const appendAll = Effect.fnUntraced(function* (appends: ReadonlyArray<EventStore.Append>) {
      const encoded = encode("append", appends)
      if (Result.isFailure(encoded)) return yield* encoded.failure
      if (encoded.success.length === 0) return []
      const { attempt, streams } = write(encoded.success, (attempt) => appending.all(encoded.success, attempt))
      return yield* work.run(streams, attempt)
    })

    const tables = InlineTables.make(client, schemaName, place, appending)
    const inline: ProjectionStore.Inline = {
      ...tables,
      append: Effect.fnUntraced(function* (appends, works) {
        const encoded = encode("append", appends)
        if (Result.isFailure(encoded)) return yield* encoded.failure
        const { attempt, streams } = write(encoded.success, (attempt) => tables.append(encoded.success, works, attempt))
        return yield* work.run(streams, attempt)
      })
    }

    const lastVersion = (stream: string) => Effect.map(streamInfo(stream), ({ version }) => version)
    const truncate = StreamTruncation.make(
      client,
      schema,
      place,
      (streams, write) => work.run(streams, (attempt) => Effect.tap(write(attempt), () => Effect.sync(appended))),
      lastVersion
    )

    const service = EventStore.EventStore.of({
      id,
      append: appendAs(false),
      appendAll,
      read,
      readAll,
      locate,
      streamInfo,
      truncate,
      snapshots: SnapshotTable.make(client, schema, place),
      projections: { ...ProjectionTables.make(client, schemaName, id, place), inline },
      reactions: ReactionTables.make(client, schema, id, place),
      ...StreamLifecycle.make({ append: appendAs(true), streamInfo }),
      ...following
    })
    const guarded = yield* whileOpen(isReplica ? Replication.readOnly(service) : service)
    return StoreTracing.traced(guarded)
  })

const millis = (duration: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(duration))

/** Whether an outcome is the last one: not where the stream was held, and the append is sent again. */
const isSettled = <A>(
  outcome: Result.Result<A, EventStoreError.EventStoreError | HeldStreams.StreamHeld>
): outcome is Result.Result<A, EventStoreError.EventStoreError> =>
  Result.isSuccess(outcome) || outcome.failure._tag === "EventStoreError"

/** Whether readers have a reason to look. */
const mayHaveWritten = (
  outcome: Result.Result<unknown, EventStoreError.EventStoreError | HeldStreams.StreamHeld>
): boolean =>
  Result.isSuccess(outcome) ||
  (outcome.failure._tag === "EventStoreError" && outcome.failure.reason._tag === "OutcomeUnknown")

/**
 * Opens a store that exists, and otherwise fails with `StoreRefused`: where {@link make} would create its tables.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
 *
 * const status = Effect.scoped(
 *   Effect.gen(function* () {
 *     const connector = yield* PgEventStore.connect({ url: "postgres://localhost/shop" })
 *     const store = yield* SqlEventStore.existing(connector)
 *     return yield* store.projections!.statuses
 *   })
 * )
 * ```
 */
export const existing = (
  connector: Connector,
  options: Options = {}
): Effect.Effect<EventStore.Service, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.andThen(
    requireStore(connector.client, options.schema ?? "eventfold", connector.place),
    make(connector, options)
  )

/**
 * Returns the id of a store, and writes nothing: no table is created or migrated, so it works on a replica and for a role that
 * may only read. Fails with `StoreRefused` if there is no store.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
 *
 * const id = Effect.scoped(
 *   Effect.flatMap(PgEventStore.connect({ url: "postgres://localhost/shop" }), (connector) => SqlEventStore.storeId(connector))
 * )
 * ```
 */
export const storeId = (
  connector: Connector,
  { schema = "eventfold" }: Pick<Options, "schema"> = {}
): Effect.Effect<string, EventStoreError.EventStoreError> => look(connector.client, schema, connector.place)
