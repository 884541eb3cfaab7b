/**
 * Random histories of concurrent fibers that append, repeat appends and read, with the properties
 * of each history.
 */
import { Effect, Result, Stream } from "effect"
import { type Event, EventId, EventStore, type EventStoreError } from "eventfold"
import * as fc from "fast-check"
import { expect } from "vitest"
import { idsOf, type It, uniqueName } from "./Fixture.ts"

/** Events for some streams, with their own ids. One or several fibers send the same request. */
interface Request {
  readonly entries: ReadonlyArray<{
    readonly stream: number
    readonly expected: EventStore.ExpectedVersion
    readonly count: number
  }>
}

type Step =
  | { readonly _tag: "send"; readonly request: number }
  | { readonly _tag: "read"; readonly stream: number }
  /** Reads the log from the last event that this fiber has read. */
  | { readonly _tag: "follow"; readonly pageSize: number }

export interface History {
  readonly requests: ReadonlyArray<Request>
  readonly fibers: ReadonlyArray<ReadonlyArray<Step>>
}

const streamCount = 3
const requestCount = 8

const requests: fc.Arbitrary<Request> = fc
  .uniqueArray(
    fc.record({
      stream: fc.nat({ max: streamCount - 1 }),
      expected: fc.oneof(
        fc.constantFrom("any" as const, "any" as const, "noStream" as const, "streamExists" as const),
        fc.nat({ max: 4 })
      ),
      count: fc.integer({ min: 1, max: 3 })
    }),
    { minLength: 1, maxLength: 2, selector: ({ stream }) => stream }
  )
  .map((entries) => ({ entries }))

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: requestCount - 1 }).map((request): Step => ({ _tag: "send", request })) },
  { weight: 1, arbitrary: fc.nat({ max: streamCount - 1 }).map((stream): Step => ({ _tag: "read", stream })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 5 }).map((pageSize): Step => ({ _tag: "follow", pageSize })) }
)

export const histories: fc.Arbitrary<History> = fc.record({
  requests: fc.array(requests, { minLength: requestCount, maxLength: requestCount }),
  fibers: fc.array(fc.array(steps, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 6, size: "max" })
})

/** One call of a request, with its begin and end by a clock that counts the steps of the test. */
interface Call {
  readonly request: number
  readonly begun: number
  readonly ended: number
  readonly outcome: Result.Result<ReadonlyArray<EventStore.Appended>, EventStoreError.EventStoreError>
}

interface StreamReading {
  readonly stream: number
  readonly begun: number
  readonly ended: number
  readonly ids: ReadonlyArray<string>
}

/** Versions and positions of the written events of a request. */
interface Written {
  readonly stream: number
  readonly first: number
  readonly last: number
  readonly positions: ReadonlyArray<number>
}

const isPrefix = (part: ReadonlyArray<string>, whole: ReadonlyArray<string>) =>
  part.length <= whole.length && part.every((id, i) => id === whole[i])

const meets = (expected: EventStore.ExpectedVersion, version: number) =>
  expected === "any" ||
  (expected === "noStream" ? version === 0 : expected === "streamExists" ? version > 0 : version === expected)

/** Runs a history on streams of this name, and returns the violated properties. */
export const run = (
  { fibers, requests }: History,
  name: string
): Effect.Effect<ReadonlyArray<string>, EventStoreError.EventStoreError, EventStore.EventStore> =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    const streamOf = (n: number) => `${name}-${n}`
    const drafts: Array<ReadonlyArray<EventStore.Append>> = []
    for (const { entries } of requests) {
      const appends: Array<EventStore.Append> = []
      for (const { count, expected, stream } of entries) {
        const events: Array<Event.NewEvent> = []
        for (let i = 0; i < count; i++) {
          events.push({ id: yield* EventId.make, type: "Noted", schemaVersion: 1, data: i, metadata: {} })
        }
        appends.push({ stream: streamOf(stream), expected, events })
      }
      drafts.push(appends)
    }

    let clock = 0
    const calls: Array<Call> = []
    const readings: Array<StreamReading> = []
    const followed: Array<ReadonlyArray<string>> = []
    const fiber = (steps: ReadonlyArray<Step>) =>
      Effect.gen(function* () {
        const seen: Array<Event.RecordedEvent> = []
        for (const step of steps) {
          const begun = ++clock
          switch (step._tag) {
            case "send": {
              const appends = drafts[step.request]!
              const [only] = appends
              const outcome = yield* Effect.result(
                appends.length === 1 && only !== undefined
                  ? Effect.map(store.append(only.stream, only.expected, only.events), (one) => [one])
                  : store.appendAll(appends)
              )
              calls.push({ request: step.request, begun, ended: ++clock, outcome })
              break
            }
            case "read": {
              const found = yield* Stream.runCollect(store.read(streamOf(step.stream)))
              readings.push({ stream: step.stream, begun, ended: ++clock, ids: idsOf(found) })
              break
            }
            case "follow": {
              const options = { aggregates: [name], after: seen.at(-1)?.position ?? 0, pageSize: step.pageSize }
              seen.push(...(yield* Stream.runCollect(store.readAll(options))))
            }
          }
        }
        followed.push(idsOf(seen))
      })
    yield* Effect.all(fibers.map(fiber), { concurrency: "unbounded", discard: true })

    const log = yield* Stream.runCollect(store.readAll({ aggregates: [name] }))
    const kept: Array<ReadonlyArray<Event.RecordedEvent>> = []
    for (let n = 0; n < streamCount; n++) kept.push(yield* Stream.runCollect(store.read(streamOf(n))))
    const places = written(requests, drafts, kept)
    return [
      ...problemsOfLog(log, kept),
      ...followed
        .filter((ids) => !isPrefix(ids, idsOf(log)))
        .map(() => "a reader of the log missed or repeated events"),
      ...problemsOfCalls(requests, calls, places),
      ...problemsOfReadings(readings, calls, kept, places)
    ]
  })

const problemsOfLog = (
  log: ReadonlyArray<Event.RecordedEvent>,
  kept: ReadonlyArray<ReadonlyArray<Event.RecordedEvent>>
): ReadonlyArray<string> => {
  const problems: Array<string> = []
  if (log.some(({ position }, i) => i > 0 && position <= log[i - 1]!.position)) problems.push("positions do not rise")
  for (const [n, events] of kept.entries()) {
    if (events.some(({ version }, i) => version !== i + 1)) problems.push(`stream ${n} has a gap`)
    const inLog = idsOf(log.filter(({ stream }) => stream === events[0]?.stream))
    if (events.length > 0 && inLog.join() !== idsOf(events).join()) problems.push(`stream ${n} differs from the log`)
  }
  if (log.length !== kept.flat().length) problems.push("the log has more or fewer events than its streams")
  return problems
}

/**
 * Returns the written events of each request; `undefined` if there are none, and "torn" if only a
 * part was written.
 */
const written = (
  requests: ReadonlyArray<Request>,
  drafts: ReadonlyArray<ReadonlyArray<EventStore.Append>>,
  kept: ReadonlyArray<ReadonlyArray<Event.RecordedEvent>>
): ReadonlyArray<ReadonlyArray<Written> | "torn" | undefined> =>
  requests.map(({ entries }, r) => {
    const found = entries.map(({ stream }, e): Written | "torn" | undefined => {
      const ids = idsOf(drafts[r]![e]!.events)
      const rows = kept[stream]!.filter(({ id }) => ids.includes(id))
      if (rows.length === 0) return undefined
      const first = rows[0]!.version
      if (rows.length !== ids.length || rows.some(({ id, version }, i) => id !== ids[i] || version !== first + i)) {
        return "torn"
      }
      return { stream, first, last: first + ids.length - 1, positions: rows.map(({ position }) => position) }
    })
    const whole = found.filter((entry) => entry !== undefined && entry !== "torn")
    if (whole.length === found.length) return whole
    return found.every((entry) => entry === undefined) ? undefined : "torn"
  })

const problemsOfCalls = (
  requests: ReadonlyArray<Request>,
  calls: ReadonlyArray<Call>,
  places: ReturnType<typeof written>
): ReadonlyArray<string> => {
  const problems: Array<string> = []
  for (const [r, { entries }] of requests.entries()) {
    const place = places[r]
    const own = calls.filter(({ request }) => request === r)
    const good = own.filter(({ outcome }) => Result.isSuccess(outcome))
    if (place === "torn") {
      problems.push(`request ${r} was written partly`)
      continue
    }
    if (place === undefined) {
      if (good.length > 0) problems.push(`request ${r} was acknowledged but not written`)
    } else {
      if (good.length === 0) problems.push(`request ${r} was refused each time but written`)
      const first = good.filter(({ outcome }) => Result.isSuccess(outcome) && !outcome.success[0]!.repeated)
      if (first.length !== 1) problems.push(`request ${r} was written for the first time ${first.length} times`)
      for (const { outcome } of good) {
        const results = Result.getOrElse(outcome, () => [])
        const right = place.every(
          ({ last, positions }, e) => results[e]?.version === last && results[e]?.position === positions.at(-1)
        )
        if (!right) problems.push(`request ${r} returned another version or position than it has`)
      }
      for (const [e, { first: version }] of place.entries()) {
        const { expected } = entries[e]!
        if (!meets(expected, version - 1))
          problems.push(`request ${r} expected ${expected} but begins at version ${version}`)
      }
    }
    for (const call of own) {
      if (Result.isSuccess(call.outcome)) continue
      const { reason } = call.outcome.failure
      if (good.some(({ ended }) => ended < call.begun)) {
        problems.push(`request ${r} was refused after it had been acknowledged`)
      }
      if (reason._tag !== "VersionConflict") {
        problems.push(`request ${r} was refused with ${reason._tag}: ${reason.message}`)
        continue
      }
      if (meets(reason.expected, reason.actual))
        problems.push(`request ${r} was refused at the version that it expected`)
      const stream = Number(reason.stream.slice(reason.stream.lastIndexOf("-") + 1))
      const [least, most] = versionsDuring(stream, call, calls, places)
      if (reason.actual < least || reason.actual > most) {
        problems.push(
          `request ${r} was refused at version ${reason.actual}, but the version was from ${least} to ${most}`
        )
      }
    }
  }
  // A request that began after another was acknowledged has later positions.
  for (const before of calls) {
    if (Result.isFailure(before.outcome)) continue
    for (const after of calls) {
      if (after.begun < before.ended || Result.isFailure(after.outcome) || after.outcome.success[0]!.repeated) continue
      const [earlier, later] = [places[before.request], places[after.request]]
      if (!Array.isArray(earlier) || !Array.isArray(later)) continue
      const least = Math.min(...later.flatMap(({ positions }: Written) => positions))
      const most = Math.max(...earlier.flatMap(({ positions }: Written) => positions))
      if (least < most)
        problems.push(
          `request ${after.request} has a lower position than request ${before.request}, which was acknowledged earlier`
        )
    }
  }
  return problems
}

/** Returns the lowest and the highest possible version of a stream during a call. */
const versionsDuring = (
  stream: number,
  { begun, ended }: { readonly begun: number; readonly ended: number },
  calls: ReadonlyArray<Call>,
  places: ReturnType<typeof written>
): readonly [least: number, most: number] => {
  let [least, most] = [0, 0]
  for (const call of calls) {
    const place = places[call.request]
    if (place === undefined || place === "torn" || Result.isFailure(call.outcome)) continue
    for (const { last, stream: other } of place) {
      if (other !== stream) continue
      if (call.ended < begun) least = Math.max(least, last)
      if (call.begun < ended) most = Math.max(most, last)
    }
  }
  return [least, most]
}

const problemsOfReadings = (
  readings: ReadonlyArray<StreamReading>,
  calls: ReadonlyArray<Call>,
  kept: ReadonlyArray<ReadonlyArray<Event.RecordedEvent>>,
  places: ReturnType<typeof written>
): ReadonlyArray<string> =>
  readings.flatMap((reading) => {
    const { ids, stream } = reading
    if (!isPrefix(ids, idsOf(kept[stream]!))) return [`stream ${stream} was read with events missing or out of order`]
    const [least, most] = versionsDuring(stream, reading, calls, places)
    return ids.length < least || ids.length > most
      ? [`stream ${stream} was read to version ${ids.length}, but the version was from ${least} to ${most}`]
      : []
  })

/**
 * Registers the test that concurrent fibers get the results of some sequential order of their
 * calls.
 */
export const property = (
  it: It,
  options: { readonly timeout: number; readonly runs: number; readonly seed: number | undefined }
): void =>
  it.effect(
    "concurrent fibers get the results of some sequential order of their calls",
    () =>
      Effect.flatMap(Effect.context<EventStore.EventStore>(), (context) => {
        const holds = fc.asyncProperty(histories, async (history) => {
          expect(await Effect.runPromise(Effect.provideContext(run(history, uniqueName()), context))).toEqual([])
        })
        const seed = options.seed === undefined ? {} : { seed: options.seed }
        return Effect.promise(() => fc.assert(holds, { numRuns: options.runs, ...seed }))
      }),
    options.timeout
  )
