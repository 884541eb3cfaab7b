/** What happens to the events of a reaction while its lease is held: each is tried until it is delivered, put aside, or stops it. */
import { Effect, Latch, Schedule, Semaphore, Stream } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import * as Checkpoint from "../../Checkpoint.ts"
import type { RecordedEvent } from "../../Event.ts"
import type { EventId } from "../../EventId.ts"
import { EventStore, type SubscribeOptions } from "../../EventStore.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import type { Lease, Parked, Renewed, Service as ReactionStore, Start, Undelivered } from "../../store/ReactionStore.ts"
import { Lost } from "../work/LeaseLoop.ts"
import { PageProgress } from "./PageProgress.ts"

/** An attempt that failed. */
export interface Failed<R> {
  readonly problem: string
  /** Waits, and says whether to try again. */
  readonly again: Effect.Effect<boolean, never, R>
}

/** One attempt after another; the first is number 1. Undefined: all of the events were delivered. */
export type Attempts<R> = (
  events: ReadonlyArray<RecordedEvent>,
  attempt: number,
  sql?: SqlClient
) => Effect.Effect<Failed<R> | undefined, never, R>

/** What the store says at each beat. */
export type Asked = Pick<Renewed, "isPaused" | "retries">

/** A reaction as it is run. */
export interface Runnable<out R> {
  readonly name: string
  /** Which part of the log it is about. */
  readonly interest: Pick<SubscribeOptions, "aggregates" | "types" | "truncated">
  readonly start: Start
  readonly onFailure: "stop" | "park"
  /** Whether the place is written in a transaction with what the handler writes. */
  readonly isTransactional: boolean
  /** How many streams at once; 1 keeps the order of the log. */
  readonly concurrency: number
  /** How many events are handed over at a time, at most. */
  readonly batch: number
  /** Begins anew to count attempts. */
  readonly attempts: (storeId: string) => Effect.Effect<Attempts<R>, never, R>
}

/** An event that can't be delivered, where that stops its reaction. */
export class Undeliverable {
  readonly _tag = "Undeliverable"
  readonly message: string
  constructor({ attempts, problem, stream, type, version }: Undelivered) {
    const times = attempts === 1 ? "" : ` after ${attempts} attempts`
    this.message = `${type}, version ${version} of stream ${JSON.stringify(stream)}, was not delivered${times}: ${problem}`
  }
}

/** The transaction of an attempt that failed: it is rolled back. */
class Undone<R> {
  readonly _tag = "Undone"
  readonly failed: Failed<R>
  constructor(failed: Failed<R>) {
    this.failed = failed
  }
}

export type Failure = Undeliverable | EventStoreError | Lost

/** While the store is away, the lease says for how long it is worth the while. */
const untilStored = { schedule: Schedule.spaced("100 millis"), while: (error: EventStoreError) => error.isRetryable }

const undelivered = (event: RecordedEvent, attempts: number, problem: string): Undelivered => {
  const { id, position, stream, type, version } = event
  return { eventId: id, position, stream, version, type, attempts, problem }
}

const byStream = (events: ReadonlyArray<RecordedEvent>): ReadonlyArray<ReadonlyArray<RecordedEvent>> => {
  const streams = new Map<string, Array<RecordedEvent>>()
  for (const event of events) {
    const before = streams.get(event.stream)
    if (before === undefined) streams.set(event.stream, [event])
    else before.push(event)
  }
  return [...streams.values()]
}

/** Delivers for as long as the lease holds, and ends where the reaction is paused. */
export const make = Effect.fnUntraced(function* <R>(
  reaction: Runnable<R>,
  reactions: ReactionStore,
  lease: Lease,
  pageSize: number
) {
  const { batch, concurrency, interest, isTransactional, name, onFailure } = reaction
  const transaction = isTransactional ? reactions.inTransaction : undefined
  const log = yield* EventStore
  const held = (write: Effect.Effect<boolean, EventStoreError>) =>
    Effect.flatMap(Effect.retry(write, untilStored), (isHeld) => (isHeld ? Effect.void : Effect.fail(new Lost())))

  const saving = yield* Semaphore.make(1)
  /** An attempt, and with it what is to be written where it succeeds: in one transaction, where the reaction asks for that. */
  const attemptAndWrite = (
    attempt: Attempts<R>,
    events: ReadonlyArray<RecordedEvent>,
    number: number,
    write: Effect.Effect<boolean, EventStoreError>
  ): Effect.Effect<Failed<R> | undefined, EventStoreError | Lost, R> => {
    if (transaction === undefined) {
      return Effect.tap(attempt(events, number), (failed) => (failed === undefined ? held(write) : Effect.void))
    }
    const work = (sql: SqlClient): Effect.Effect<undefined, EventStoreError | Lost | Undone<R>, R> =>
      Effect.gen(function* () {
        const failed = yield* attempt(events, number, sql)
        if (failed !== undefined) return yield* Effect.fail(new Undone(failed))
        if (!(yield* write)) return yield* Effect.fail(new Lost())
        return undefined
      })
    // Not while the place is written for itself: that would be behind this one then.
    return Effect.catch(
      saving.withPermit(transaction(work)),
      (error): Effect.Effect<Failed<R>, EventStoreError | Lost> =>
        error instanceof Undone ? Effect.succeed(error.failed) : Effect.fail(error)
    )
  }

  const pausing = yield* Latch.make()
  let isPausing = false
  /** No more handlers at once than was asked for; each keeps it until what came of it is written. */
  const permits = yield* Semaphore.make(concurrency)
  const attempted = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => (isPausing ? Effect.never : permits.withPermit(work)))

  let saved = lease.checkpoint
  let reached = lease.checkpoint
  const save = saving.withPermit(
    Effect.suspend(() => {
      const to = reached
      if (to.position <= saved.position) return Effect.void
      return Effect.tap(held(reactions.save(lease, to)), () => Effect.sync(() => (saved = to)))
    })
  )

  /** What becomes of some events of a page, from an attempt on. */
  const deliver = (
    events: ReadonlyArray<RecordedEvent>,
    first: number,
    progress: PageProgress
  ): Effect.Effect<void, Failure, R> =>
    Effect.gen(function* () {
      const noted = Effect.sync(() => {
        for (const { id } of events) progress.done(id)
        const last = progress.last
        if (last !== undefined) reached = Checkpoint.after(log.id, last)
      })
      const done = Effect.andThen(noted, save)
      const attempt = yield* reaction.attempts(log.id)
      // One stream after another, so the place is behind the last of them.
      const to = Checkpoint.after(log.id, events.at(-1)!)
      for (let number = first; ; number++) {
        const failed = yield* attempted(
          transaction === undefined
            ? Effect.tap(attempt(events, number), (failed) => (failed === undefined ? done : Effect.void))
            : Effect.tap(attemptAndWrite(attempt, events, number, reactions.save(lease, to)), (failed) => {
                if (failed !== undefined) return Effect.void
                saved = to
                return noted
              })
        )
        if (failed === undefined) return
        if (yield* failed.again) continue
        if (events.length > 1) {
          // One of them holds up the others: each for itself.
          for (const event of events) yield* deliver([event], number + 1, progress)
          return
        }
        const event = undelivered(events[0]!, number, failed.problem)
        if (onFailure === "stop") return yield* Effect.fail(new Undeliverable(event))
        yield* held(reactions.park(lease, event))
        yield* Effect.logWarning(`reaction ${name} has parked ${new Undeliverable(event).message}`)
        return yield* done
      }
    })

  const inOrder = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>, progress: PageProgress) {
    for (let i = 0; i < events.length; i += batch) yield* deliver(events.slice(i, i + batch), 1, progress)
  })

  /** Those before the place that is written are done with; of those after it some were put aside already. */
  const aside = new Set<EventId>()
  for (let after = lease.checkpoint.position; ;) {
    const page = yield* reactions.parked(name, { after })
    for (const { eventId } of page) aside.add(eventId)
    const last = page.at(-1)
    if (last === undefined) break
    after = last.position
  }

  const deliverPages = log.pages({ ...interest, after: lease.checkpoint, pageSize, name }).pipe(
    Stream.runForEach(
      Effect.fnUntraced(function* ({ checkpoint, events }) {
        const progress = new PageProgress(events, aside)
        const due = events.filter(({ id }) => !aside.has(id))
        const lines = concurrency === 1 ? [due] : byStream(due)
        yield* Effect.forEach(lines, (line) => inOrder(line, progress), { concurrency, discard: true })
        // Written with the next event, or with the next beat: a log of which it wants nothing shall cost it next to nothing.
        reached = checkpoint
      })
    )
  )

  /** Once more what was put aside, as it was asked for. */
  const redeliver = Effect.fnUntraced(function* ({ attempts, eventId, position, stream, type, version }: Parked) {
    const [event] = yield* Stream.runCollect(log.read(stream, { from: version, to: version, truncated: "skip" }))
    const found = event?.id === eventId ? event : undefined
    if (found === undefined) {
      const problem = "its content was truncated; discard it"
      return yield* held(reactions.park(lease, { attempts, eventId, position, problem, stream, type, version }))
    }
    const attempt = yield* reaction.attempts(log.id)
    for (let number = attempts + 1; ; number++) {
      const failed = yield* attempted(attemptAndWrite(attempt, [found], number, reactions.unpark(lease, eventId)))
      if (failed === undefined) return
      if (yield* failed.again) continue
      return yield* held(reactions.park(lease, undelivered(found, number, failed.problem)))
    }
  })

  let retries = 0
  const upkeep = (everyMillis: number) =>
    Effect.gen(function* () {
      for (;;) {
        yield* Effect.sleep(everyMillis)
        yield* save
        if (retries === 0) continue
        retries = 0
        yield* Effect.forEach(yield* reactions.parked(name, { asked: true }), redeliver, { discard: true })
      }
    })

  return {
    /** What the store said at the last beat. */
    told: (asked: Asked) => {
      retries = asked.retries
      if (asked.isPaused) {
        isPausing = true
        pausing.openUnsafe()
      }
    },
    run: (everyMillis: number): Effect.Effect<void, Failure, R> =>
      Effect.raceAllFirst([
        deliverPages,
        upkeep(everyMillis),
        // Once no handler is at work any more.
        Effect.andThen(pausing.await, Effect.andThen(permits.take(concurrency), save))
      ])
  }
})
