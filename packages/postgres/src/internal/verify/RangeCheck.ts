/** Replays the streams of a range, and holds them against themselves and against their snapshots. */
import { Effect, Result, type Schema } from "effect"
import { Event, type EventStoreError } from "eventfold"
import { CanonicalJson, StoredJson } from "eventfold/store"
import { hash } from "node:crypto"
import { type Mismatch, ofTrouble } from "./Mismatch.ts"
import type { Group, Range, Single, StreamPages, Taken } from "./StreamPages.ts"
import type { Replay, Stored, Trouble, Verifiable } from "./Verifiable.ts"

export interface Checked {
  readonly streams: number
  readonly events: number
  /** Streams that were truncated: what is left of them is decoded, and not folded. */
  readonly truncated: number
  readonly snapshots: number
  /** Of folds that are not today's, which nobody would use. */
  readonly otherSnapshots: number
  /** Of all states, whatever their order. */
  readonly digest: bigint
  readonly mismatches: ReadonlyArray<Mismatch>
}

/** A stream that is being read. */
interface Current {
  readonly stream: string
  readonly aggregate: Verifiable | undefined
  readonly replay: Replay | undefined
  /** Of the last event that was read. */
  version: number
  /** Whether its state can be had: so far it is whole, and all decodes. */
  isFolding: boolean
  isTruncated: boolean
  /** Of the last event that was read. */
  position: number
  /** Whether the log has its events in the order of their versions, as far as was read. */
  isInOrder: boolean
  /** From which version on the content of its events is there; undefined until one is met without. */
  firstVersion: number | undefined
  readonly snapshots: ReadonlyArray<Taken>
  /** How many of those have been compared. */
  compared: number
}

/** Characters of a page, about: events differ in size, and a page is one answer of the server. */
const pageCharacters = 4_000_000
const [firstPage, largestPage] = [2_000, 5_000]

const digestMask = (1n << 128n) - 1n

const parse = (data: string): Result.Result<Schema.Json, string> =>
  Result.try({ try: () => StoredJson.parse(data), catch: (error) => `the stored text is not JSON: ${error}` })

/** `aggregates` by name. */
export const check = (
  pages: StreamPages,
  aggregates: ReadonlyMap<string, Verifiable>,
  range: Range
): Effect.Effect<Checked, EventStoreError.EventStoreError> =>
  Effect.gen(function* () {
    const mismatches: Array<Mismatch> = []
    let [streams, events, truncated, snapshots, otherSnapshots, digest] = [0, 0, 0, 0, 0, 0n]
    const taken = new Map<string, Array<Taken>>()
    // Before the events: those that a snapshot sums up are there when it is.
    for (const one of yield* pages.snapshots(range)) {
      const all = taken.get(one.stream) ?? []
      taken.set(one.stream, all)
      all.push(one)
    }
    let current: Current | undefined

    const begin = (stream: string): Current => {
      const hyphen = stream.indexOf("-")
      const aggregate = aggregates.get(hyphen < 0 ? stream : stream.slice(0, hyphen))
      const all = taken.get(stream) ?? []
      taken.delete(stream)
      const own = all.filter(({ fingerprint }) => fingerprint === aggregate?.fingerprint)
      otherSnapshots += all.length - own.length
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
        snapshots: own,
        compared: 0
      }
    }

    const eventTrouble = (aggregate: Verifiable, stream: string, { data, type, version }: Single) => {
      if (data === null || Event.isLifecycle(type)) return undefined
      const trouble = (problem: string): Trouble => ({ version, type, path: "", problem, differences: [] })
      if (!aggregate.types.has(type)) return trouble(`no event of this name is declared in ${aggregate.name}`)
      const json = parse(data)
      return Result.isFailure(json)
        ? trouble(json.failure)
        : aggregate.decodes({ stream, version, type, data: json.success })
    }

    /** Events of a stream one by one, `visit`ed until that says otherwise. */
    const each = Effect.fnUntraced(function* (
      stream: string,
      after: number,
      to: number,
      visit: (single: Single) => boolean
    ) {
      for (let at = after; at < to;) {
        const singles = yield* pages.singles(stream, at, to)
        for (const single of singles) if (!visit(single)) return
        const last = singles.at(-1)?.version
        if (last === undefined) return
        at = last
      }
    })

    /** Names what is wrong with events by themselves, and versions that are missing. */
    const decodeOnly = Effect.fnUntraced(function* (
      aggregate: Verifiable,
      stream: string,
      after: number,
      to: number,
      firstVersion = Infinity
    ) {
      let expected = after + 1
      yield* each(stream, after, to, (single) => {
        const { type, version } = single
        if (single.data === null && version >= firstVersion) {
          mismatches.push({
            kind: "event",
            stream,
            version,
            type,
            problem: "its content is missing, and was not truncated"
          })
        }
        const missing =
          version === expected + 1 ? `version ${expected} is` : `versions ${expected} to ${version - 1} are`
        if (version !== expected)
          mismatches.push({ kind: "stream", stream, version, problem: `${missing} missing before it` })
        expected = version + 1
        const trouble = eventTrouble(aggregate, stream, single)
        if (trouble !== undefined) mismatches.push(ofTrouble("event", stream, trouble))
        return true
      })
      if (expected > to) return
      const problem = `no version can be read between ${expected} and ${to}, which stands for the last one`
      mismatches.push({ kind: "stream", stream, version: to, problem })
    })

    /** Finds the first event at which something is wrong, from the beginning; whether there was any. */
    const diagnose = Effect.fnUntraced(function* (aggregate: Verifiable, stream: string, to: number) {
      const step = aggregate.stepping()
      let found: number | undefined
      yield* each(stream, 0, to, (single) => {
        const wrong = eventTrouble(aggregate, stream, single)
        if (wrong !== undefined) mismatches.push(ofTrouble("event", stream, wrong))
        else if (!Event.isLifecycle(single.type) && single.data !== null) {
          const data = StoredJson.parse(single.data)
          const stored: Stored = { stream, version: single.version, type: single.type, data }
          const trouble = step(stored)
          if (trouble === undefined) return true
          mismatches.push(ofTrouble("fold", stream, trouble))
        } else return true
        found = single.version
        return false
      })
      if (found !== undefined) yield* decodeOnly(aggregate, stream, found, to)
      return found !== undefined
    })

    const compareSnapshot = (of: Current, { state, version }: Taken): void => {
      snapshots++
      const wrong = (problem: string, differences: ReadonlyArray<string> = []) =>
        mismatches.push({
          kind: "snapshot",
          stream: of.stream,
          version,
          problem,
          ...(differences.length === 0 ? {} : { differences })
        })
      const json = parse(state)
      if (Result.isFailure(json)) return void wrong(`the snapshot: ${json.failure}`)
      const folded = of.replay!.encoded()
      if (CanonicalJson.text(folded) === CanonicalJson.text(json.success)) return
      const reread = of.aggregate!.reread(json.success)
      if (Result.isFailure(reread)) return void wrong(`the snapshot does not decode: ${reread.failure}`)
      const differences = CanonicalJson.differences(reread.success, folded)
      if (differences.length > 0) wrong("the snapshot is not what the events give (snapshot → events)", differences)
    }

    /** Folds what is plain, stopping where there are snapshots; false where something is wrong. */
    const fold = (of: Current, group: Group): boolean => {
      const { data, first, last, types } = group
      if (data === undefined || types === undefined) return false
      const take = (from: number, to: number): boolean => {
        let part = { types, data }
        if (from > first || to < last) {
          part = { types: types.slice(from - first, to - first + 1), data: data.slice(from - first, to - first + 1) }
        }
        if (part.types.some(Event.isLifecycle)) {
          const isOwn = part.types.map((type) => !Event.isLifecycle(type))
          part = { types: part.types.filter((_, i) => isOwn[i]), data: part.data.filter((_, i) => isOwn[i]) }
        }
        return of.replay!.take(part)
      }
      try {
        let from = first
        for (let next = of.snapshots[of.compared]; next !== undefined && next.version <= last;) {
          if (next.version >= from && !take(from, next.version)) return false
          from = Math.max(from, next.version + 1)
          compareSnapshot(of, next)
          if (!next.fits) {
            const problem = "the snapshot was taken after another event than the one of this version"
            mismatches.push({ kind: "snapshot", stream: of.stream, version: next.version, problem })
          }
          next = of.snapshots[++of.compared]
        }
        return from > last || take(from, last)
      } catch {
        // Going event by event says what it is, and at which.
        return false
      }
    }

    const finish = Effect.fnUntraced(function* (of: Current) {
      const { aggregate, replay, stream, version } = of
      streams++
      if (of.isTruncated) truncated++
      if (!of.isInOrder) {
        const astray = yield* pages.firstAstray(stream)
        const problem = "it stands before an earlier version in the log"
        mismatches.push({ kind: "stream", stream, version: astray ?? version, problem })
      }
      if (aggregate === undefined || replay === undefined || !of.isFolding) return
      let texts: { readonly straight: string; readonly paged: string } | undefined
      try {
        texts = replay.texts()
      } catch {
        // Which state does not fit its schema is found event by event.
        texts = undefined
      }
      if (texts === undefined || texts.straight !== texts.paged) {
        if (yield* diagnose(aggregate, stream, version)) return
        const differences =
          texts === undefined
            ? []
            : CanonicalJson.differences(StoredJson.parse(texts.straight), StoredJson.parse(texts.paged))
        const problem =
          "folded twice it gave two states, and event by event it does not: handlers remember earlier calls"
        return void mismatches.push({ kind: "fold", stream, version, problem, differences })
      }
      for (const late of of.snapshots.slice(of.compared)) {
        const problem = `the snapshot is of version ${late.version}, and the stream ends with version ${version}`
        mismatches.push({ kind: "snapshot", stream, version: late.version, problem })
      }
      const sum = hash("sha256", `${stream}\n${version}\n${texts.straight}`, "hex").slice(0, 32)
      digest = (digest + BigInt(`0x${sum}`)) & digestMask
    })

    const take = Effect.fnUntraced(function* (group: Group) {
      const { count, first, last, stream } = group
      if (current?.stream !== stream) {
        if (current !== undefined) yield* finish(current)
        current = begin(stream)
        const problem = current.aggregate?.idProblem(stream)
        if (problem !== undefined) mismatches.push({ kind: "stream", stream, version: first, problem })
      }
      const of = current
      const after = of.version
      of.version = last
      if (!group.isInOrder || group.from <= of.position) of.isInOrder = false
      of.position = group.to
      events += count
      const { aggregate } = of
      if (aggregate === undefined) {
        if (after > 0) return
        const name = stream.split("-", 1)[0]!
        const type = group.types?.[0]
        const problem = `no aggregate ${name === "" ? "of this stream" : name} is declared`
        mismatches.push({ kind: "event", stream, version: first, ...(type === undefined ? {} : { type }), problem })
        return
      }
      if (first !== after + 1 || last - first + 1 !== count) of.isFolding = false
      if (group.present < count) {
        of.isTruncated = true
        of.isFolding = false
        of.firstVersion ??= yield* pages.firstVersion(stream)
      }
      if (of.isFolding && fold(of, group)) return
      if (!of.isFolding) return yield* decodeOnly(aggregate, stream, after, last, of.firstVersion)
      of.isFolding = false
      if (yield* diagnose(aggregate, stream, last)) return
      const problem = "it could not be folded, and event by event it can: handlers remember earlier calls"
      mismatches.push({ kind: "fold", stream, version: last, problem })
    })

    let place = { stream: range.after, version: Number.MAX_SAFE_INTEGER }
    for (let size = firstPage; ;) {
      const page = yield* pages.page(range, place, size)
      for (const group of page.groups) {
        yield* take(group)
        place = { stream: group.stream, version: group.last }
      }
      if (page.events < size) break
      const each = Math.max(1, page.characters / page.events)
      size = Math.max(16, Math.min(largestPage, Math.floor(pageCharacters / each)))
    }
    if (current !== undefined) yield* finish(current)
    for (const [stream, left] of taken) {
      for (const { version } of left) {
        mismatches.push({
          kind: "snapshot",
          stream,
          version,
          problem: "there is a snapshot of a stream without events"
        })
      }
    }
    return { streams, events, truncated, snapshots, otherSnapshots, digest, mismatches }
  })
