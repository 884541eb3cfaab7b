/**
 * Writes that belong to the store and not to their callers, beside the appends that are grouped: those to several streams, and
 * truncating.
 *
 * They run as the store's own fibers. So what was sent goes on without its caller, and nothing of the caller's gets into it: a
 * transaction that it is in on a client of its own could else roll back what was acknowledged.
 */
import { Cause, Deferred, Effect, Exit, Fiber, FiberSet, type Scope, Semaphore } from "effect"
import { EventStoreError } from "eventfold"
import { closed } from "./LogWatch.ts"
import { pause } from "./SystemTimer.ts"

export interface Options {
  /** How many may be under way at once: each takes a connection, for as long as it waits for a stream that another one holds. */
  readonly atOnce: number
  /** How many may wait. */
  readonly capacity: number
}

/** Runs a write: one that waits ends with its caller, one that was begun goes on. */
export type StoreWork = <A>(
  write: Effect.Effect<A, EventStoreError.EventStoreError>
) => Effect.Effect<A, EventStoreError.EventStoreError>

/** How long closing waits for what is under way, in milliseconds. */
const patience = 10_000

const unknown = new EventStoreError.EventStoreError({
  reason: new EventStoreError.OutcomeUnknown({ problem: "the store was closed while it was under way" })
})

interface Item {
  isBegun: boolean
  fiber?: Fiber.Fiber<unknown, EventStoreError.EventStoreError>
}

/** Ends what was not begun. */
const leave = ({ fiber, isBegun }: Item): Effect.Effect<void> =>
  isBegun || fiber === undefined ? Effect.void : Fiber.interrupt(fiber)

export const make = ({ atOnce, capacity }: Options): Effect.Effect<StoreWork, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fork = yield* FiberSet.makeRuntime<never, unknown, EventStoreError.EventStoreError>()
    const turns = yield* Semaphore.make(atOnce)
    const waiting = new Set<Item>()
    let underWay = 0
    let isClosed = false
    let idle: Deferred.Deferred<void> | undefined

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        const ended = Effect.forEach(waiting, leave, { discard: true })
        if (underWay === 0) return ended
        idle = Deferred.makeUnsafe()
        return Effect.andThen(ended, Effect.raceFirst(Deferred.await(idle), pause(patience)))
      })
    )

    return (write) =>
      Effect.suspend(() => {
        if (isClosed) return Effect.fail(closed)
        if (waiting.size >= capacity) {
          const reason = new EventStoreError.Overloaded({ waiting: waiting.size })
          return Effect.fail(new EventStoreError.EventStoreError({ reason }))
        }
        type Outcome = Effect.Success<typeof write>
        const outcome = Deferred.makeUnsafe<Outcome, EventStoreError.EventStoreError>()
        const item: Item = { isBegun: false }
        const turn = Effect.suspend(() => {
          item.isBegun = true
          waiting.delete(item)
          underWay++
          return write
        })
        waiting.add(item)
        // It may run as far as it gets before it is returned here.
        item.fiber = fork(
          Effect.onExit(turns.withPermit(turn), (exit) =>
            Effect.sync(() => {
              waiting.delete(item)
              if (item.isBegun && --underWay === 0 && idle !== undefined) Deferred.doneUnsafe(idle, Effect.void)
              const isInterrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
              Deferred.doneUnsafe(outcome, isInterrupted ? Effect.fail(item.isBegun ? unknown : closed) : exit)
            })
          )
        )
        return Effect.onInterrupt(Deferred.await(outcome), () => leave(item))
      })
  })
