/**
 * Watches the end of the log, for all subscriptions of a store: at most one query runs at a time,
 * and none while no subscription waits.
 */
import { Cause, Deferred, Effect, Metric } from "effect"
import { EventStoreError } from "eventfold"
import { StoreMetrics, type StoreService } from "eventfold/store"
import type { StalledAppends } from "./StalledAppends.ts"
import { storeClosed } from "../sql/SqlFailure.ts"
import { backOff, pause } from "../sql/SystemTimer.ts"

/** The end of the log at one look. */
export interface LogEnd {
  readonly position: number
  readonly eventId: string | null
  /** The id of the event at the known position; null if there is none. */
  readonly knownId: string | null
  /** The position of the last event, readable or not. */
  readonly lastPosition: number
}

/** Options of {@link LogWatch}. */
export interface Options {
  /** Reads the end of the log, and the event at a known position. */
  readonly look: (known: number) => Effect.Effect<LogEnd, EventStoreError.EventStoreError>
  /** Maximum time between two looks without a notification, in milliseconds. */
  readonly pollMillis: number
  readonly stalled: StalledAppends
  /** Runs if the watch fails, and does not look again. */
  readonly onFailure: Effect.Effect<void>
}

const minPollMs = 50
/**
 * The time between two looks that found events: a busy log is not queried for each of its events.
 */
const lookIntervalMs = 2

/** Watches the end of the log. */
export class LogWatch implements Effect.Success<StoreService.Log["watch"]> {
  readonly #options: Options
  #head: StoreService.Head = { position: 0, eventId: null, epoch: 0 }
  #failure: EventStoreError.EventStoreError | undefined
  /** Numbers of the last look that has begun, and of the last that has ended. */
  #begun = 0
  #done = 0
  #waiting = 0
  #poked = true
  /** Ends the pause between looks if there is a reason to. */
  #wake: (() => void) | undefined
  /**
   * Done after each look. A waiter reads it in the same step as the head, so it can't miss a look.
   */
  #looked = Deferred.makeUnsafe<void>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Looks soon, because events may have been appended. */
  readonly poke = (): void => {
    this.#poked = true
    this.#wake?.()
  }

  readonly close: Effect.Effect<void> = Effect.sync(() => this.#fail(storeClosed))

  readonly now: Effect.Effect<StoreService.Head, EventStoreError.EventStoreError> = Effect.suspend(() => {
    const begun = this.#begun
    this.poke()
    return this.#when(() => this.#done > begun)
  })

  beyond(position: number, epoch: number): Effect.Effect<StoreService.Head, EventStoreError.EventStoreError> {
    return this.#when(() => this.#head.position > position || this.#head.epoch !== epoch)
  }

  #when(ready: () => boolean): Effect.Effect<StoreService.Head, EventStoreError.EventStoreError> {
    const loop: Effect.Effect<StoreService.Head, EventStoreError.EventStoreError> = Effect.suspend(() => {
      if (ready()) return Effect.succeed(this.#head)
      if (this.#failure !== undefined) return Effect.fail(this.#failure)
      return Effect.flatMap(Deferred.await(this.#looked), () => loop)
    })
    return Effect.suspend(() => {
      if (ready()) return Effect.succeed(this.#head)
      this.#waiting++
      this.#wake?.()
      return Effect.ensuring(
        loop,
        Effect.sync(() => {
          this.#waiting--
        })
      )
    })
  }

  #announce(): void {
    const looked = this.#looked
    // Before the waiters continue, which they may do at once: a waiter that has to wait again waits
    // for the next look.
    this.#looked = Deferred.makeUnsafe()
    Deferred.doneUnsafe(looked, Effect.void)
  }

  #fail(error: EventStoreError.EventStoreError): void {
    this.#failure ??= error
    this.#announce()
  }

  /** Waits until a subscription waits, and a notification came or the time is over. */
  #pause(millis: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      let isOver = false
      const wake = () => {
        if (this.#waiting === 0 || !(isOver || this.#poked)) return
        end()
        resume(Effect.void)
      }
      const timer = setTimeout(() => {
        isOver = true
        wake()
      }, millis)
      const end = () => {
        clearTimeout(timer)
        this.#wake = undefined
      }
      this.#wake = wake
      wake()
      return Effect.sync(end)
    })
  }

  /** Stores the end of the log; returns `true` if it has changed. */
  #accept({ eventId, knownId, position }: LogEnd): boolean {
    const head = this.#head
    if (head.position > 0 && knownId !== head.eventId) {
      this.#head = { position, eventId, epoch: head.epoch + 1 }
      return true
    }
    // An append that takes its lock late may set the horizon back; events that were readable stay
    // readable.
    if (position <= head.position) return false
    this.#head = { position, eventId, epoch: head.epoch }
    return true
  }

  /**
   * Looks until it is interrupted. After an unexpected failure all waiters fail, so that none of
   * them waits forever.
   */
  readonly run: Effect.Effect<void> = Effect.suspend(() => this.#run).pipe(
    Effect.catchCause((cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
      const problem = "looking for new events failed"
      return Effect.andThen(
        this.#options.onFailure,
        Effect.sync(() =>
          this.#fail(
            EventStoreError.EventStoreError.unavailable({ problem, retryable: false, cause: Cause.squash(cause) })
          )
        )
      )
    })
  )

  readonly #run: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    const { look, onFailure, pollMillis, stalled } = this.#options
    let poll = Math.min(minPollMs, pollMillis)
    let failures = 0
    while (true) {
      yield* this.#pause(poll)
      this.#poked = false
      const number = ++this.#begun
      const looked = yield* Effect.result(look(this.#head.position))
      if (looked._tag === "Failure") {
        const error = looked.failure
        if (!error.isRetryable) {
          yield* onFailure
          return this.#fail(error)
        }
        if (failures++ === 0) yield* Effect.logWarning(`subscriptions wait, and retry: ${error.message}`)
        this.#poked = true
        yield* pause(backOff(failures))
        continue
      }
      if (failures > 0) yield* Effect.logInfo("subscriptions continue: the database answers again")
      failures = 0
      const isNews = this.#accept(looked.success)
      this.#done = number
      this.#announce()
      const behind = Math.max(0, looked.success.lastPosition - this.#head.position)
      yield* Metric.update(StoreMetrics.horizonLag, behind)
      yield* stalled.note({ isNews, readable: this.#head.position, behind })
      poll = isNews || behind > 0 ? Math.min(minPollMs, pollMillis) : Math.min(poll * 2, pollMillis)
      if (isNews) yield* pause(lookIntervalMs)
    }
  })
}
