/** Takes snapshots of an aggregate in the background, and reads them. */
import { Cause, Duration, Effect, Latch, Metric, Result, Schema, type Scope } from "effect"
import type { EventStoreError } from "../../EventStoreError.ts"
import type { Fold } from "../../generated/Fold.ts"
import type { layer, Service } from "../../Snapshots.ts"
import * as StoredJson from "../../store/StoredJson.ts"
import * as StoreMetrics from "../../store/StoreMetrics.ts"
import { jsonText } from "../store/RequestChecks.ts"
import * as EventDecoder from "../codec/EventDecoder.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import type { CachedState } from "./CachedState.ts"

/** Maximum number of streams in each of the writer's maps; above it, the oldest are dropped. */
const maxStreams = 10_000

interface Options<State, Event> {
  readonly name: string
  readonly fold: Fold<State, Event>
  readonly codec: Schema.Codec<State, Schema.Json>
  readonly policy: Parameters<typeof layer>[0]
  readonly snapshots: Service
}

/** Map that drops its oldest entries above {@link maxStreams}. */
class StreamMap<A> {
  readonly #entries = new Map<string, A>()

  get(stream: string): A | undefined {
    return this.#entries.get(stream)
  }

  /** Sets the entry of a stream, which becomes the newest. */
  set(stream: string, value: A): void {
    this.#entries.delete(stream)
    this.#entries.set(stream, value)
    if (this.#entries.size > maxStreams) this.#entries.delete(this.#entries.keys().next().value!)
  }

  delete(stream: string): void {
    this.#entries.delete(stream)
  }

  /** Removes the entries one by one; entries that are set during the iteration are included. */
  *drain(): Generator<readonly [stream: string, value: A]> {
    for (const entry of this.#entries) {
      this.#entries.delete(entry[0])
      yield entry
    }
  }
}

export class SnapshotWriter<State> {
  readonly #name: string
  readonly #fingerprint: string
  readonly #snapshots: Service
  readonly #encode: (state: State) => Result.Result<Schema.Json, Schema.SchemaError>
  readonly #decode: (json: unknown) => Result.Result<State, Schema.SchemaError>
  readonly #slowLoadMs: number
  readonly #eventsPerSnapshot: number
  readonly #interval: Duration.Input | undefined
  /** States to write now. */
  readonly #due = new StreamMap<CachedState<State>>()
  /** States to write at the next interval. */
  readonly #changed = new StreamMap<CachedState<State>>()
  /** Streams whose stored snapshot cannot be used. */
  readonly #broken = new Set<string>()
  /** Versions that this process has written, for streams whose states are not cached. */
  readonly #writtenVersions = new StreamMap<number>()
  readonly #isDue = Latch.makeUnsafe()

  constructor({ codec, fold, name, policy, snapshots }: Options<State, never>) {
    this.#name = name
    this.#fingerprint = fold.fingerprint
    this.#snapshots = snapshots
    this.#encode = SafeCodec.encodeResult(codec)
    // The schema can refuse keys that it allowed when the snapshot was taken. By default, decoding
    // drops them silently.
    this.#decode = SafeCodec.decodeUnknownResult(codec, { onExcessProperty: "error" })
    this.#slowLoadMs = policy.slowerThan === undefined ? Infinity : Duration.toMillis(policy.slowerThan)
    this.#eventsPerSnapshot = policy.events ?? Infinity
    this.#interval = policy.interval
  }

  /**
   * Reads the newest snapshot of the fold; undefined if there is none, or if it does not decode.
   */
  latest(stream: string): Effect.Effect<CachedState<State> | undefined, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const found = yield* this.#snapshots.latest(stream, this.#fingerprint)
      if (found === undefined) return undefined
      const decoded = this.#decodeText(found.state)
      if (Result.isFailure(decoded)) {
        yield* this.ignore(stream, `it does not decode: ${decoded.failure}`)
        return undefined
      }
      const { eventId, version } = found
      return { state: decoded.success, version, eventId, position: 0, snapshotVersion: version }
    })
  }

  /** Warns that a snapshot cannot be used. It is replaced when its stream is considered next. */
  ignore(stream: string, why: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#broken.add(stream)
      return this.#warn(stream, `is ignored: ${why}`)
    })
  }

  /**
   * Takes a snapshot in the background if one is due. `loadMs` is the time that loading the state
   * took.
   */
  consider(stream: string, current: CachedState<State>, loadMs = 0): void {
    if (current.version === 0) return
    const newest = Math.max(current.snapshotVersion, this.#writtenVersions.get(stream) ?? 0)
    const since = current.version - newest
    const isSlow = since > 0 && loadMs > this.#slowLoadMs
    if (this.#broken.has(stream) || since >= this.#eventsPerSnapshot || isSlow) {
      this.#due.set(stream, current)
      this.#changed.delete(stream)
      Latch.openUnsafe(this.#isDue)
    } else if (this.#interval !== undefined && since > 0) this.#changed.set(stream, current)
  }

  /** Starts the background fibers, which run until the scope closes. */
  start(): Effect.Effect<void, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const writeOnce = this.#isDue.await.pipe(Effect.andThen(this.#isDue.close), Effect.andThen(this.#writeDue()))
      yield* Effect.forkScoped(Effect.forever(writeOnce))
      if (this.#interval === undefined) return
      const tick = Effect.suspend(() => {
        for (const [stream, state] of this.#changed.drain()) this.#due.set(stream, state)
        return this.#isDue.open
      })
      yield* Effect.forkScoped(Effect.forever(Effect.delay(tick, this.#interval)))
    })
  }

  #writeDue(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (const [stream, state] of this.#due.drain()) {
        yield* this.#write(stream, state).pipe(
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.failCause(cause as Cause.Cause<never>)
              : this.#warn(stream, `is not taken: ${Cause.pretty(cause)}`)
          )
        )
      }
    })
  }

  #write(stream: string, { eventId, state, version }: CachedState<State>): Effect.Effect<void, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const encoded = this.#encode(state)
      if (Result.isFailure(encoded)) {
        const { path, problem } = EventDecoder.firstProblem(encoded.failure.issue)
        // The next attempt is made when the next snapshot is due, not at the next command.
        this.#writtenVersions.set(stream, version)
        // No snapshot will replace the broken one, which each load would read and decode again.
        if (this.#broken.delete(stream)) yield* this.#snapshots.drop({ stream })
        const at = path === "" ? "" : ` at ${path}`
        return yield* this.#warn(stream, `is not taken: its state does not fit the schema${at}: ${problem}`)
      }
      const text = jsonText(encoded.success)
      if (Result.isFailure(text)) {
        this.#writtenVersions.set(stream, version)
        return yield* this.#warn(stream, `is not taken: its state ${text.failure}`)
      }
      const replace = this.#broken.delete(stream)
      const fingerprint = this.#fingerprint
      yield* this.#snapshots.save({ stream, version, eventId, fingerprint, state: text.success }, { replace })
      this.#writtenVersions.set(stream, version)
      yield* Metric.update(StoreMetrics.snapshotsTaken, 1)
    })
  }

  #decodeText(text: string): Result.Result<State, string> {
    const json = Result.try({ try: (): unknown => StoredJson.parse(text), catch: String })
    if (Result.isFailure(json)) return Result.fail(json.failure)
    return Result.mapError(this.#decode(json.success), ({ issue }) => {
      const { path, problem } = EventDecoder.firstProblem(issue)
      return path === "" ? problem : `${path}: ${problem}`
    })
  }

  #warn(stream: string, problem: string): Effect.Effect<void> {
    return Effect.andThen(
      Metric.update(StoreMetrics.snapshotsFailed, 1),
      Effect.logWarning(`${this.#name}: the snapshot of ${stream} ${problem}`)
    )
  }
}

/** Makes a writer and starts its background fibers. */
export const make = <State, Event>(
  options: Options<State, Event>
): Effect.Effect<SnapshotWriter<State>, never, Scope.Scope> =>
  Effect.suspend(() => {
    const writer = new SnapshotWriter<State>(options)
    return Effect.as(writer.start(), writer)
  })
