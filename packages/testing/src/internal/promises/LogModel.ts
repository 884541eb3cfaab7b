/** A log as plain data, and random sequences of operations on which a store must agree with it. */
import { DateTime } from "effect"
import { Event, type EventStore } from "eventfold"
import * as fc from "fast-check"
import { idsOf } from "./Fixture.ts"

/** Specification of `read`, as simple as possible. */
export const readOf = <E extends { readonly version: number; readonly occurredAt: DateTime.Utc }>(
  stream: ReadonlyArray<E>,
  { asOf, direction, from = 1, limit, to = Infinity }: EventStore.ReadOptions
): ReadonlyArray<E> => {
  const later = asOf === undefined ? -1 : stream.findIndex((event) => DateTime.isGreaterThan(event.occurredAt, asOf))
  const prefix = later < 0 ? stream : stream.slice(0, later)
  const part = prefix.filter(({ version }) => version >= from && version <= to)
  return (direction === "backwards" ? part.toReversed() : part).slice(0, limit)
}

/**
 * An event of a sequence. Few ids are drawn, so that they occur again, with the same or other
 * content.
 */
interface Draft {
  readonly id: number
  readonly type: string
  readonly data: number
  readonly day: number
}
export interface Entry {
  readonly stream: number
  readonly expected: EventStore.ExpectedVersion
  readonly drafts: ReadonlyArray<Draft>
}
export type Operation =
  | { readonly _tag: "append"; readonly entries: ReadonlyArray<Entry> }
  | { readonly _tag: "again"; readonly of: number }
  | { readonly _tag: "archive" | "unarchive"; readonly stream: number }
  | { readonly _tag: "truncate"; readonly stream: number; readonly before: number }
  | { readonly _tag: "read"; readonly stream: number; readonly day: number; readonly options: EventStore.ReadOptions }
  | {
      readonly _tag: "readAll"
      readonly types: ReadonlyArray<string>
      readonly limit: number
      readonly pageSize: number
      readonly truncated: "fail" | "skip"
    }

/** Number of streams of a sequence. */
export const streamCount = 3
const drafts = fc.record<Draft>({
  id: fc.nat({ max: 400 }),
  type: fc.constantFrom("Noted", "Marked"),
  data: fc.nat({ max: 1 }),
  day: fc.nat({ max: 5 })
})
const entries = (stream: fc.Arbitrary<number>): fc.Arbitrary<Entry> =>
  fc.record({
    stream,
    expected: fc.oneof(
      { weight: 3, arbitrary: fc.constant("any" as const) },
      { weight: 1, arbitrary: fc.constantFrom("noStream" as const, "streamExists" as const) },
      { weight: 2, arbitrary: fc.nat({ max: 8 }) }
    ),
    drafts: fc.uniqueArray(drafts, { maxLength: 4, selector: ({ id }) => id })
  })
const optional = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined })
const given = (options: { readonly [key: string]: unknown }): EventStore.ReadOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

export const operations: fc.Arbitrary<ReadonlyArray<Operation>> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: entries(fc.nat({ max: streamCount - 1 })).map((entry): Operation => ({
        _tag: "append",
        entries: [entry]
      }))
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(...Array.from({ length: streamCount }, (_, i) => entries(fc.constant(i))))
        .filter((all) => new Set(all.flatMap(({ drafts }) => idsOfDrafts(drafts))).size === total(all))
        .map((entries): Operation => ({ _tag: "append", entries }))
    },
    { weight: 2, arbitrary: fc.nat().map((of): Operation => ({ _tag: "again", of })) },
    {
      weight: 2,
      arbitrary: fc.record<Operation & { readonly _tag: "archive" | "unarchive" }>({
        // Unarchives more often than it archives, because an archived stream accepts few
        // operations.
        _tag: fc.constantFrom("archive", "unarchive", "unarchive"),
        stream: fc.nat({ max: streamCount - 1 })
      })
    },
    {
      weight: 1,
      arbitrary: fc.record<Operation & { readonly _tag: "truncate" }>({
        _tag: fc.constant("truncate"),
        stream: fc.nat({ max: streamCount - 1 }),
        before: fc.integer({ min: 1, max: 9 })
      })
    },
    {
      weight: 3,
      arbitrary: fc.record<Operation & { readonly _tag: "read" }>({
        _tag: fc.constant("read"),
        stream: fc.nat({ max: streamCount - 1 }),
        day: fc.integer({ min: -1, max: 6 }),
        options: fc
          .record({
            from: optional(fc.nat({ max: 8 })),
            to: optional(fc.nat({ max: 8 })),
            limit: optional(fc.nat({ max: 5 })),
            direction: optional(fc.constantFrom("forwards", "backwards")),
            truncated: optional(fc.constantFrom("fail", "skip"))
          })
          .map(given)
      })
    },
    {
      weight: 2,
      arbitrary: fc.record<Operation & { readonly _tag: "readAll" }>({
        _tag: fc.constant("readAll"),
        types: fc.constantFrom(
          ["Noted", "Marked"],
          ["Marked"],
          ["Other"],
          ["Marked", Event.lifecycle.truncated, Event.lifecycle.archived]
        ),
        truncated: fc.constantFrom("fail", "skip"),
        limit: fc.nat({ max: 9 }),
        pageSize: fc.integer({ min: 1, max: 4 })
      })
    }
  ),
  { maxLength: 25, size: "max" }
)
const idsOfDrafts = (drafts: ReadonlyArray<Draft>) => drafts.map(({ id }) => id)
const total = (all: ReadonlyArray<Entry>) => all.reduce((sum, { drafts }) => sum + drafts.length, 0)

export interface Row extends Event.NewEvent {
  readonly stream: string
  readonly version: number
  readonly occurredAt: DateTime.Utc
  /** `true` if its content was truncated. */
  isGone: boolean
}

/** A log: the written events in order, and the acknowledged appends. */
export class Model {
  readonly rows: Array<Row> = []
  readonly acknowledged: Array<{
    appends: ReadonlyArray<EventStore.Append>
    results: ReadonlyArray<EventStore.Appended>
  }> = []
  of(stream: string) {
    return this.rows.filter((row) => row.stream === stream)
  }
  /**
   * Returns the tags of the possible reasons to refuse appends; none if they have to be written.
   */
  refusal(appends: ReadonlyArray<EventStore.Append>): ReadonlyArray<string> {
    const used = new Set(idsOf(this.rows))
    const reused = appends.some(({ events }) => events.some(({ id }) => used.has(id)))
    const archived = appends.some(({ events, stream }) => events.length > 0 && this.isArchived(stream))
    const conflict = appends.some(({ expected, stream }) => {
      const actual = this.of(stream).length
      if (expected === "any") return false
      return expected === "streamExists" ? actual === 0 : actual !== (expected === "noStream" ? 0 : expected)
    })
    const reasons = [
      ...(reused ? ["EventIdReused"] : []),
      ...(archived ? ["StreamArchived"] : []),
      ...(conflict ? ["VersionConflict"] : [])
    ]
    // For one append, the first reason is reported. For several, the store can find any of them
    // first.
    return appends.length > 1 ? reasons : reasons.slice(0, 1)
  }
  isArchived(stream: string) {
    return this.of(stream).at(-1)?.type === Event.lifecycle.archived
  }
  /** Adds a lifecycle event, later than all days of the reads. */
  addLifecycleEvent(stream: string, type: string, data: Event.NewEvent["data"] = {}) {
    const version = this.of(stream).length + 1
    const event = { id: "", stream, version, type, schemaVersion: 1, data, metadata: {} }
    this.rows.push({ ...event, occurredAt: at(99_999), isGone: false })
  }
  firstVersion(stream: string) {
    return this.of(stream).filter(({ isGone }) => isGone).length + 1
  }
  /**
   * Archives, unarchives or truncates a stream. Returns "changed", "repeated", or the reason of the
   * refusal.
   */
  change(operation: Operation & { readonly _tag: "archive" | "unarchive" | "truncate" }, stream: string) {
    const rows = this.of(stream)
    if (rows.length === 0) return "VersionConflict"
    const archived = this.isArchived(stream)
    if (operation._tag !== "truncate") {
      if (archived === (operation._tag === "archive")) return "repeated"
      this.addLifecycleEvent(
        stream,
        operation._tag === "archive" ? Event.lifecycle.archived : Event.lifecycle.unarchived
      )
      return "changed"
    }
    const { before } = operation
    if (before > rows.length + 1) return "InvalidRequest"
    if (before <= this.firstVersion(stream)) return "repeated"
    for (const row of rows.slice(0, before - 1)) row.isGone = true
    this.addLifecycleEvent(stream, Event.lifecycle.truncated, { before })
    if (archived) this.addLifecycleEvent(stream, Event.lifecycle.archived)
    return "changed"
  }
  write(appends: ReadonlyArray<EventStore.Append>) {
    for (const { events, stream } of appends) {
      for (const event of events) {
        // Drafts always have a time.
        const occurredAt = event.occurredAt ?? DateTime.makeUnsafe(0)
        this.rows.push({ ...event, stream, version: this.of(stream).length + 1, occurredAt, isGone: false })
      }
    }
  }
}

/** The moment of a day. */
export const at = (day: number) => DateTime.makeUnsafe(Date.UTC(1993, 0, 1 + day))
