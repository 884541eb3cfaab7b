/**
 * A store's log as a file, and a store from such a file: for backups, for moving between PGlite and a server or between
 * versions of PostgreSQL, and for copies to try things on.
 *
 * The file is text, a line of JSON for each event, with a line before and one after them. It is whole, in the order of the
 * log and up to where the log can be read without missing anything: readers go on from their checkpoints on what was
 * imported from it.
 */
import { Effect, Option, Stream } from "effect"
import { EventStoreError } from "eventfold"
import { StoreRequest } from "eventfold/store"
import { type Line, LogFileReader, LogFileWriter, type StoredEvent, type TooLong } from "./internal/backup/LogFile.ts"
import * as LogImport from "./internal/backup/LogImport.ts"
import { open, requireStore } from "./internal/schema/StoreOpening.ts"
import { unavailable } from "./internal/sql/SqlFailure.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import { quote } from "./internal/schema/StoreSchema.ts"
import { inTransaction } from "./internal/sql/Transaction.ts"
import type { Connector } from "./SqlEventStore.ts"

/** Options of {@link exportLog}. */
export interface ExportOptions {
  /** The schema that holds the store's tables; `eventfold` unless given. */
  readonly schema?: string
  /** Events fetched at a time: what is held in memory. 1,000 unless given. */
  readonly pageSize?: number
}

/** Options of {@link importLog}. */
export interface ImportOptions {
  /** The schema that holds the store's tables, made if it isn't there; `eventfold` unless given. */
  readonly schema?: string
  /**
   * `"same"`, unless given: the imported store takes the place of the exported one, and its readers go on. `"new"`: it is
   * another store from now on, as a copy to try things on has to be; a checkpoint of the exported one is refused by it.
   */
  readonly storeId?: "same" | "new"
}

/** What an import has written. */
export interface Imported {
  readonly storeId: string
  readonly events: number
  /** Position of the last event; 0 without any. */
  readonly lastPosition: number
}

const stored = (row: ReadonlyArray<unknown>): StoredEvent => ({
  position: Number(row[3]),
  stream: String(row[1]),
  version: Number(row[2]),
  id: String(row[0]),
  type: String(row[4]),
  schemaVersion: Number(row[5]),
  recordedAt: Number(row[8]),
  occurredAt: Number(row[9]),
  metadata: String(row[7]),
  data: row[6] === null ? null : String(row[6])
})

const tooLong = ({ event: { stream, type, version } }: TooLong): EventStoreError.EventStoreError =>
  EventStoreError.EventStoreError.storeRefused(
    `${type}, version ${version} of stream ${JSON.stringify(stream)}, can't be exported: its line of the file would be longer than a string of this engine can be, some 512 million characters`,
    `Back the database up with pg_dump, which has no such limit, or truncate the stream before version ${version + 1} if its events up to there are no longer needed`
  )

/**
 * The log of a store as the text of a file, in pieces of whole lines.
 *
 * **When to use**
 *
 * For a backup that every PostgreSQL and PGlite can take, from an app or a script; `eventfold store export` does the same
 * from a terminal. The store may be at work meanwhile.
 *
 * **Details**
 *
 * The first line holds the store's id, then comes a line for each event, and the last line counts them and has the SHA-256
 * of all lines before it. The next page is fetched when the last one has been taken. The log is read up to where it could
 * be read when this began: what is appended later is not in it, and nothing before is missing. Two exports of an unchanged
 * log are equal. Of a replica it is the log as far as it has come there, and as the primary has published it (`forReplicas`).
 *
 * **Errors**
 *
 * `InvalidRequest` for a page size that is none, `StoreRefused` where there is no store, and for an event whose line
 * would be longer than a string can be; `Unavailable` where the database can't be reached.
 *
 * **Gotchas**
 *
 * A file that ends without its last line is refused by `importLog`: see that the stream ends well before you keep it.
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
 */
export const exportLog = (
  { client: sql, place }: Connector,
  { pageSize = 1_000, schema: schemaName = "eventfold" }: ExportOptions = {}
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
      // A replica is read as well, as far as the primary has published.
      const [[standby] = []] = yield* values("select pg_is_in_recovery()", [])
      const storeId = yield* open(sql, schemaName, place, { isReplica: standby === true })
      // Each in a statement of its own, and before the pages: they are snapshots taken after.
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

/** What is sent at a time. */
const batchEvents = 2_000
const batchCharacters = 4_000_000

/** Keeps a failure of the file apart from one of the database. */
class FileFailed<E> {
  readonly error: E
  constructor(error: E) {
    this.error = error
  }
}

const sizeOf = ({ event }: Line): number => 200 + event.stream.length + (event.data?.length ?? 0)

/**
 * Writes an exported log into a store that has no events: all of it or, where anything is wrong with the file, nothing.
 *
 * **When to use**
 *
 * To restore a backup, to move a store from PGlite to a server or back, or to make a copy (`storeId: "new"`);
 * `eventfold store import` does the same from a terminal.
 *
 * **Details**
 *
 * Everything comes back as it was: ids, positions, versions, times, data byte for byte, which streams are archived and
 * truncated, and the store's id. New events get greater positions than any that the exported store had given out, as far
 * as the file knows. Readers go on from checkpoints on what is in the file; a checkpoint beyond it, of events that the
 * file does not have, is refused with `LogDiverged`, and its reader has to begin anew.
 *
 * **Errors**
 *
 * `InvalidRequest` names the line and what is wrong with it. `StoreRefused` where the store holds events already, and where
 * the role may not write its tables. Failures of the given stream come as they are.
 *
 * **Gotchas**
 *
 * Processes that have opened the store before, while it was empty, know it by another id: start them after the import.
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
 * const told = await Effect.runPromise(program) // this is not a log that Eventfold exported
 * ```
 */
export const importLog = <E>(
  { client: sql, place }: Connector,
  file: Stream.Stream<Uint8Array | string, E>,
  { schema: schemaName = "eventfold", storeId = "same" }: ImportOptions = {}
): Effect.Effect<Imported, EventStoreError.EventStoreError | E> =>
  Effect.gen(function* () {
    if (storeId !== "same" && storeId !== "new") {
      return yield* LogImport.invalid(`storeId ${JSON.stringify(storeId)} must be "same" or "new"`)
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
    const { begin, finish, insert } = LogImport.make(sql, schema, place)
    const reader = new LogFileReader()
    let isSent = false
    const failed = LogImport.importFailed(schema, place, () => isSent)

    const run = Effect.gen(function* () {
      yield* begin
      let batch: Array<Line> = []
      let size = 0
      let events = 0
      let lastPosition = 0
      let isErased = false
      const flush = Effect.suspend(() => {
        const lines = batch
        batch = []
        size = 0
        return lines.length === 0 ? Effect.void : insert(lines)
      })
      yield* Stream.runForEach(
        Stream.mapError(file, (error) => new FileFailed(error)),
        (piece) =>
          Effect.gen(function* () {
            const lines = yield* Effect.mapError(Effect.fromResult(reader.push(piece)), LogImport.invalid)
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
      const head = yield* Effect.mapError(Effect.fromResult(reader.end()), LogImport.invalid)
      yield* flush
      const id = yield* finish(head, isErased, storeId)
      isSent = true
      return { storeId: id, events, lastPosition }
    })
    return yield* Effect.mapError(inTransaction(sql, run), (error): EventStoreError.EventStoreError | E => {
      if (error instanceof FileFailed) return error.error
      return error._tag === "SqlError" ? failed(error) : error
    })
  })
