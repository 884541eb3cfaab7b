/**
 * Writes that belong to the store and not to their callers, beside the appends that are grouped: those to several streams,
 * truncating, and appends whose stream another transaction holds.
 *
 * They run as the store's own fibers. So what was sent goes on without its caller, and nothing of the caller's gets into it: a
 * transaction that it is in on a client of its own could else roll back what was acknowledged.
 */
import { Cause, Deferred, Effect, Exit, Fiber, FiberSet, type Scope, Semaphore } from "effect"
import { EventStoreError } from "eventfold"
import { firstAttempt, type HeldStreams, type Turn, type Write } from "./HeldStreams.ts"
import { closed } from "../read/LogWatch.ts"
import { pause } from "../sql/SystemTimer.ts"

export interface Options {
  /** How many may be under way at once: each takes a connection. */
  readonly atOnce: number
  /** How many may wait for a turn, and how many for streams that other transactions hold: counted apart. */
  readonly capacity: number
  readonly held: HeldStreams
}

export interface StoreWork {
  /**
   * Runs a write to some streams. If its caller is interrupted, one that waits ends, also between two attempts at a held stream; an
   * attempt that is under way goes on, and is the last one.
   */
  readonly run: <A>(
    streams: ReadonlyArray<string>,
    write: Write<A>
  ) => Effect.Effect<A, EventStoreError.EventStoreError>
  /** The same for a write that was sent before, and found one of its streams held. */
  readonly runHeld: StoreWork["run"]
}

/** How long closing waits for what is under way, in milliseconds. */
const patience = 10_000

const unknown = EventStoreError.EventStoreError.outcomeUnknown({
  problem: "the store was closed while it was under way"
})

interface Item {
  /** Whether it has a turn now: what is sent may be written, and goes on without its caller. */
  isUnderWay: boolean
  /** Whether it waits for a held stream. */
  isHeld: boolean
  /** Whether its caller was interrupted. */
  isLeft: boolean
  fiber?: Fiber.Fiber<unknown, EventStoreError.EventStoreError>
}

const end = ({ fiber }: Item): Effect.Effect<void> => (fiber === undefined ? Effect.void : Fiber.interrupt(fiber))

export const make = ({ atOnce, capacity, held }: Options): Effect.Effect<StoreWork, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fork = yield* FiberSet.makeRuntime<never, unknown, EventStoreError.EventStoreError>()
    const turns = yield* Semaphore.make(atOnce)
    // Those that wait for held streams leave turns to the others.
    const heldTurns = yield* Semaphore.make(Math.max(1, atOnce >> 1))
    /** All that have no turn now: those that wait for one, and those that wait for a held stream. */
    const waiting = new Set<Item>()
    const waitingHeld = new Set<Item>()
    const waitingLike = ({ isHeld }: Pick<Item, "isHeld">) => (isHeld ? waitingHeld : waiting)
    let underWay = 0
    let isClosed = false
    let idle: Deferred.Deferred<void> | undefined

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        // Also those that wait for a held stream: nothing of them is written.
        const ended = Effect.forEach([...waiting, ...waitingHeld], end, { discard: true })
        if (underWay === 0) return ended
        idle = Deferred.makeUnsafe()
        return Effect.andThen(ended, Effect.raceFirst(Deferred.await(idle), pause(patience)))
      })
    )

    const beginTurn = (item: Item) => {
      waitingLike(item).delete(item)
      item.isUnderWay = true
      underWay++
    }
    const endTurn = (item: Item) => {
      if (!item.isUnderWay) return
      item.isUnderWay = false
      if (--underWay === 0 && idle !== undefined) Deferred.doneUnsafe(idle, Effect.void)
    }
    /** Runs an attempt within a turn. */
    const within =
      (item: Item, turn: Turn): Turn =>
      (attempt) =>
        turn(
          Effect.suspend(() => {
            beginTurn(item)
            return Effect.catchTag(attempt, "StreamHeld", (held) => {
              endTurn(item)
              item.isHeld = true
              waitingLike(item).add(item)
              return Effect.fail(isClosed || item.isLeft ? closed : held)
            })
          })
        )
    const free: Turn = (attempt) => turns.withPermit(attempt)
    const spared: Turn = (attempt) => heldTurns.withPermit(turns.withPermit(attempt))

    const runAs =
      (isHeld: boolean): StoreWork["run"] =>
      (streams, write) =>
        Effect.suspend(() => {
          if (isClosed) return Effect.fail(closed)
          const item: Item = { isUnderWay: false, isHeld: isHeld || held.includes(streams), isLeft: false }
          const ahead = waitingLike(item).size
          if (ahead >= capacity) {
            return Effect.fail(EventStoreError.EventStoreError.overloaded({ waiting: ahead }))
          }
          const waitFor = Effect.suspend(() => held.wait(streams, write, within(item, spared)))
          const first = Effect.suspend(() => within(item, free)(write(firstAttempt)))
          const all = item.isHeld ? waitFor : Effect.catchTag(first, "StreamHeld", () => waitFor)
          const outcome = Deferred.makeUnsafe<Effect.Success<typeof all>, EventStoreError.EventStoreError>()
          waitingLike(item).add(item)
          // It may run as far as it gets before it is returned here.
          item.fiber = fork(
            Effect.onExit(all, (exit) =>
              Effect.sync(() => {
                waitingLike(item).delete(item)
                const isInterrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
                Deferred.doneUnsafe(outcome, isInterrupted ? Effect.fail(item.isUnderWay ? unknown : closed) : exit)
                endTurn(item)
              })
            )
          )
          return Effect.onInterrupt(Deferred.await(outcome), () => {
            item.isLeft = true
            return item.isUnderWay ? Effect.void : end(item)
          })
        })
    return { run: runAs(false), runHeld: runAs(true) }
  })
