/** Carries out commands: decided on the states of their streams, and appended, all of them or none. */
import { Effect, Random, Result } from "effect"
import type { Facts } from "../../Decider.ts"
import type { NewEvent } from "../../Event.ts"
import type { Append, Service as Store } from "../../EventStore.ts"
import { EventStoreError, hasReason, OutcomeUnknown } from "../../EventStoreError.ts"
import type { Executed } from "./CommandExecution.ts"
import type { Kept } from "./CachedState.ts"

/** What a decision comes to. */
export type Decision<State, Event, Failure> =
  | { readonly refused: Failure }
  | {
      readonly events: ReadonlyArray<Event>
      /** The state after them. */
      readonly next: Kept<State>
      readonly stored: ReadonlyArray<NewEvent>
    }

/** One command on its way, with its facts and ids, which are the same however often it is decided. */
export interface Run<State, Event, Failure> {
  readonly stream: string
  readonly facts: Facts
  /** The state that the process has kept, which may be behind. */
  cached(): Kept<State> | undefined
  load(): Effect.Effect<Kept<State>, EventStoreError>
  keep(state: Kept<State>): void
  forget(): void
  /** What a caller gets of the result. */
  handOut(executed: Executed<State, Event>): Executed<State, Event>
  decide(on: Kept<State>): Result.Result<Decision<State, Event, Failure>, EventStoreError>
  /** What it led to when it was run before. */
  first(): Effect.Effect<Executed<State, Event> | undefined, EventStoreError>
  /** The state with all events up to a position. */
  stateAt(position: number): Effect.Effect<Kept<State>, EventStoreError>
}

/** What a caller that loses patience has to know. */
export interface Progress {
  /** Whether an append is under way, so that its outcome is not known. */
  sent: boolean
}

/**
 * Conflicts in a row after which it gives up; each is a turn lost against a writer in another process, since those of one
 * process take turns.
 */
const maxConflicts = 30

const isConflict = hasReason("VersionConflict")
const isUnknown = hasReason("OutcomeUnknown")
const isReused = hasReason("EventIdReused")

/** A store that contradicts itself would have it tried for ever. */
const lost = new EventStoreError({
  reason: new OutcomeUnknown({
    problem: "the store says that the command's events were appended before, and does not find them",
    mend: "load the state to see what was written"
  })
})

/** The results of commands that were run together before; undefined where they were not. */
const firstResults = Effect.fnUntraced(function* <State, Event, Failure>(
  runs: ReadonlyArray<Run<State, Event, Failure>>,
  repeated: boolean
) {
  const found = yield* Effect.forEach(runs, (run) => run.first())
  const position = Math.max(...found.map((first) => first?.position ?? 0))
  if (position === 0) return undefined
  return yield* Effect.forEach(runs, (run, i) => {
    const first = found[i]
    if (first !== undefined) return Effect.succeed({ ...first, position, repeated })
    // It led to no events, so it has no record of its own: the others say when it was.
    return Effect.map(run.stateAt(position), ({ state, version }) => ({
      state,
      version,
      position,
      events: [],
      repeated
    }))
  })
})

/**
 * Runs commands until they are written, refused, or have failed. Two of one stream are decided one on the other.
 *
 * `isNamed` says that the commands' ids were given, so that they may have been run before.
 */
export const run = Effect.fnUntraced(function* <State, Event, Failure>(
  store: Store,
  runs: ReadonlyArray<Run<State, Event, Failure>>,
  isNamed: boolean,
  progress: Progress
): Effect.fn.Return<ReadonlyArray<Executed<State, Event>>, Failure | EventStoreError> {
  // A given command id may have been here before; so may one of ours, once an append's outcome was unknown.
  let mayRepeat = isNamed
  let outcomeUnknown: EventStoreError | undefined
  // Where the outcome of an append is not known, and stays so, that is what the caller must hear.
  const told = (error: EventStoreError) => outcomeUnknown ?? error
  const byStream = new Map(runs.map((one) => [one.stream, one]))
  const states = new Map<string, Kept<State>>()
  const fresh = new Set<string>()
  const forget = () => {
    for (const one of byStream.values()) one.forget()
    states.clear()
    fresh.clear()
  }
  for (const one of byStream.values()) {
    const cached = one.cached()
    if (cached !== undefined) states.set(one.stream, cached)
  }

  for (let conflicts = 0; ;) {
    const unknown = [...byStream.values()].filter(({ stream }) => !states.has(stream))
    if (unknown.length > 0) {
      if (mayRepeat) {
        // What this call lost sight of was its own append.
        const before = yield* Effect.mapError(firstResults(runs, outcomeUnknown === undefined), told)
        if (before !== undefined) return before
      }
      yield* Effect.forEach(
        unknown,
        (one) =>
          Effect.map(one.load(), (loaded) => {
            states.set(one.stream, loaded)
            fresh.add(one.stream)
          }),
        { concurrency: 8, discard: true }
      ).pipe(Effect.mapError(told))
    }

    const next = new Map(states)
    const appends = new Map<string, Append & { readonly events: Array<NewEvent> }>()
    const executed: Array<Executed<State, Event>> = []
    let refused: { readonly by: Failure } | undefined
    let isIdle = false
    // Decided on a cached state, which may be behind (or be this very command's result): then the log is asked.
    const mayBeBehind = fresh.size < byStream.size
    for (const one of runs) {
      const on = next.get(one.stream)!
      let decided: ReturnType<typeof one.decide>
      try {
        decided = one.decide(on)
      } catch (defect) {
        if (!mayBeBehind) throw defect
        isIdle = true
        break
      }
      if (Result.isFailure(decided)) return yield* Effect.fail(decided.failure)
      const decision = decided.success
      if ("refused" in decision) {
        refused = { by: decision.refused }
        break
      }
      const { events, next: after, stored } = decision
      isIdle ||= events.length === 0
      next.set(one.stream, after)
      const { position, state, version } = after
      executed.push({ state, version, position, events, repeated: false })
      const append = appends.get(one.stream)
      // One without events is a look: that the stream is still where it was decided on.
      if (append === undefined) {
        appends.set(one.stream, { stream: one.stream, expected: states.get(one.stream)!.version, events: [...stored] })
      } else append.events.push(...stored)
    }
    if ((refused !== undefined || isIdle) && mayBeBehind) {
      forget()
      continue
    }
    if (refused !== undefined) return yield* Effect.fail(refused.by)
    const [only] = appends.values()
    if ([...appends.values()].every(({ events }) => events.length === 0)) return executed

    progress.sent = true
    const appended = yield* Effect.result(
      appends.size === 1
        ? Effect.map(store.append(only!.stream, only!.expected, only!.events), (one) => [one])
        : store.appendAll([...appends.values()])
    )
    progress.sent = false
    if (Result.isSuccess(appended)) {
      if (!appended.success.some(({ repeated }) => repeated)) {
        const positions = new Map([...appends.keys()].map((stream, i) => [stream, appended.success[i]!.position]))
        for (const [stream, one] of byStream) one.keep({ ...next.get(stream)!, position: positions.get(stream)! })
        // What was written together is visible together.
        const position = Math.max(...positions.values())
        return executed.map((one) => ({ ...one, position }))
      }
      mayRepeat = true
      if (++conflicts > maxConflicts) return yield* Effect.fail(told(lost))
    } else {
      const error = appended.failure
      if (isUnknown(error)) {
        // The same ids again settle it, unless the store stays away.
        outcomeUnknown = error
        mayRepeat = true
      } else if (isReused(error)) {
        // The ids are these commands' alone: they were run before, or by another just now, and decided otherwise.
        mayRepeat = true
      } else if (!isConflict(error)) return yield* Effect.fail(told(error))
      if (++conflicts > maxConflicts) return yield* Effect.fail(told(error))
      // The first time the other writer is likely through; after that, writers that meet again and again step apart.
      if (conflicts > 1) yield* Effect.sleep(yield* Random.nextBetween(0, Math.min(2 ** conflicts, 50)))
    }
    forget()
  }
})
