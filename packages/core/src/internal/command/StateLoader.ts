/**
 * Loads states of one aggregate: folds events from the beginning, or continues from a cached state
 * or a snapshot.
 */
import { Clock, Data, Effect, Result, type Schema, Stream } from "effect"
import { isLifecycle, lifecycle, type RecordedEvent } from "../../Event.ts"
import type { ReadOptions, Service as Store } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Fold } from "../../generated/Fold.ts"
import * as EventDecoder from "../codec/EventDecoder.ts"
import type { Copy } from "../codec/ValueCopy.ts"
import type { CachedState } from "./CachedState.ts"
import type { SnapshotWriter } from "./SnapshotWriter.ts"
import type { StateCache } from "./StateCache.ts"

/**
 * Decoded events of an aggregate in a page, and the recorded events that they were decoded from.
 */
export interface DecodedPage<Event> {
  readonly events: ReadonlyArray<Event>
  readonly sources: ReadonlyArray<RecordedEvent>
}

/** Part of a stream that is folded. */
export interface Bounds extends Pick<ReadOptions, "asKnownAt" | "asOf" | "to"> {
  /** Folding ends before the first event for which this is false. */
  readonly while?: (recorded: RecordedEvent) => boolean
}

/** Ends reading when the stream does not continue from the state that reading began with. */
class Outdated extends Data.TaggedError("Outdated") {}

export class StateLoader<State, Event extends { readonly _tag: string }> {
  readonly #store: Store
  readonly #fold: Fold<State, Event>
  readonly #decode: (recorded: RecordedEvent) => Result.Result<Event, EventStoreError>
  readonly #cache: StateCache<CachedState<State>>
  readonly #snapshots: SnapshotWriter<State> | undefined
  readonly #copyState: Copy<State>

  constructor(options: {
    readonly store: Store
    readonly fold: Fold<State, Event>
    readonly stored: ReadonlyMap<string, Schema.Codec<Event, Schema.Json>>
    readonly cache: StateCache<CachedState<State>>
    readonly snapshots: SnapshotWriter<State> | undefined
    readonly copyState: Copy<State>
  }) {
    this.#store = options.store
    this.#fold = options.fold
    this.#decode = EventDecoder.make(options.stored)
    this.#cache = options.cache
    this.#snapshots = options.snapshots
    this.#copyState = options.copyState
  }

  /**
   * Returns the state before the first event. It is a copy, so that states that are folded from it
   * share nothing.
   */
  initial(): CachedState<State> {
    return { state: this.#copyState(this.#fold.initial), version: 0, eventId: "", position: 0, snapshotVersion: 0 }
  }

  /** Returns the cached state of a stream. It is outdated if another process has appended since. */
  cached(stream: string): CachedState<State> | undefined {
    return this.#cache.get(stream)
  }

  /** Caches the state after an append, and takes a snapshot of it if one is due. */
  keep(stream: string, state: CachedState<State>): void {
    this.#cache.set(stream, state)
    this.#snapshots?.consider(stream, state)
  }

  /** Drops the cached state of a stream. */
  forget(stream: string): void {
    this.#cache.delete(stream)
  }

  /**
   * Loads the state within the bounds, from the cached state or the snapshot if the stream
   * continues from it.
   */
  load(stream: string, bounds: Bounds = {}): Effect.Effect<CachedState<State>, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const startedAt = yield* Clock.currentTimeMillis
      const isWhole = Object.values(bounds).every((bound) => bound === undefined)
      let loaded = yield* this.#loadFromCache(stream, bounds, isWhole)
      loaded ??= yield* this.#loadFromSnapshot(stream, bounds, isWhole)
      loaded ??= yield* this.replay(stream, bounds)
      if (isWhole) {
        this.#cache.set(stream, loaded)
        this.#snapshots?.consider(stream, loaded, (yield* Clock.currentTimeMillis) - startedAt)
      }
      return loaded
    })
  }

  /** Folds all events within the bounds, without the cache and snapshots. */
  replay(stream: string, bounds: Bounds = {}): Effect.Effect<CachedState<State>, EventStoreError> {
    return Effect.suspend(() => {
      const start = this.initial()
      return Effect.map(this.#foldFrom(start, stream, bounds), (folded) => folded ?? start)
    })
  }

  /** Folds the events after a state; `onPage` gets each page of them. */
  resume(
    start: CachedState<State>,
    stream: string,
    bounds: Bounds,
    onPage: (page: DecodedPage<Event>) => void
  ): Effect.Effect<CachedState<State>, EventStoreError> {
    return Effect.flatMap(this.#foldFrom(start, stream, bounds, onPage), (folded) =>
      folded === undefined ? this.replay(stream, bounds) : Effect.succeed(folded)
    )
  }

  /**
   * Decodes the events after a version, and fails if a version is missing. Events about the stream
   * itself (that it was archived, for example) have versions, but the aggregate does not declare
   * them, so they are left out.
   */
  decodePage(page: ReadonlyArray<RecordedEvent>, after: number): Result.Result<DecodedPage<Event>, EventStoreError> {
    const events: Array<Event> = []
    const sources: Array<RecordedEvent> = []
    for (let i = 0; i < page.length; i++) {
      const recorded = page[i]!
      if (!isLifecycle(recorded.type)) {
        const decoded = this.#decode(recorded)
        if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
        events.push(decoded.success)
        sources.push(recorded)
      }
      const expected = after + i + 1
      if (recorded.version !== expected) {
        const { stream, type, version } = recorded
        const problem = `the stream is damaged: version ${expected} is missing before it`
        return Result.fail(EventStoreError.decodeFailure({ stream, version, type, path: "", problem }))
      }
    }
    return Result.succeed({ events, sources })
  }

  #loadFromCache(
    stream: string,
    bounds: Bounds,
    isWhole: boolean
  ): Effect.Effect<CachedState<State> | undefined, EventStoreError> {
    const cached = this.#cache.get(stream)
    if (cached === undefined) return Effect.undefined
    return Effect.gen({ self: this }, function* () {
      const loaded = yield* this.#continueFrom(cached, stream, bounds)
      if (loaded === undefined) {
        if (isWhole) this.#cache.delete(stream)
        return undefined
      }
      // The event that records a truncation can lie outside the bounds, so the store is asked.
      return isWhole || (yield* this.#store.streamInfo(stream)).firstVersion === 1 ? loaded : undefined
    })
  }

  #loadFromSnapshot(
    stream: string,
    bounds: Bounds,
    isWhole: boolean
  ): Effect.Effect<CachedState<State> | undefined, EventStoreError> {
    const snapshots = this.#snapshots
    if (snapshots === undefined) return Effect.undefined
    return Effect.gen({ self: this }, function* () {
      const snapshot = yield* snapshots.latest(stream)
      if (snapshot === undefined) return undefined
      const loaded = yield* this.#continueFrom(snapshot, stream, bounds)
      if (loaded === undefined && isWhole) {
        yield* snapshots.ignore(stream, "the log has no such event at its version")
      }
      return loaded
    })
  }

  #continueFrom(start: CachedState<State>, stream: string, bounds: Bounds) {
    return start.version > (bounds.to ?? Infinity) ? Effect.undefined : this.#foldFrom(start, stream, bounds)
  }

  /**
   * Folds the events after `start`; undefined if the log no longer has the event that `start` ends
   * with.
   */
  #foldFrom(
    start: CachedState<State>,
    stream: string,
    bounds: Bounds,
    onPage?: (page: DecodedPage<Event>) => void
  ): Effect.Effect<CachedState<State> | undefined, EventStoreError> {
    return Effect.suspend(() => {
      const fold = new StreamFold(this, this.#fold, start, onPage)
      const { while: isWithin, ...within } = bounds
      // The last event of `start` is read again, to check that it is still the same.
      const read = this.#store.read(stream, start.version === 0 ? within : { ...within, from: start.version })
      const events =
        isWithin === undefined
          ? read
          : Stream.takeWhile(read, (recorded) => recorded.version <= start.version || isWithin(recorded))
      return events.pipe(
        Stream.runForEachArray((page) => Effect.suspend(() => fold.add(page))),
        Effect.map(() => fold.result),
        Effect.catchTag("Outdated", () => Effect.succeed(undefined))
      )
    })
  }
}

/** Folds the pages of a stream, one after another, onto a state. */
class StreamFold<State, Event extends { readonly _tag: string }> {
  readonly #loader: StateLoader<State, Event>
  readonly #fold: Fold<State, Event>
  readonly #start: CachedState<State>
  readonly #onPage: ((page: DecodedPage<Event>) => void) | undefined
  #current: CachedState<State>
  /** `true` once the log has shown the last event of the start. */
  #isConfirmed: boolean

  constructor(
    loader: StateLoader<State, Event>,
    fold: Fold<State, Event>,
    start: CachedState<State>,
    onPage: ((page: DecodedPage<Event>) => void) | undefined
  ) {
    this.#loader = loader
    this.#fold = fold
    this.#start = start
    this.#onPage = onPage
    this.#current = start
    this.#isConfirmed = start.version === 0
  }

  /**
   * State after all pages; undefined if the log has no events from the last one of the start on.
   */
  get result(): CachedState<State> | undefined {
    return this.#isConfirmed ? this.#current : undefined
  }

  add(page: readonly [RecordedEvent, ...Array<RecordedEvent>]): Effect.Effect<void, EventStoreError | Outdated> {
    let rest: ReadonlyArray<RecordedEvent> = page
    if (!this.#isConfirmed) {
      const [first] = page
      if (first.version !== this.#start.version || first.id !== this.#start.eventId) return Effect.fail(new Outdated())
      this.#isConfirmed = true
      this.#current = { ...this.#current, position: first.position }
      rest = page.slice(1)
    }
    const last = rest.at(-1)
    if (last === undefined) return Effect.void
    // The start was folded before the truncation, so it holds content that no other process can
    // read any more.
    if (this.#start.version > 0 && rest.some(({ type }) => type === lifecycle.truncated))
      return Effect.fail(new Outdated())
    const decoded = this.#loader.decodePage(rest, this.#current.version)
    if (Result.isFailure(decoded)) return Effect.fail(decoded.failure)
    this.#onPage?.(decoded.success)
    const state = this.#fold.run(this.#current.state, decoded.success.events)
    const { id: eventId, position, version } = last
    this.#current = { state, version, eventId, position, snapshotVersion: this.#current.snapshotVersion }
    return Effect.void
  }
}
