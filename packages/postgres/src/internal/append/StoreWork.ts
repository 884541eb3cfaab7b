/**
 * Runs writes that are not grouped by the queue: appends to several streams, truncations, and
 * appends whose stream another transaction holds.
 *
 * They run in fibers of the store. So a write that was sent continues if its caller is interrupted,
 * and takes nothing from the caller's context: a transaction of the caller on the same client could
 * otherwise roll back an acknowledged write.
 */
import { Cause, Deferred, Effect, Exit, Fiber, FiberSet, type Scope, Semaphore } from "effect"
import { EventStoreError } from "eventfold"
import { firstAttempt, type HeldStreams, type Turn, type Write } from "./HeldStreams.ts"
import { storeClosed } from "../sql/SqlFailure.ts"
import { pause } from "../sql/SystemTimer.ts"

/** Options of {@link make}. */
export interface Options {
  /** Maximum number of writes that run at the same time: each takes a connection. */
  readonly concurrency: number
  /**
   * Maximum number of writes that wait for a turn, and of those that wait for held streams; they
   * are counted separately.
   */
  readonly capacity: number
  readonly held: HeldStreams
}

/** Runs writes of the store. */
export interface StoreWork {
  /**
   * Runs a write to some streams. If its caller is interrupted, a write that waits ends, also
   * between two attempts at a held stream; a running attempt continues, and is the last one.
   */
  readonly run: <A>(
    streams: ReadonlyArray<string>,
    write: Write<A>
  ) => Effect.Effect<A, EventStoreError.EventStoreError>
  /** Runs a write that was sent before, and found one of its streams held. */
  readonly runHeld: StoreWork["run"]
}

/** The time that closing waits for running writes. */
const closeTimeoutMs = 10_000

const outcomeUnknown = EventStoreError.EventStoreError.outcomeUnknown({
  problem: "the store was closed during the write"
})

/** A write that waits or runs. */
interface Item {
  /** `true` if it has a turn: it may be written, and continues if its caller is interrupted. */
  isRunning: boolean
  /** `true` if it waits for a held stream. */
  isHeld: boolean
  /** `true` if its caller was interrupted. */
  isAbandoned: boolean
  fiber?: Fiber.Fiber<unknown, EventStoreError.EventStoreError>
}

const end = ({ fiber }: Item): Effect.Effect<void> => (fiber === undefined ? Effect.void : Fiber.interrupt(fiber))

export const make = ({ concurrency, capacity, held }: Options): Effect.Effect<StoreWork, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fork = yield* FiberSet.makeRuntime<never, unknown, EventStoreError.EventStoreError>()
    const turns = yield* Semaphore.make(concurrency)
    // Writes that wait for held streams leave turns to other writes.
    const heldTurns = yield* Semaphore.make(Math.max(1, concurrency >> 1))
    /**
     * The writes without a turn: those that wait for one, and those that wait for a held stream.
     */
    const waiting = new Set<Item>()
    const waitingHeld = new Set<Item>()
    const queueOf = ({ isHeld }: Pick<Item, "isHeld">) => (isHeld ? waitingHeld : waiting)
    let running = 0
    let isClosed = false
    let idle: Deferred.Deferred<void> | undefined

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        // Also the writes that wait for a held stream: they were not written.
        const ended = Effect.forEach([...waiting, ...waitingHeld], end, { discard: true })
        if (running === 0) return ended
        idle = Deferred.makeUnsafe()
        return Effect.andThen(ended, Effect.raceFirst(Deferred.await(idle), pause(closeTimeoutMs)))
      })
    )

    const beginTurn = (item: Item) => {
      queueOf(item).delete(item)
      item.isRunning = true
      running++
    }
    const endTurn = (item: Item) => {
      if (!item.isRunning) return
      item.isRunning = false
      if (--running === 0 && idle !== undefined) Deferred.doneUnsafe(idle, Effect.void)
    }
    /** Runs an attempt of a write within a turn. */
    const within =
      (item: Item, turn: Turn): Turn =>
      (attempt) =>
        turn(
          Effect.suspend(() => {
            beginTurn(item)
            return Effect.catchTag(attempt, "StreamHeld", (held) => {
              endTurn(item)
              item.isHeld = true
              queueOf(item).add(item)
              return Effect.fail(isClosed || item.isAbandoned ? storeClosed : held)
            })
          })
        )
    const anyTurn: Turn = (attempt) => turns.withPermit(attempt)
    const heldTurn: Turn = (attempt) => heldTurns.withPermit(turns.withPermit(attempt))

    const runAs =
      (isHeld: boolean): StoreWork["run"] =>
      (streams, write) =>
        Effect.suspend(() => {
          if (isClosed) return Effect.fail(storeClosed)
          const item: Item = { isRunning: false, isHeld: isHeld || held.includes(streams), isAbandoned: false }
          const ahead = queueOf(item).size
          if (ahead >= capacity) {
            return Effect.fail(EventStoreError.EventStoreError.overloaded({ waiting: ahead }))
          }
          const waitFor = Effect.suspend(() => held.wait(streams, write, within(item, heldTurn)))
          const first = Effect.suspend(() => within(item, anyTurn)(write(firstAttempt)))
          const all = item.isHeld ? waitFor : Effect.catchTag(first, "StreamHeld", () => waitFor)
          const outcome = Deferred.makeUnsafe<Effect.Success<typeof all>, EventStoreError.EventStoreError>()
          queueOf(item).add(item)
          // The fiber may run to its end before `fork` returns.
          item.fiber = fork(
            Effect.onExit(all, (exit) =>
              Effect.sync(() => {
                queueOf(item).delete(item)
                const isInterrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
                Deferred.doneUnsafe(
                  outcome,
                  isInterrupted ? Effect.fail(item.isRunning ? outcomeUnknown : storeClosed) : exit
                )
                endTurn(item)
              })
            )
          )
          return Effect.onInterrupt(Deferred.await(outcome), () => {
            item.isAbandoned = true
            return item.isRunning ? Effect.void : end(item)
          })
        })
    return { run: runAs(false), runHeld: runAs(true) }
  })
