/**
 * Exports the log of a store to a file, and imports such a file into a store: for backups, for
 * moves between PGlite and a server or between versions of PostgreSQL, and for test copies.
 *
 * The file is text: a line of JSON for each event, with a line before and a line after them. It
 * holds all events in the order of the log, up to the position where the log can be read without
 * missing an event: readers continue from their checkpoints on the imported log.
 */
import { Effect, Option, Stream } from "effect"
import { EventStoreError } from "eventfold"
import { StoreRequest } from "eventfold/store"
import { type Line, LogFileReader, LogFileWriter, type StoredEvent, type TooLong } from "./internal/backup/LogFile.ts"
import { importFailed, invalid, LogImport } from "./internal/backup/LogImport.ts"
import { open, requireStore } from "./internal/schema/StoreOpening.ts"
import { unavailable } from "./internal/sql/SqlFailure.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import { quote } from "./internal/schema/StoreSchema.ts"
import { inTransaction } from "./internal/sql/Transaction.ts"
import type { Connector } from "./SqlEventStore.ts"

const stored = (row: ReadonlyArray<unknown>): StoredEvent => ({
  position: Number(row[3]),
  stream: String(row[1]),
  version: Number(row[2]),
  id: String(row[0]),
  type: String(row[4]),
  schemaVersion: Number(row[5]),
  recordedAt: Number(row[8]),
  occurredAt: Number(row[9]),
  metadata: row[7] === null ? null : String(row[7]),
  data: row[6] === null ? null : String(row[6])
})

const tooLong = ({ event: { stream, type, version } }: TooLong): EventStoreError.EventStoreError =>
  EventStoreError.EventStoreError.storeRefused(
    `${type}, version ${version} of stream ${JSON.stringify(stream)}, can't be exported: its line of the file would be longer than a string of this engine can be, about 512 million characters`,
    `Back the database up with pg_dump, which has no such limit, or truncate the stream before version ${version + 1} if its events up to that version are no longer needed`
  )

/**
 * Exports the log of a store as the text of a file, in pieces of whole lines.
 *
 * **When to use**
 *
 * For a backup that every PostgreSQL and PGlite can import, from an app or a script; `eventfold
 * store export` does the same from a terminal. The store may be in use during the export.
 *
 * **Details**
 *
 * The first line holds the store's id, then a line for each event follows, and the last line holds
 * their number and the SHA-256 of all lines before it. The next page is fetched when the consumer
 * has taken the last one. The export ends at the position up to which the log could be read when it
 * began: later events are not in it, and no earlier event is missing. Two exports of an unchanged
 * log are equal. The export of a replica ends at the position that has arrived there and that the
 * primary has published (`forReplicas`).
 *
 * **Errors**
 *
 * `InvalidRequest` for an invalid page size; `StoreRefused` if there is no store, and for an event
 * whose line would be longer than a string can be; `Unavailable` if the database can't be reached.
 *
 * **Gotchas**
 *
 * `importLog` refuses a file without its last line: keep a file only if the stream has ended
 * without a failure.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { EventStore } from "eventfold"
 * import { Backup, PgliteEventStore, SqlEventStore } from "@eventfold/postgres"
 *
 * const program = Effect.gen(function*() {
 *   const connector = yield* PgliteEventStore.connect()
 *   yield* SqlEventStore.make(connector)
 *   // Into a file: pipe through Stream.encodeText and into a FileSystem's sink.
 *   return yield* Stream.mkString(Backup.exportLog(connector))
 * })
 * const file = await Effect.runPromise(Effect.scoped(program))
 * file.trimEnd().split("\n").length // 2: the log is empty
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const exportLog = (
  { client: sql, place }: Connector,
  {
    pageSize = 1_000,
    schema: schemaName = "eventfold"
  }: {
    /** The schema that holds the store's tables. Defaults to `eventfold`. */
    readonly schema?: string
    /** Number of events that are fetched at a time and held in memory. Defaults to 1,000. */
    readonly pageSize?: number
  } = {}
): Stream.Stream<string, EventStoreError.EventStoreError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const problem = StoreRequest.problemOfPageSize(pageSize)
      if (problem !== undefined) {
        return yield* EventStoreError.EventStoreError.invalidRequest("export", problem)
      }
      yield* checkOptions({ schema: schemaName })
      const schema = quote(schemaName)
      const values = (text: string, parameters: ReadonlyArray<unknown>) =>
        Effect.mapError(sql.unsafe(text, parameters).values, unavailable(place))
      yield* requireStore(sql, schemaName, place)
      // A replica is read up to the position that the primary has published.
      const [[standby] = []] = yield* values("select pg_is_in_recovery()", [])
      const storeId = yield* open(sql, schemaName, place, { isReplica: standby === true })
      // Each in a statement of its own, before the pages, so that the snapshots of the pages are
      // taken after it.
      const [[horizon] = []] = yield* values(`select ${schema}.horizon()::float8`, [])
      const [[drawn] = []] = yield* values(`select coalesce(pg_sequence_last_value($1::regclass), 0)::float8`, [
        `${schema}.positions`
      ])
      const writer = new LogFileWriter()
      const sliceText = `select * from ${schema}.slice($1, $2, $3, null, null, -1, true)`
      const pages = Stream.paginate(0, (after) =>
        Effect.gen(function* () {
          const rows = yield* values(sliceText, [BigInt(after + 1), BigInt(Number(horizon)), pageSize])
          const events = rows.map(stored)
          const pieces = yield* Effect.mapError(Effect.fromResult(writer.events(events)), tooLong)
          const last = events.at(-1)
          const next = last === undefined || events.length < pageSize ? Option.none() : Option.some(last.position)
          return [pieces, next] as const
        })
      )
      return Stream.succeed(writer.head({ storeId, lastDrawn: Number(drawn) })).pipe(
        Stream.concat(pages),
        Stream.concat(Stream.suspend(() => Stream.succeed(writer.foot())))
      )
    })
  )

/** Maximum size of a batch that is sent to the server. */
const batchEvents = 2_000
const batchCharacters = 4_000_000

/** Distinguishes a failure of the file from one of the database. */
class FileFailed<E> {
  readonly error: E
  constructor(error: E) {
    this.error = error
  }
}

const sizeOf = ({ event }: Line): number => 200 + event.stream.length + (event.data?.length ?? 0)

/**
 * Writes an exported log into a store that has no events: the whole log or, if the file is invalid,
 * nothing.
 *
 * **When to use**
 *
 * To restore a backup, to move a store from PGlite to a server or back, or to create a copy
 * (`storeId: "new"`); `eventfold store import` does the same from a terminal.
 *
 * **Details**
 *
 * The import restores ids, positions, versions, times, data byte for byte, which streams are
 * archived and truncated, and the store's id. New events get greater positions than all that the
 * exported store had drawn before the export. Readers continue from checkpoints on events of the
 * file; a checkpoint on an event that the file does not have is refused with `LogDiverged`, and its
 * reader has to start again from the beginning.
 *
 * **Errors**
 *
 * `InvalidRequest` names the line and its problem. `StoreRefused` if the store holds events
 * already, and if the role may not write its tables. Failures of the given stream are passed on.
 *
 * **Gotchas**
 *
 * Processes that opened the store while it was empty use another id: restart them after the import.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Backup, PgliteEventStore } from "@eventfold/postgres"
 *
 * const restore = (file: Stream.Stream<Uint8Array>) =>
 *   Effect.gen(function*() {
 *     const connector = yield* PgliteEventStore.connect()
 *     return yield* Backup.importLog(connector, file)
 *   })
 *
 * // A file is FileSystem's `fs.stream(path)`; this one is no export.
 * const program = restore(Stream.make(new TextEncoder().encode("hello\n"))).pipe(
 *   Effect.scoped,
 *   Effect.catchReason("EventStoreError", "InvalidRequest", ({ problem }) => Effect.succeed(problem))
 * )
 * const problem = await Effect.runPromise(program) // this is not a log that Eventfold exported
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const importLog = <E>(
  { client: sql, place }: Connector,
  file: Stream.Stream<Uint8Array | string, E>,
  {
    schema: schemaName = "eventfold",
    storeId = "same"
  }: {
    /**
     * The schema that holds the store's tables; it is created if it does not exist. Defaults to
     * `eventfold`.
     */
    readonly schema?: string
    /**
     * `"same"`: the imported store replaces the exported one, and its readers continue. `"new"`: it
     * is another store, as a test copy must be, and refuses checkpoints of the exported one.
     * Defaults to `"same"`.
     */
    readonly storeId?: "same" | "new"
  } = {}
): Effect.Effect<
  {
    readonly storeId: string
    readonly events: number
    /** Position of the last event; 0 without any. */
    readonly lastPosition: number
  },
  EventStoreError.EventStoreError | E
> =>
  Effect.gen(function* () {
    if (storeId !== "same" && storeId !== "new") {
      return yield* invalid(`storeId ${JSON.stringify(storeId)} must be "same" or "new"`)
    }
    yield* checkOptions({ schema: schemaName })
    const [standby] = yield* Effect.mapError(sql.unsafe("select pg_is_in_recovery()").values, unavailable(place))
    if (standby?.[0] === true) {
      const fix = "Import on the primary: its address belongs in the url"
      return yield* EventStoreError.EventStoreError.storeRefused(
        `the server at ${place.address} is a standby, which takes no writes`,
        fix
      )
    }
    yield* open(sql, schemaName, place)
    const schema = quote(schemaName)
    const target = new LogImport(sql, schema, place)
    const reader = new LogFileReader()
    let isSent = false
    const failed = importFailed(schema, place, () => isSent)

    const run = Effect.gen(function* () {
      yield* target.begin
      let batch: Array<Line> = []
      let size = 0
      let events = 0
      let lastPosition = 0
      let isErased = false
      const flush = Effect.suspend(() => {
        const lines = batch
        batch = []
        size = 0
        return lines.length === 0 ? Effect.void : target.insert(lines)
      })
      yield* Stream.runForEach(
        Stream.mapError(file, (error) => new FileFailed(error)),
        (piece) =>
          Effect.gen(function* () {
            const lines = yield* Effect.mapError(Effect.fromResult(reader.push(piece)), invalid)
            for (const line of lines) {
              batch.push(line)
              size += sizeOf(line)
              events++
              lastPosition = line.event.position
              isErased ||= line.event.data === null
              if (batch.length >= batchEvents || size >= batchCharacters) yield* flush
            }
          })
      )
      const head = yield* Effect.mapError(Effect.fromResult(reader.end()), invalid)
      yield* flush
      const id = yield* target.finish(head, isErased, storeId)
      isSent = true
      return { storeId: id, events, lastPosition }
    })
    return yield* Effect.mapError(inTransaction(sql, run), (error): EventStoreError.EventStoreError | E => {
      if (error instanceof FileFailed) return error.error
      return error._tag === "SqlError" ? failed(error) : error
    })
  })
