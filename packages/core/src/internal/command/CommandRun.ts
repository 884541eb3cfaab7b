/**
 * Runs commands until they are written, refused, or have failed: all of them are appended, or none.
 */
import { Effect, Random, Result } from "effect"
import type { NewEvent } from "../../Event.ts"
import type { Append, Appended, Service as Store } from "../../EventStore.ts"
import { EventStoreError, hasReason } from "../../EventStoreError.ts"
import type { CachedState } from "./CachedState.ts"
import type { CommandCall, Decision } from "./CommandCall.ts"
import type { Executed } from "./CommandExecution.ts"

type Tagged = { readonly _tag: string }

/** State of a run that a caller needs when its timeout ends the run. */
export interface Progress {
  /** `true` while an append is in flight, so that its outcome is unknown. */
  isAppending: boolean
}

interface PendingAppend extends Append {
  readonly events: Array<NewEvent>
}

/** Decisions of all commands, each on the state that the commands before it lead to. */
interface Attempt<State, Event> {
  /** States after the decisions, by stream. */
  readonly states: Map<string, CachedState<State>>
  /**
   * One append for each stream. An append without events checks that the stream is still at its
   * version.
   */
  readonly appends: Map<string, PendingAppend>
  readonly executed: Array<Executed<State, Event>>
}

/**
 * Maximum number of conflicts of a run. Commands of one process to one stream run one at a time, so
 * each conflict is with a writer in another process.
 */
const maxConflicts = 30

/** Maximum wait before an attempt, in milliseconds. */
const maxBackoffMs = 50

/** Maximum number of streams that a run loads at once. */
const maxConcurrentLoads = 8

const isConflict = hasReason("VersionConflict")
const isUnknown = hasReason("OutcomeUnknown")
const isReused = hasReason("EventIdReused")

/** Ends a run on a store that contradicts itself: further attempts would have the same result. */
const contradiction = () =>
  EventStoreError.outcomeUnknown({
    problem: "the store reports that the command's events were appended before, and does not find them",
    fix: "load the state to see what was written"
  })

export class CommandRun<State, Event extends Tagged, Failure> {
  readonly #store: Store
  readonly #calls: ReadonlyArray<CommandCall<State, Event, Failure>>
  readonly #progress: Progress
  /** One call of each stream, for what all calls of a stream share. */
  readonly #callOfStream: ReadonlyMap<string, CommandCall<State, Event, Failure>>
  /** States to decide on, by stream. */
  readonly #states = new Map<string, CachedState<State>>()
  /**
   * Streams whose state was loaded for this attempt. All other states are cached ones, which can be
   * outdated.
   */
  readonly #loaded = new Set<string>()
  /** `true` if the events may be in the log already. */
  #canBeRepeated: boolean
  /** Set when an append of this run ended with an unknown outcome. */
  #outcomeUnknown: EventStoreError | undefined
  #conflicts = 0

  constructor(
    store: Store,
    calls: ReadonlyArray<CommandCall<State, Event, Failure>>,
    isNamed: boolean,
    progress: Progress
  ) {
    this.#store = store
    this.#calls = calls
    this.#progress = progress
    this.#callOfStream = new Map(calls.map((call) => [call.stream, call]))
    this.#canBeRepeated = isNamed
  }

  run(): Effect.Effect<ReadonlyArray<Executed<State, Event>>, Failure | EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      this.#useCachedStates()
      for (;;) {
        const earlier = yield* this.#loadMissing()
        if (earlier !== undefined) return earlier
        const attempt = yield* Effect.fromResult(this.#decideAll())
        if (attempt !== undefined) {
          if ([...attempt.appends.values()].every(({ events }) => events.length === 0)) return attempt.executed
          const executed = yield* this.#settle(attempt, yield* this.#append(attempt))
          if (executed !== undefined) return executed
        }
        this.#forgetStates()
      }
    })
  }

  #useCachedStates(): void {
    for (const { states, stream } of this.#callOfStream.values()) {
      const cached = states.cached(stream)
      if (cached !== undefined) this.#states.set(stream, cached)
    }
  }

  #forgetStates(): void {
    for (const { states, stream } of this.#callOfStream.values()) states.forget(stream)
    this.#states.clear()
    this.#loaded.clear()
  }

  /**
   * Loads the states that are missing, or the results of the commands if they were executed before.
   */
  #loadMissing(): Effect.Effect<ReadonlyArray<Executed<State, Event>> | undefined, EventStoreError> {
    const missing = [...this.#callOfStream.values()].filter(({ stream }) => !this.#states.has(stream))
    if (missing.length === 0) return Effect.succeed(undefined)
    const load = ({ states, stream }: CommandCall<State, Event, Failure>) =>
      Effect.map(states.load(stream), (loaded) => {
        this.#states.set(stream, loaded)
        this.#loaded.add(stream)
        return undefined
      })
    const [first] = missing
    const loadAll =
      missing.length === 1
        ? load(first!)
        : Effect.as(Effect.forEach(missing, load, { concurrency: maxConcurrentLoads, discard: true }), undefined)
    const loaded = this.#canBeRepeated
      ? Effect.flatMap(this.#earlierResults(), (earlier) => (earlier === undefined ? loadAll : Effect.succeed(earlier)))
      : loadAll
    return Effect.mapError(loaded, (error) => this.#reported(error))
  }

  /** Loads the results of the commands if they were executed together before. */
  #earlierResults(): Effect.Effect<ReadonlyArray<Executed<State, Event>> | undefined, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      // If the outcome was unknown, the append was that of this run, which is no repetition.
      const repeated = this.#outcomeUnknown === undefined
      const results = yield* Effect.forEach(this.#calls, (call) => call.earlierResult())
      const position = Math.max(...results.map((result) => result?.position ?? 0))
      if (position === 0) return undefined
      return yield* Effect.forEach(this.#calls, (call, i) => {
        const result = results[i]
        if (result !== undefined) return Effect.succeed({ ...result, position, repeated })
        // The command had no events, so it has no record of its own. The position of the other
        // commands is also its own.
        return Effect.map(call.stateAt(position), ({ state, version }) => ({
          state,
          version,
          position,
          events: [],
          repeated
        }))
      })
    })
  }

  /**
   * Decides all commands; undefined if a state can be outdated, and the decision depends on whether
   * it is.
   */
  #decideAll(): Result.Result<Attempt<State, Event> | undefined, Failure | EventStoreError> {
    // A cached state can be outdated, or already be the result of this very command.
    const canBeOutdated = this.#loaded.size < this.#callOfStream.size
    const attempt: Attempt<State, Event> = { states: new Map(this.#states), appends: new Map(), executed: [] }
    let hasNoEvents = false
    for (const call of this.#calls) {
      let decided: Result.Result<Decision<State, Event, Failure>, EventStoreError>
      try {
        decided = call.decide(attempt.states.get(call.stream)!)
      } catch (defect) {
        if (canBeOutdated) return Result.succeed(undefined)
        throw defect
      }
      if (Result.isFailure(decided)) return Result.fail(decided.failure)
      const decision = decided.success
      if (decision._tag === "Refused") {
        return canBeOutdated ? Result.succeed(undefined) : Result.fail(decision.error)
      }
      hasNoEvents ||= decision.events.length === 0
      this.#accept(attempt, call.stream, decision)
    }
    return Result.succeed(hasNoEvents && canBeOutdated ? undefined : attempt)
  }

  #accept(
    { appends, executed, states }: Attempt<State, Event>,
    stream: string,
    { events, next, stored }: Extract<Decision<State, Event, Failure>, { readonly _tag: "Accepted" }>
  ): void {
    const { position, state, version } = next
    states.set(stream, next)
    executed.push({ state, version, position, events, repeated: false })
    const append = appends.get(stream)
    if (append !== undefined) append.events.push(...stored)
    else appends.set(stream, { stream, expected: this.#states.get(stream)!.version, events: [...stored] })
  }

  #append({ appends }: Attempt<State, Event>) {
    const all = [...appends.values()]
    const [first] = all
    this.#progress.isAppending = true
    const appended: Effect.Effect<ReadonlyArray<Appended>, EventStoreError> = all.length === 1
      ? Effect.map(this.#store.append(first!.stream, first!.expected, first!.events), (one) => [one])
      : this.#store.appendAll(all)
    return Effect.map(Effect.result(appended), (outcome) => {
      this.#progress.isAppending = false
      return outcome
    })
  }

  /**
   * Returns the results of the commands if they were appended now; undefined if another attempt
   * follows.
   */
  #settle(
    attempt: Attempt<State, Event>,
    appended: Result.Result<ReadonlyArray<Appended>, EventStoreError>
  ): Effect.Effect<ReadonlyArray<Executed<State, Event>> | undefined, EventStoreError> {
    if (Result.isFailure(appended)) return this.#settleFailure(appended.failure)
    if (!appended.success.some(({ repeated }) => repeated)) {
      return Effect.succeed(this.#complete(attempt, appended.success))
    }
    this.#canBeRepeated = true
    return ++this.#conflicts > maxConflicts ? Effect.fail(this.#reported(contradiction())) : Effect.succeed(undefined)
  }

  #complete(
    { appends, executed, states }: Attempt<State, Event>,
    appended: ReadonlyArray<Appended>
  ): ReadonlyArray<Executed<State, Event>> {
    const positions = new Map([...appends.keys()].map((stream, i) => [stream, appended[i]!.position]))
    for (const [stream, call] of this.#callOfStream) {
      call.states.keep(stream, { ...states.get(stream)!, position: positions.get(stream)! })
    }
    // Readers see all events of a transaction at once.
    const position = Math.max(...positions.values())
    return executed.map((result) => ({ ...result, position }))
  }

  #settleFailure(error: EventStoreError): Effect.Effect<undefined, EventStoreError> {
    if (isUnknown(error)) {
      // The next attempt appends the same ids, which settles the outcome unless the store stays
      // unavailable.
      this.#outcomeUnknown = error
      this.#canBeRepeated = true
    } else if (isReused(error)) {
      // Only these commands have these ids: they were executed before, or concurrently, and decided
      // differently.
      this.#canBeRepeated = true
    } else if (!isConflict(error)) return Effect.fail(this.#reported(error))
    if (++this.#conflicts > maxConflicts) return Effect.fail(this.#reported(error))
    // After the first conflict the other writer is probably done. Writers that conflict repeatedly
    // wait for random times.
    if (this.#conflicts === 1) return Effect.succeed(undefined)
    const limitMs = Math.min(2 ** this.#conflicts, maxBackoffMs)
    return Effect.flatMap(Random.nextBetween(0, limitMs), (wait) => Effect.as(Effect.sleep(wait), undefined))
  }

  /**
   * Returns the error for the caller: while the outcome of an append is unknown, the caller must
   * get that error.
   */
  #reported(error: EventStoreError): EventStoreError {
    return this.#outcomeUnknown ?? error
  }
}
