/**
 * Replays the streams of a range, twice each, and compares the states with each other and with the
 * stored snapshots.
 */
import { Effect, Result } from "effect"
import { Event, type EventStoreError } from "eventfold"
import { CanonicalJson } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import { hash } from "node:crypto"
import { EventCheck, parse } from "./EventCheck.ts"
import type { Mismatch } from "./Mismatch.ts"
import type { Group, Range, StreamPages, Taken } from "./StreamPages.ts"
import type { Part, Replay, Verifiable } from "./Verifiable.ts"

/** The result of a range. */
export interface Checked {
  readonly streams: number
  readonly events: number
  /** Number of truncated streams: their remaining events are decoded, and not folded. */
  readonly truncated: number
  readonly snapshots: number
  /** Number of snapshots of other folds, which no code of today uses. */
  readonly otherSnapshots: number
  /** Digest of all states, independent of their order. */
  readonly digest: bigint
  readonly mismatches: ReadonlyArray<Mismatch>
}

/** The stream that is being read. */
interface Current {
  readonly stream: string
  readonly aggregate: Verifiable | undefined
  readonly replay: Replay | undefined
  /** Version of the last event that was read. */
  version: number
  /**
   * `true` while the stream is whole, and all its events decode, so that its state can be computed.
   */
  isFolding: boolean
  isTruncated: boolean
  /** Position of the last event that was read. */
  position: number
  /** `true` while positions rise with versions. */
  isInOrder: boolean
  /**
   * The version from which events have content; `undefined` until an event without content is read.
   */
  firstVersion: number | undefined
  readonly snapshots: ReadonlyArray<Taken>
  /** Number of snapshots that were compared. */
  compared: number
}

/**
 * Approximate number of characters of a page: events differ in size, and a page is one answer of
 * the server.
 */
const pageCharacters = 4_000_000
const firstPageEvents = 2_000
const minPageEvents = 16
const maxPageEvents = 5_000

const digestMask = (1n << 128n) - 1n

/** Returns the events of a group from one version to another, without those of the store itself. */
const partOf = ({ first, last }: Group, { data, types }: Part, from: number, to: number): Part => {
  let part = { types, data }
  if (from > first || to < last) {
    part = { types: types.slice(from - first, to - first + 1), data: data.slice(from - first, to - first + 1) }
  }
  if (part.types.some(Event.isLifecycle)) {
    const isDomain = part.types.map((type) => !Event.isLifecycle(type))
    part = { types: part.types.filter((_, i) => isDomain[i]), data: part.data.filter((_, i) => isDomain[i]) }
  }
  return part
}

class RangeCheck {
  readonly #pages: StreamPages
  readonly #aggregates: ReadonlyMap<string, Verifiable>
  readonly #range: Range
  readonly #events: EventCheck
  readonly #mismatches: Array<Mismatch> = []
  /** Snapshots of streams that were not read yet. */
  readonly #snapshots = new Map<string, Array<Taken>>()
  readonly #counts = { streams: 0, events: 0, truncated: 0, snapshots: 0, otherSnapshots: 0 }
  #digest = 0n
  #current: Current | undefined

  constructor(pages: StreamPages, aggregates: ReadonlyMap<string, Verifiable>, range: Range) {
    this.#pages = pages
    this.#aggregates = aggregates
    this.#range = range
    this.#events = new EventCheck(pages, (mismatch) => void this.#mismatches.push(mismatch))
  }

  #begin(stream: string): Current {
    const hyphen = stream.indexOf("-")
    const aggregate = this.#aggregates.get(hyphen < 0 ? stream : stream.slice(0, hyphen))
    const all = this.#snapshots.get(stream) ?? []
    this.#snapshots.delete(stream)
    const snapshots = all.filter(({ fingerprint }) => fingerprint === aggregate?.fingerprint)
    this.#counts.otherSnapshots += all.length - snapshots.length
    const replay = aggregate?.replay()
    return {
      stream,
      aggregate,
      replay,
      version: 0,
      isFolding: replay !== undefined,
      isTruncated: false,
      position: 0,
      isInOrder: true,
      firstVersion: undefined,
      snapshots,
      compared: 0
    }
  }

  #compareSnapshot({ aggregate, replay, stream }: Current, { fits, state, version }: Taken): void {
    this.#counts.snapshots++
    const report = (problem: string, differences: ReadonlyArray<string> = []) =>
      this.#mismatches.push({
        kind: "snapshot",
        stream,
        version,
        problem,
        ...(differences.length === 0 ? {} : { differences })
      })
    const json = parse(state)
    if (Result.isFailure(json)) report(`the snapshot: ${json.failure}`)
    else {
      const folded = replay!.encoded()
      if (CanonicalJson.text(folded) !== CanonicalJson.text(json.success)) {
        const reread = aggregate!.reread(json.success)
        if (Result.isFailure(reread)) report(`the snapshot does not decode: ${reread.failure}`)
        else {
          const differences = CanonicalJson.differences(reread.success, folded)
          if (differences.length > 0)
            report("the snapshot is not what the events give (snapshot → events)", differences)
        }
      }
    }
    if (!fits) report("the snapshot was taken after another event than the one of this version")
  }

  /**
   * Folds a group, and compares snapshots in between; returns false if an event does not decode or
   * a handler throws.
   */
  #fold(current: Current, group: Group): boolean {
    const { data, first, last, types } = group
    if (data === undefined || types === undefined) return false
    const take = (from: number, to: number) => current.replay!.take(partOf(group, { data, types }, from, to))
    try {
      let from = first
      for (let next = current.snapshots[current.compared]; next !== undefined && next.version <= last;) {
        if (next.version >= from && !take(from, next.version)) return false
        from = Math.max(from, next.version + 1)
        this.#compareSnapshot(current, next)
        next = current.snapshots[++current.compared]
      }
      return from > last || take(from, last)
    } catch {
      // The check event by event names the error and the event.
      return false
    }
  }

  /** Compares the two states of a stream that was read to its end. */
  #finish(current: Current): Effect.Effect<void, EventStoreError.EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const { aggregate, replay, stream, version } = current
      this.#counts.streams++
      if (current.isTruncated) this.#counts.truncated++
      if (!current.isInOrder) {
        const misplaced = yield* this.#pages.firstMisplaced(stream)
        const problem = "it stands before an earlier version in the log"
        this.#mismatches.push({ kind: "stream", stream, version: misplaced ?? version, problem })
      }
      if (aggregate === undefined || replay === undefined || !current.isFolding) return
      let texts: { readonly straight: string; readonly paged: string } | undefined
      try {
        texts = replay.texts()
      } catch {
        // The check event by event finds the state that does not fit its schema.
        texts = undefined
      }
      if (texts === undefined || texts.straight !== texts.paged) {
        if (yield* this.#events.diagnose(aggregate, stream, version)) return
        const differences =
          texts === undefined
            ? []
            : CanonicalJson.differences(StoredJson.parse(texts.straight), StoredJson.parse(texts.paged))
        const problem =
          "folded twice it gave two states, and event by event it does not: handlers remember earlier calls"
        this.#mismatches.push({ kind: "fold", stream, version, problem, differences })
        return
      }
      for (const late of current.snapshots.slice(current.compared)) {
        const problem = `the snapshot is of version ${late.version}, and the stream ends with version ${version}`
        this.#mismatches.push({ kind: "snapshot", stream, version: late.version, problem })
      }
      const sum = hash("sha256", `${stream}\n${version}\n${texts.straight}`, "hex").slice(0, 32)
      this.#digest = (this.#digest + BigInt(`0x${sum}`)) & digestMask
    })
  }

  /**
   * Returns the stream of a group, which begins if it is another stream than that of the last
   * group.
   */
  #enter({ first, stream }: Group): Effect.Effect<Current, EventStoreError.EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      if (this.#current?.stream === stream) return this.#current
      if (this.#current !== undefined) yield* this.#finish(this.#current)
      const current = this.#begin(stream)
      this.#current = current
      const problem = current.aggregate?.idProblem(stream)
      if (problem !== undefined) this.#mismatches.push({ kind: "stream", stream, version: first, problem })
      return current
    })
  }

  #reportUndeclared({ first, stream, types }: Group): void {
    const name = stream.split("-", 1)[0]!
    const type = types?.[0]
    const problem = `no aggregate ${name === "" ? "of this stream" : name} is declared`
    this.#mismatches.push({ kind: "event", stream, version: first, ...(type === undefined ? {} : { type }), problem })
  }

  /** Checks a group of events of one stream. */
  #take(group: Group): Effect.Effect<void, EventStoreError.EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const { count, first, last, stream } = group
      const current = yield* this.#enter(group)
      const after = current.version
      current.version = last
      if (!group.isInOrder || group.from <= current.position) current.isInOrder = false
      current.position = group.to
      this.#counts.events += count
      const { aggregate } = current
      if (aggregate === undefined) {
        if (after === 0) this.#reportUndeclared(group)
        return
      }
      if (first !== after + 1 || last - first + 1 !== count) current.isFolding = false
      if (group.present < count) {
        current.isTruncated = true
        current.isFolding = false
        current.firstVersion ??= yield* this.#pages.firstVersion(stream)
      }
      if (current.isFolding && this.#fold(current, group)) return
      if (!current.isFolding) {
        return yield* this.#events.decode(aggregate, stream, after, last, current.firstVersion)
      }
      current.isFolding = false
      if (yield* this.#events.diagnose(aggregate, stream, last)) return
      const problem = "it could not be folded, and event by event it can: handlers remember earlier calls"
      this.#mismatches.push({ kind: "fold", stream, version: last, problem })
    })
  }

  readonly run: Effect.Effect<Checked, EventStoreError.EventStoreError> = Effect.gen({ self: this }, function* () {
    // Before the events, so that the events of each snapshot are visible.
    for (const one of yield* this.#pages.snapshots(this.#range)) {
      const all = this.#snapshots.get(one.stream) ?? []
      this.#snapshots.set(one.stream, all)
      all.push(one)
    }
    let last = { stream: this.#range.after, version: Number.MAX_SAFE_INTEGER }
    for (let size = firstPageEvents; ;) {
      const page = yield* this.#pages.page(this.#range, last, size)
      for (const group of page.groups) {
        yield* this.#take(group)
        last = { stream: group.stream, version: group.last }
      }
      if (page.events < size) break
      const eventCharacters = Math.max(1, page.characters / page.events)
      size = Math.max(minPageEvents, Math.min(maxPageEvents, Math.floor(pageCharacters / eventCharacters)))
    }
    if (this.#current !== undefined) yield* this.#finish(this.#current)
    for (const [stream, left] of this.#snapshots) {
      for (const { version } of left) {
        const problem = "there is a snapshot of a stream without events"
        this.#mismatches.push({ kind: "snapshot", stream, version, problem })
      }
    }
    return { ...this.#counts, digest: this.#digest, mismatches: this.#mismatches }
  })
}

/** Checks the streams of a range. `aggregates` are keyed by name. */
export const check = (
  pages: StreamPages,
  aggregates: ReadonlyMap<string, Verifiable>,
  range: Range
): Effect.Effect<Checked, EventStoreError.EventStoreError> =>
  Effect.suspend(() => new RangeCheck(pages, aggregates, range).run)
