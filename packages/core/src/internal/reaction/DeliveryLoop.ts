/**
 * Delivers the events of a reaction while its lease is held: each is tried until it is delivered,
 * parked, or stops the reaction.
 */
import { Effect, Latch, Schedule, Semaphore, Stream, type Types } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import * as Checkpoint from "../../Checkpoint.ts"
import type { RecordedEvent } from "../../Event.ts"
import type { EventId } from "../../EventId.ts"
import { EventStore, type Page, type Service as Store, type SubscribeOptions } from "../../EventStore.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import type { Lease, Parked, Service as ReactionStore } from "../../store/ReactionStore.ts"
import * as FailurePolicy from "../work/FailurePolicy.ts"
import { Lost } from "../work/LeaseLoop.ts"
import { PageProgress } from "./PageProgress.ts"

/** An attempt that failed. */
export interface FailedAttempt<R> {
  readonly problem: string
  /** Waits for the next attempt; returns `false` if there is none. */
  readonly waitForRetry: Effect.Effect<boolean, never, R>
}

/**
 * Runs an attempt to deliver events; the first is number 1. Returns undefined if all of them were
 * delivered.
 */
export type Attempt<R> = (
  events: ReadonlyArray<RecordedEvent>,
  attempt: number,
  sql?: SqlClient
) => Effect.Effect<FailedAttempt<R> | undefined, never, R>

/** Requests of operators, which the store returns at each heartbeat. */
export type Requests = NonNullable<Effect.Success<ReturnType<ReactionStore["renew"]>>>

type Undelivered = Parameters<ReactionStore["park"]>[1]

/** A reaction in the form that a process runs. */
export interface RunnableReaction<out R> {
  readonly "~eventfold/Reaction": { readonly _R: Types.Covariant<R> }
  readonly name: string
  /** Part of the log that the reaction reads. */
  readonly interest: Pick<SubscribeOptions, "aggregates" | "types" | "truncated">
  readonly start: Parameters<ReactionStore["open"]>[1]
  readonly onFailure: FailurePolicy.FailurePolicyName
  /** `true` if the checkpoint is written in the transaction of the handler. */
  readonly isTransactional: boolean
  /** Maximum number of streams that are delivered at once; 1 keeps the order of the log. */
  readonly concurrency: number
  /** Maximum number of events in a delivery. */
  readonly batch: number
  /** Starts the attempts at a delivery: its schedule of retries begins. */
  readonly startAttempts: (storeId: string) => Effect.Effect<Attempt<R>, never, R>
}

/** An event that could not be delivered, and stops its reaction. */
export class Undeliverable {
  readonly _tag = "Undeliverable"
  readonly message: string
  constructor({ attempts, problem, stream, type, version }: Undelivered) {
    const times = attempts === 1 ? "" : ` after ${attempts} attempts`
    this.message = `${type}, version ${version} of stream ${JSON.stringify(stream)}, was not delivered${times}: ${problem}`
  }
}

/** Rolls back the transaction of an attempt that failed. */
class RolledBack<R> {
  readonly _tag = "RolledBack"
  readonly failed: FailedAttempt<R>
  constructor(failed: FailedAttempt<R>) {
    this.failed = failed
  }
}

export type DeliveryFailure = Undeliverable | EventStoreError | Lost

/** Retries a write until the store is available. It ends when the lease does. */
const whileRetryable = { schedule: Schedule.spaced("100 millis"), while: (error: EventStoreError) => error.isRetryable }

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

export class DeliveryLoop<R> {
  readonly #reaction: RunnableReaction<R>
  readonly #store: ReactionStore
  readonly #log: Store
  readonly #lease: Lease
  readonly #pageSize: number
  readonly #transaction: ReactionStore["inTransaction"]
  /** Events after the checkpoint that are parked already. */
  readonly #parked: ReadonlySet<EventId>
  /**
   * Held while a checkpoint is written, so that an older one is never written after a newer one.
   */
  readonly #saving = Semaphore.makeUnsafe(1)
  /** One permit for each handler; it is held until the result of the handler is written. */
  readonly #handlers: Semaphore.Semaphore
  readonly #pause = Latch.makeUnsafe()
  #isPausing = false
  #saved: Checkpoint.Checkpoint
  /** Checkpoint up to which all events are delivered or parked. */
  #reached: Checkpoint.Checkpoint
  /** Number of parked events that an operator has asked to be delivered again. */
  #retries = 0

  constructor(
    reaction: RunnableReaction<R>,
    store: ReactionStore,
    log: Store,
    lease: Lease,
    pageSize: number,
    parked: ReadonlySet<EventId>
  ) {
    this.#reaction = reaction
    this.#store = store
    this.#log = log
    this.#lease = lease
    this.#pageSize = pageSize
    this.#parked = parked
    this.#transaction = reaction.isTransactional ? store.inTransaction : undefined
    this.#handlers = Semaphore.makeUnsafe(reaction.concurrency)
    this.#saved = lease.checkpoint
    this.#reached = lease.checkpoint
  }

  /** Handles the requests that the last heartbeat returned. */
  onHeartbeat({ isPaused, retries }: Requests): void {
    this.#retries = retries
    if (!isPaused) return
    this.#isPausing = true
    this.#pause.openUnsafe()
  }

  /** Delivers events for as long as the lease is held; ends when the reaction is paused. */
  run(upkeepMillis: number): Effect.Effect<void, DeliveryFailure, R> {
    const { concurrency, interest, name } = this.#reaction
    const options = { ...interest, after: this.#lease.checkpoint, pageSize: this.#pageSize, name }
    const deliver = Stream.runForEach(this.#log.pages(options), (page) => this.#deliverPage(page))
    // With all permits taken, no handler is running.
    const pause = Effect.andThen(this.#pause.await, Effect.andThen(this.#handlers.take(concurrency), this.#save()))
    return Effect.raceAllFirst([deliver, this.#upkeep(upkeepMillis), pause])
  }

  #deliverPage({ checkpoint, events }: Page): Effect.Effect<void, DeliveryFailure, R> {
    return Effect.gen({ self: this }, function* () {
      const { batch, concurrency } = this.#reaction
      const progress = new PageProgress(events, this.#parked)
      const due = events.filter(({ id }) => !this.#parked.has(id))
      const sequences = concurrency === 1 ? [due] : byStream(due)
      const deliverSequence = Effect.fnUntraced({ self: this }, function* (sequence: ReadonlyArray<RecordedEvent>) {
        for (let i = 0; i < sequence.length; i += batch) yield* this.#deliver(sequence.slice(i, i + batch), 1, progress)
      })
      yield* Effect.forEach(sequences, deliverSequence, { concurrency, discard: true })
      // Written with the next event or heartbeat, so that pages without events of interest cost no
      // write.
      this.#reached = checkpoint
    })
  }

  /** Delivers events together, from an attempt on; if they fail, one by one. */
  #deliver(
    events: ReadonlyArray<RecordedEvent>,
    firstAttempt: number,
    progress: PageProgress
  ): Effect.Effect<void, DeliveryFailure, R> {
    return Effect.gen({ self: this }, function* () {
      const attempt = yield* this.#reaction.startAttempts(this.#log.id)
      for (let number = firstAttempt; ; number++) {
        const failed = yield* this.#withPermit(this.#attemptAndSave(attempt, events, number, progress))
        if (failed === undefined) return
        if (yield* failed.waitForRetry) continue
        if (events.length > 1) {
          // One of the events fails the others.
          for (const event of events) yield* this.#deliver([event], number + 1, progress)
          return
        }
        const event = undelivered(events[0]!, number, failed.problem)
        return yield* FailurePolicy.policies[this.#reaction.onFailure].handle<DeliveryFailure, never>({
          stop: Effect.fail(new Undeliverable(event)),
          park: Effect.andThen(this.#park(event), this.#complete(events, progress))
        })
      }
    })
  }

  /**
   * Runs an attempt; if it succeeds, writes the checkpoint, in the transaction of the handler if
   * the reaction is transactional.
   */
  #attemptAndSave(
    attempt: Attempt<R>,
    events: ReadonlyArray<RecordedEvent>,
    number: number,
    progress: PageProgress
  ): Effect.Effect<FailedAttempt<R> | undefined, EventStoreError | Lost, R> {
    if (this.#transaction === undefined) {
      return Effect.tap(attempt(events, number), (failed) =>
        failed === undefined ? this.#complete(events, progress) : Effect.void
      )
    }
    // A transactional reaction delivers one stream after another, so the checkpoint is behind the
    // last event.
    const to = Checkpoint.after(this.#log.id, events.at(-1)!)
    const written = this.#attemptAndWrite(attempt, events, number, this.#store.save(this.#lease, to))
    return Effect.tap(written, (failed) =>
      Effect.sync(() => {
        if (failed !== undefined) return
        this.#saved = to
        this.#note(events, progress)
      })
    )
  }

  /**
   * Runs an attempt, and a write if it succeeds: in one transaction if the reaction is
   * transactional.
   */
  #attemptAndWrite(
    attempt: Attempt<R>,
    events: ReadonlyArray<RecordedEvent>,
    number: number,
    write: Effect.Effect<boolean, EventStoreError>
  ): Effect.Effect<FailedAttempt<R> | undefined, EventStoreError | Lost, R> {
    const transaction = this.#transaction
    if (transaction === undefined) {
      return Effect.tap(attempt(events, number), (failed) =>
        failed === undefined ? this.#writeHeld(write) : Effect.void
      )
    }
    const work = (sql: SqlClient): Effect.Effect<undefined, EventStoreError | Lost | RolledBack<R>, R> =>
      Effect.gen(function* () {
        const failed = yield* attempt(events, number, sql)
        if (failed !== undefined) return yield* Effect.fail(new RolledBack(failed))
        if (!(yield* write)) return yield* Effect.fail(new Lost())
        return undefined
      })
    // Not while a checkpoint is written on its own, because that one would be older.
    return Effect.catch(
      this.#saving.withPermit(transaction(work)),
      (error): Effect.Effect<FailedAttempt<R>, EventStoreError | Lost> =>
        error instanceof RolledBack ? Effect.succeed(error.failed) : Effect.fail(error)
    )
  }

  #withPermit<A, E, R2>(work: Effect.Effect<A, E, R2>): Effect.Effect<A, E, R2> {
    return Effect.suspend(() => (this.#isPausing ? Effect.never : this.#handlers.withPermit(work)))
  }

  #note(events: ReadonlyArray<RecordedEvent>, progress: PageProgress): void {
    for (const { id } of events) progress.done(id)
    const last = progress.last
    if (last !== undefined) this.#reached = Checkpoint.after(this.#log.id, last)
  }

  #complete(events: ReadonlyArray<RecordedEvent>, progress: PageProgress): Effect.Effect<void, EventStoreError | Lost> {
    return Effect.suspend(() => {
      this.#note(events, progress)
      return this.#save()
    })
  }

  #park(event: Undelivered): Effect.Effect<void, EventStoreError | Lost> {
    return Effect.andThen(
      this.#writeHeld(this.#store.park(this.#lease, event)),
      Effect.logWarning(`reaction ${this.#reaction.name} has parked an event: ${new Undeliverable(event).message}`)
    )
  }

  #save(): Effect.Effect<void, EventStoreError | Lost> {
    return this.#saving.withPermit(
      Effect.suspend(() => {
        const to = this.#reached
        if (to.position <= this.#saved.position) return Effect.void
        return Effect.tap(this.#writeHeld(this.#store.save(this.#lease, to)), () =>
          Effect.sync(() => {
            this.#saved = to
          })
        )
      })
    )
  }

  /** Writes with the lease; fails with `Lost` if another process has it. */
  #writeHeld(write: Effect.Effect<boolean, EventStoreError>): Effect.Effect<void, EventStoreError | Lost> {
    return Effect.flatMap(Effect.retry(write, whileRetryable), (isHeld) =>
      isHeld ? Effect.void : Effect.fail(new Lost())
    )
  }

  /**
   * Writes the checkpoint, and delivers parked events again that operators ask for, at intervals.
   */
  #upkeep(everyMillis: number): Effect.Effect<never, EventStoreError | Lost, R> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        yield* Effect.sleep(everyMillis)
        yield* this.#save()
        if (this.#retries === 0) continue
        this.#retries = 0
        const asked = yield* this.#store.parked(this.#reaction.name, { asked: true })
        yield* Effect.forEach(asked, (parked) => this.#redeliver(parked), { discard: true })
      }
    })
  }

  #redeliver(parked: Parked): Effect.Effect<void, EventStoreError | Lost, R> {
    const { attempts, eventId, position, stream, type, version } = parked
    return Effect.gen({ self: this }, function* () {
      const read = this.#log.read(stream, { from: version, to: version, truncated: "skip" })
      const [event] = yield* Stream.runCollect(read)
      if (event?.id !== eventId) {
        const problem = "its content was truncated; discard it"
        const unreadable = { attempts, eventId, position, problem, stream, type, version }
        return yield* this.#writeHeld(this.#store.park(this.#lease, unreadable))
      }
      const attempt = yield* this.#reaction.startAttempts(this.#log.id)
      for (let number = attempts + 1; ; number++) {
        const unpark = this.#store.unpark(this.#lease, eventId)
        const failed = yield* this.#withPermit(this.#attemptAndWrite(attempt, [event], number, unpark))
        if (failed === undefined) return
        if (yield* failed.waitForRetry) continue
        const again = undelivered(event, number, failed.problem)
        return yield* this.#writeHeld(this.#store.park(this.#lease, again))
      }
    })
  }
}

/** Makes the loop of a lease. Reads the events after its checkpoint that are parked already. */
export const make = Effect.fnUntraced(function* <R>(
  reaction: RunnableReaction<R>,
  store: ReactionStore,
  lease: Lease,
  pageSize: number
) {
  const log = yield* EventStore
  const parked = new Set<EventId>()
  for (let after = lease.checkpoint.position; ;) {
    const page = yield* store.parked(reaction.name, { after })
    for (const { eventId } of page) parked.add(eventId)
    const last = page.at(-1)
    if (last === undefined) return new DeliveryLoop(reaction, store, log, lease, pageSize, parked)
    after = last.position
  }
})
