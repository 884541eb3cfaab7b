/** Log of events in memory, as synchronous steps that `MemoryEventStore` runs. */
import { DateTime, Deferred, Effect, Result } from "effect"
import * as AppendOutcome from "../../store/AppendOutcome.ts"
import { lifecycle, type Metadata, type RecordedEvent } from "../../Event.ts"
import type { Append, Appended, ReadOptions } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Status } from "../../store/ProjectionStore.ts"
import type { EncodedAppend, Head, Log, Operations } from "../../store/StoreOperations.ts"
import * as StoredJson from "../../store/StoredJson.ts"

export interface Row extends Omit<RecordedEvent, "data" | "recordedAt" | "occurredAt"> {
  /** Data as JSON text; null if the event was truncated. */
  readonly text: string | null
  readonly recordedAt: number
  readonly occurredAt: number
}

const copyOf = ({ headers, ...rest }: Metadata): Metadata =>
  headers === undefined ? rest : { ...rest, headers: { ...headers } }

const recorded = ({
  metadata,
  occurredAt,
  recordedAt,
  text,
  ...row
}: Row & { readonly text: string }): RecordedEvent => ({
  ...row,
  metadata: copyOf(metadata),
  data: StoredJson.parse(text),
  recordedAt: DateTime.makeUnsafe(recordedAt),
  occurredAt: DateTime.makeUnsafe(occurredAt)
})

/** Stands for the event before the first one of a stream. */
const none: Pick<RecordedEvent, "type" | "version"> = { version: 0, type: "" }

const isReadable = (row: Row): row is Row & { readonly text: string } => row.text !== null

/** Result of an append, and the rows that it would add. */
export interface Plan {
  readonly appended: ReadonlyArray<Appended>
  readonly rows: ReadonlyArray<Row>
}

/** Events, and the error that reading fails with after them. */
export interface Content {
  readonly events: ReadonlyArray<RecordedEvent>
  readonly error: EventStoreError | undefined
}

/**
 * Log that is written and read without effects: each call is one step that no other fiber can
 * interleave.
 */
export class MemoryLog {
  readonly rows: Array<Row> = []
  readonly streams = new Map<string, Array<Row>>()
  readonly ids = new Map<string, Row>()
  readonly firstVersions = new Map<string, number>()

  /** Completed by the next append; readers wait for it. */
  grown = Deferred.makeUnsafe<void>()

  headAt(position: number): Head {
    const row = this.rows[Math.min(position, this.rows.length) - 1]
    return { position: row?.position ?? 0, eventId: row?.id ?? null, epoch: 0 }
  }

  /** Computes how far a reader at a position is behind the end of the log. */
  lag(position: number, now: number): Status["lag"] {
    // The row at that index is the first one after the position.
    const since = this.rows[position]?.recordedAt ?? now
    return { events: Math.max(0, this.rows.length - position), seconds: Math.max(0, now - since) / 1_000 }
  }

  /**
   * Waits until the log is longer than a position. The check and the wait are one step, so no
   * append is missed.
   */
  beyond(position: number): Effect.Effect<Head> {
    return Effect.suspend(() =>
      this.rows.length > position
        ? Effect.succeed(this.headAt(Infinity))
        : Effect.flatMap(Deferred.await(this.grown), () => this.beyond(position))
    )
  }

  /** Plans an append without a change to the log. The plan is valid until the next append. */
  plan(appends: ReadonlyArray<EncodedAppend>, now: number): Result.Result<Plan, EventStoreError> {
    // All appends are checked before the first is planned: ids first, then versions.
    const repeats: Array<Appended | undefined> = []
    for (const append of appends) {
      const repeated = AppendOutcome.repeated(append, append.texts, this.ids)
      if (repeated !== undefined && Result.isFailure(repeated)) return Result.fail(repeated.failure)
      repeats.push(repeated?.success)
      if (repeated !== undefined) continue
      const refusal = AppendOutcome.refusal(append, this.streams.get(append.stream)?.at(-1) ?? none)
      if (refusal !== undefined) return Result.fail(refusal)
    }
    const rows: Array<Row> = []
    const appended = appends.map((append, i) => repeats[i] ?? this.#place(append, append.texts, now, rows))
    return Result.succeed({ appended, rows })
  }

  /** Adds the rows of a plan. */
  commit({ rows }: Plan): void {
    for (const row of rows) this.#push(row)
    if (rows.length > 0) this.#wakeReaders()
  }

  #wakeReaders(): void {
    const { grown } = this
    // Replaced first: a reader can continue at once, and one that appends has to complete the next
    // one.
    this.grown = Deferred.makeUnsafe()
    Deferred.doneUnsafe(grown, Effect.void)
  }

  /**
   * Deletes the content of the events before a version, and appends the events that record it.
   * Returns the stream's last version if it has no such version.
   */
  truncate(
    { archivedId, before, event, stream, text }: Parameters<Operations["truncate"]>[0],
    now: number
  ): Effect.Success<ReturnType<Operations["truncate"]>> {
    const rows = this.streams.get(stream) ?? []
    const last = rows.at(-1)
    if (last === undefined || before > last.version + 1) return { end: last?.version ?? 0 }
    if (before <= (this.firstVersions.get(stream) ?? 1)) {
      return { version: last.version, position: last.position, repeated: true }
    }
    for (const row of rows.slice(0, before - 1)) this.#replace({ ...row, text: null, metadata: {} })
    this.firstVersions.set(stream, before)
    // An archived stream stays archived, with the same reason.
    const archivedAgain = { ...event, id: archivedId, type: lifecycle.archived }
    const events = last.type === lifecycle.archived ? [event, archivedAgain] : [event]
    const written: Array<Row> = []
    const appended = this.#place({ stream, expected: "any", events }, [text, last.text ?? "{}"], now, written)
    for (const row of written) this.#push(row)
    this.#wakeReaders()
    return appended
  }

  #replace(row: Row): void {
    this.rows[row.position - 1] = row
    this.streams.get(row.stream)![row.version - 1] = row
    this.ids.set(row.id, row)
  }

  firstVersion(stream: string): number {
    return this.firstVersions.get(stream) ?? 1
  }

  /** Returns the events of these rows up to the first truncated one, and the error for that one. */
  content(rows: ReadonlyArray<Row>): Content {
    const gone = rows.findIndex((row) => !isReadable(row))
    if (gone < 0) return { events: rows.filter(isReadable).map(recorded), error: undefined }
    const { stream } = rows[gone]!
    return {
      events: rows.slice(0, gone).filter(isReadable).map(recorded),
      error: EventStoreError.streamTruncated({ stream, firstVersion: this.firstVersion(stream) })
    }
  }

  /** Adds the rows of an append to `rows`; returns the version and position of the last one. */
  #place({ events, stream }: Append, texts: ReadonlyArray<string>, now: number, rows: Array<Row>): Appended {
    let last = this.streams.get(stream)?.at(-1)
    // The clock can be set back, but times within a stream never go back.
    const recordedAt = Math.max(now, last?.recordedAt ?? now)
    for (const [i, { id, metadata, occurredAt, schemaVersion, type }] of events.entries()) {
      last = {
        id,
        stream,
        version: (last?.version ?? 0) + 1,
        position: this.rows.length + rows.length + 1,
        type,
        schemaVersion,
        metadata: copyOf(metadata),
        text: texts[i]!,
        recordedAt,
        occurredAt: occurredAt?.epochMilliseconds ?? recordedAt
      }
      rows.push(last)
    }
    return { version: last?.version ?? 0, position: last?.position ?? 0, repeated: false }
  }

  #push(row: Row): void {
    const rows = this.streams.get(row.stream)
    if (rows === undefined) this.streams.set(row.stream, [row])
    else rows.push(row)
    this.rows.push(row)
    this.ids.set(row.id, row)
  }

  read(stream: string, options: ReadOptions): ReadonlyArray<Row> {
    let rows: ReadonlyArray<Row> = this.streams.get(stream) ?? []
    const asOf = options.asOf?.epochMilliseconds ?? Infinity
    const asKnownAt = options.asKnownAt?.epochMilliseconds ?? Infinity
    const end = rows.findIndex(({ occurredAt, recordedAt }) => occurredAt > asOf || recordedAt > asKnownAt)
    if (end >= 0) rows = rows.slice(0, end)
    const { direction, from = 1, limit = Infinity, to = Infinity, truncated } = options
    rows = rows.filter((row) => row.version >= from && row.version <= to && (truncated !== "skip" || isReadable(row)))
    return (direction === "backwards" ? rows.toReversed() : rows).slice(0, limit)
  }

  page(
    after: number,
    to: number,
    { aggregates, truncated, types }: Partial<Pick<Parameters<Log["slice"]>[0], "aggregates" | "truncated" | "types">>,
    size: number
  ): ReadonlyArray<Row> {
    const page: Array<Row> = []
    // Positions are indices here: the row at index i has position i + 1.
    for (let i = after; i < to && page.length < size; i++) {
      const row = this.rows[i]!
      if (truncated === "skip" && !isReadable(row)) continue
      if (types !== undefined && !types.includes(row.type)) continue
      if (aggregates !== undefined && !aggregates.some((name) => row.stream.startsWith(`${name}-`))) continue
      page.push(row)
    }
    return page
  }
}
