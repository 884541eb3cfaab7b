/** What happens to the events of a reaction while its lease is held: each is tried until it is delivered, put aside, or stops it. */
import { Effect, Latch, Schedule, Semaphore, Stream } from "effect"
import * as Checkpoint from "../Checkpoint.ts"
import type { RecordedEvent } from "../Event.ts"
import type { EventId } from "../EventId.ts"
import { EventStore, type SubscribeOptions } from "../EventStore.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { Lease, Parked, Renewed, Service as ReactionStore, Start, Undelivered } from "../ReactionStore.ts"
import { Lost } from "./Leasing.ts"
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
  attempt: number
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
  const { batch, concurrency, interest, name, onFailure } = reaction
  const log = yield* EventStore
  const held = (write: Effect.Effect<boolean, EventStoreError>) =>
    Effect.flatMap(Effect.retry(write, untilStored), (isHeld) => (isHeld ? Effect.void : Effect.fail(new Lost())))

  const pausing = yield* Latch.make()
  let isPausing = false
  /** No more handlers at once than was asked for; each keeps it until what came of it is written. */
  const permits = yield* Semaphore.make(concurrency)
  const attempted = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => (isPausing ? Effect.never : permits.withPermit(work)))

  const saving = yield* Semaphore.make(1)
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
      const done = Effect.suspend(() => {
        for (const { id } of events) progress.done(id)
        const last = progress.last
        if (last !== undefined) reached = Checkpoint.after(log.id, last)
        return save
      })
      const attempt = yield* reaction.attempts(log.id)
      for (let number = first; ; number++) {
        const failed = yield* attempted(
          Effect.tap(attempt(events, number), (failed) => (failed === undefined ? done : Effect.void))
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
      const failed = yield* attempted(
        Effect.tap(attempt([found], number), (failed) =>
          failed === undefined ? held(reactions.unpark(lease, eventId)) : Effect.void
        )
      )
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
