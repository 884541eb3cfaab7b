/** States of one aggregate from the store: folded from the beginning, or from a state that was kept. */
import { Clock, Data, Effect, Result, type Schema, Stream } from "effect"
import type { Cache } from "../../AggregateCache.ts"
import { isLifecycle, type RecordedEvent, truncated } from "../../Event.ts"
import * as EventDecoder from "../codec/EventDecoder.ts"
import type { ReadOptions, Service as Store } from "../../EventStore.ts"
import { DecodeFailure, EventStoreError } from "../../EventStoreError.ts"
import type { Fold } from "../../generated/Fold.ts"
import type { Kept } from "./CachedState.ts"
import type { Snapshotting } from "./SnapshotWriter.ts"
import type { Copy } from "../codec/ValueCopy.ts"

/** The events of an aggregate that a page holds, and what they were decoded from. */
export interface Decoded<Event> {
  readonly events: ReadonlyArray<Event>
  readonly sources: ReadonlyArray<RecordedEvent>
}

/** Which part of a stream a state is made of. */
export interface Bounds extends Pick<ReadOptions, "asKnownAt" | "asOf" | "to"> {
  /** Up to the first event that this is false of. */
  readonly while?: (recorded: RecordedEvent) => boolean
}

/** Ends the reading of a stream that goes on otherwise than the state that was kept. */
class Outdated extends Data.TaggedError("Outdated") {}

export interface Loading<State, Event> {
  /** Before the first event: a copy of the initial state, so that what is made of it shares nothing with that of others. */
  readonly nothing: () => Kept<State>
  /**
   * Decodes what follows a version, and sees to it that nothing is missing in between. Events about the stream (that it was
   * archived, say) have versions, and are none of the aggregate's.
   */
  readonly decodeAll: (
    page: ReadonlyArray<RecordedEvent>,
    after: number
  ) => Result.Result<Decoded<Event>, EventStoreError>
  /** Folds all of it, whatever is kept. */
  readonly replay: (stream: string, bounds?: Bounds) => Effect.Effect<Kept<State>, EventStoreError>
  /** Folds what follows a state; `seen` is shown every event that goes by. */
  readonly resume: (
    start: Kept<State>,
    stream: string,
    bounds: Bounds,
    seen: (page: Decoded<Event>) => void
  ) => Effect.Effect<Kept<State>, EventStoreError>
  /** The state within the bounds, from what is kept where that fits. */
  readonly load: (stream: string, bounds?: Bounds) => Effect.Effect<Kept<State>, EventStoreError>
}

export const make = <State, Event extends { readonly _tag: string }>(options: {
  readonly store: Store
  readonly fold: Fold<State, Event>
  readonly codec: Schema.Codec<Event, Schema.Json>
  readonly cache: Cache<Kept<State>>
  readonly snapshots: Snapshotting<State> | undefined
  readonly copyState: Copy<State>
}): Loading<State, Event> => {
  const { cache, fold, snapshots, store } = options
  const decode = EventDecoder.make(options.codec)
  const nothing = (): Kept<State> => ({
    state: options.copyState(fold.initial),
    version: 0,
    eventId: "",
    position: 0,
    snapshotAt: 0
  })

  const decodeAll: Loading<State, Event>["decodeAll"] = (page, after) => {
    const events: Array<Event> = []
    const sources: Array<RecordedEvent> = []
    for (let i = 0; i < page.length; i++) {
      const recorded = page[i]!
      if (!isLifecycle(recorded.type)) {
        const decoded = decode(recorded)
        if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
        events.push(decoded.success)
        sources.push(recorded)
      }
      const expected = after + i + 1
      if (recorded.version !== expected) {
        const { stream, type, version } = recorded
        const problem = `the stream is damaged: version ${expected} is missing before it`
        return Result.fail(
          new EventStoreError({ reason: new DecodeFailure({ stream, version, type, path: "", problem }) })
        )
      }
    }
    return Result.succeed({ events, sources })
  }

  /** Folds what follows `start`; undefined where the log no longer has the event that `start` ends with. */
  const foldFrom = (
    start: Kept<State>,
    stream: string,
    bounds: Bounds,
    seen?: (page: Decoded<Event>) => void
  ): Effect.Effect<Kept<State> | undefined, EventStoreError> =>
    Effect.suspend(() => {
      let current = start
      // The last event that went into `start` is read once more, to see that it is still the same.
      let fits = start.version === 0
      const { while: goesOn, ...within } = bounds
      const events = store.read(stream, fits ? within : { ...within, from: start.version })
      const wanted =
        goesOn === undefined
          ? events
          : Stream.takeWhile(events, (recorded) => recorded.version <= start.version || goesOn(recorded))
      return wanted.pipe(
        Stream.runForEachArray((page) =>
          Effect.suspend((): Effect.Effect<void, EventStoreError | Outdated> => {
            let rest: ReadonlyArray<RecordedEvent> = page
            if (!fits) {
              const [first] = page
              if (first.version !== start.version || first.id !== start.eventId)
                return Effect.fail<EventStoreError | Outdated>(new Outdated())
              fits = true
              current = { ...current, position: first.position }
              rest = page.slice(1)
            }
            const last = rest.at(-1)
            if (last === undefined) return Effect.void
            // The state was kept before: it holds what was taken away since, as no other process has it.
            if (start.version > 0 && rest.some(({ type }) => type === truncated)) return Effect.fail(new Outdated())
            const decoded = decodeAll(rest, current.version)
            if (Result.isFailure(decoded)) return Effect.fail(decoded.failure)
            seen?.(decoded.success)
            const state = fold.run(current.state, decoded.success.events)
            const { id: eventId, position, version } = last
            current = { state, version, eventId, position, snapshotAt: current.snapshotAt }
            return Effect.void
          })
        ),
        Effect.map(() => (fits ? current : undefined)),
        Effect.catchTag("Outdated", () => Effect.succeed(undefined))
      )
    })

  const replay: Loading<State, Event>["replay"] = (stream, bounds = {}) =>
    Effect.suspend(() => {
      const start = nothing()
      return Effect.map(foldFrom(start, stream, bounds), (folded) => folded ?? start)
    })

  const resume: Loading<State, Event>["resume"] = (start, stream, bounds, seen) =>
    Effect.flatMap(foldFrom(start, stream, bounds, seen), (folded) =>
      folded === undefined ? replay(stream, bounds) : Effect.succeed(folded)
    )

  const load = Effect.fnUntraced(function* (stream: string, bounds: Bounds = {}) {
    const began = yield* Clock.currentTimeMillis
    const isWhole = Object.values(bounds).every((bound) => bound === undefined)
    const goOn = (kept: Kept<State> | undefined) =>
      kept === undefined || kept.version > (bounds.to ?? Infinity)
        ? Effect.succeed(undefined)
        : foldFrom(kept, stream, bounds)

    const cached = cache.get(stream)
    let loaded = yield* goOn(cached)
    // Within bounds, the event is not read that says so.
    if (loaded !== undefined && !isWhole && (yield* store.streamInfo(stream)).firstVersion > 1) loaded = undefined
    if (cached !== undefined && loaded === undefined && isWhole) cache.delete(stream)
    if (loaded === undefined && snapshots !== undefined) {
      const snapshot = yield* snapshots.latest(stream)
      loaded = yield* goOn(snapshot)
      if (snapshot !== undefined && loaded === undefined && isWhole) {
        yield* snapshots.ignore(stream, "the log has no such event at its version")
      }
    }
    loaded ??= yield* replay(stream, bounds)
    if (isWhole) {
      cache.set(stream, loaded)
      snapshots?.consider(stream, loaded, (yield* Clock.currentTimeMillis) - began)
    }
    return loaded
  })

  return { nothing, decodeAll, replay, resume, load }
}
