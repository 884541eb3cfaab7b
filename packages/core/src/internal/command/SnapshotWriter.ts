/** Takes an aggregate's snapshots in the background, and finds those that were taken. */
import { Cause, Duration, Effect, Latch, Metric, Result, Schema, type Scope } from "effect"
import type { Fold } from "../../generated/Fold.ts"
import * as EventDecoder from "../codec/EventDecoder.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import type { Policy, Service } from "../../Snapshots.ts"
import * as StoreMetrics from "../../store/StoreMetrics.ts"
import { jsonText } from "../../store/StoreRequest.ts"
import type { Kept } from "./CachedState.ts"
import * as StoredJson from "../../store/StoredJson.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"

export interface Snapshotting<State> {
  /** The newest snapshot of the fold, if there is one that decodes. */
  readonly latest: (stream: string) => Effect.Effect<Kept<State> | undefined, EventStoreError>
  /** A snapshot can't be used: says so, and replaces it the next time that the stream is considered. */
  readonly ignore: (stream: string, why: string) => Effect.Effect<void>
  /** Looks whether a snapshot is due, and has it taken, which takes the caller no time. `took` is how long loading took. */
  readonly consider: (stream: string, current: Kept<State>, took?: number) => void
}

/** Streams whose states wait to be written, or are remembered for the next interval; the oldest give way. */
const mostWaiting = 10_000

export const make = <State, Event>(options: {
  readonly name: string
  readonly fold: Fold<State, Event>
  readonly codec: Schema.Codec<State, Schema.Json>
  readonly policy: Policy
  readonly snapshots: Service
}): Effect.Effect<Snapshotting<State>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { fold, name, policy, snapshots } = options
    const encode = SafeCodec.encodeResult(options.codec)
    // A check may refuse keys that it allowed when the snapshot was taken: they would be left out without a word.
    const decodeState = SafeCodec.decodeUnknownResult(options.codec, { onExcessProperty: "error" })
    const decode = (text: string): Result.Result<State, string> => {
      const json = Result.try({ try: (): unknown => StoredJson.parse(text), catch: String })
      if (Result.isFailure(json)) return Result.fail(json.failure)
      return Result.mapError(decodeState(json.success), ({ issue }) => {
        const { path, problem } = EventDecoder.firstProblem(issue)
        return path === "" ? problem : `${path}: ${problem}`
      })
    }
    const slowerThan = policy.slowerThan === undefined ? Infinity : Duration.toMillis(policy.slowerThan)
    const events = policy.events ?? Infinity

    const due = new Map<string, Kept<State>>()
    const moved = new Map<string, Kept<State>>()
    const broken = new Set<string>()
    /** What this process has written, for streams whose states are not cached. */
    const written = new Map<string, number>()
    const work = yield* Latch.make()

    const put = <A>(map: Map<string, A>, stream: string, value: A): void => {
      map.delete(stream)
      map.set(stream, value)
      if (map.size > mostWaiting) map.delete(map.keys().next().value!)
    }

    const warn = (stream: string, what: string) =>
      Effect.andThen(
        Metric.update(StoreMetrics.snapshotsFailed, 1),
        Effect.logWarning(`${name}: the snapshot of ${stream} ${what}`)
      )

    const write = Effect.fnUntraced(function* (stream: string, { eventId, state, version }: Kept<State>) {
      const encoded = encode(state)
      if (Result.isFailure(encoded)) {
        const { path, problem } = EventDecoder.firstProblem(encoded.failure.issue)
        // Tried again when another snapshot would be due, and not at each command.
        put(written, stream, version)
        // Nothing will replace the one that can't be used, which each load would find and decode again.
        if (broken.delete(stream)) yield* snapshots.drop({ stream })
        return yield* warn(
          stream,
          `is not taken: its state does not fit the schema${path && ` at ${path}`}: ${problem}`
        )
      }
      const text = jsonText(encoded.success)
      if (Result.isFailure(text)) {
        put(written, stream, version)
        return yield* warn(stream, `is not taken: its state ${text.failure}`)
      }
      const replace = broken.delete(stream)
      const { fingerprint } = fold
      yield* snapshots.save({ stream, version, eventId, fingerprint, state: text.success }, { replace })
      put(written, stream, version)
      yield* Metric.update(StoreMetrics.snapshotsTaken, 1)
    })

    const drain = Effect.gen(function* () {
      for (const [stream, kept] of due) {
        due.delete(stream)
        yield* write(stream, kept).pipe(
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.failCause(cause)
              : warn(stream, `is not taken: ${Cause.pretty(cause)}`)
          )
        )
      }
    })
    yield* Effect.forkScoped(Effect.forever(work.await.pipe(Effect.andThen(work.close), Effect.andThen(drain))))
    if (policy.interval !== undefined) {
      const tick = Effect.suspend(() => {
        for (const [stream, kept] of moved) put(due, stream, kept)
        moved.clear()
        return work.open
      })
      yield* Effect.forkScoped(Effect.forever(Effect.delay(tick, policy.interval)))
    }

    return {
      latest: Effect.fnUntraced(function* (stream) {
        const found = yield* snapshots.latest(stream, fold.fingerprint)
        if (found === undefined) return undefined
        const decoded = decode(found.state)
        if (Result.isFailure(decoded)) {
          broken.add(stream)
          yield* warn(stream, `is ignored: it does not decode: ${decoded.failure}`)
          return undefined
        }
        const { eventId, version } = found
        return { state: decoded.success, version, eventId, position: 0, snapshotAt: version }
      }),
      ignore: (stream, why) => {
        broken.add(stream)
        return warn(stream, `is ignored: ${why}`)
      },
      consider: (stream, current, took = 0) => {
        const since = current.version - Math.max(current.snapshotAt, written.get(stream) ?? 0)
        if (current.version === 0) return
        if (broken.has(stream) || since >= events || (since > 0 && took > slowerThan)) {
          put(due, stream, current)
          moved.delete(stream)
          Latch.openUnsafe(work)
        } else if (policy.interval !== undefined && since > 0) put(moved, stream, current)
      }
    }
  })
