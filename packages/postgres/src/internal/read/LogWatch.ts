/**
 * Looks out for the end of the log, for all subscriptions of a store at once: at most one query is under way, and none while
 * nobody waits.
 */
import { Cause, Deferred, Effect, Metric } from "effect"
import { EventStoreError } from "eventfold"
import { type LogReader, StoreMetrics } from "eventfold/store"
import type { Stalling } from "./StalledAppends.ts"
import { backOff, pause } from "../sql/SystemTimer.ts"

/** What a look at the log finds. */
export interface Looked {
  readonly position: number
  readonly eventId: string | null
  /** The event at the position that was asked about, null where there is none. */
  readonly knownId: string | null
  /** The log's last event, readable or not. */
  readonly lastPosition: number
}

export interface Options {
  /** Looks at the log, and at the event at a known position. */
  readonly look: (known: number) => Effect.Effect<Looked, EventStoreError.EventStoreError>
  /** How long to wait at most before looking without being told to, in milliseconds. */
  readonly pollMillis: number
  readonly stalling: Stalling
  /** Nothing will be looked for any more. */
  readonly onFailure: Effect.Effect<void>
}

const shortestPoll = 50
/** Between two looks that found something: a busy log is not asked for each of its events. */
const spacing = 2

/** What subscriptions of a store that is closed fail with. */
export const closed = EventStoreError.EventStoreError.unavailable({ problem: "the store is closed", retryable: false })

export class LogWatch implements LogReader.Watch {
  readonly #options: Options
  #head: LogReader.Head = { position: 0, eventId: null, epoch: 0 }
  #failure: EventStoreError.EventStoreError | undefined
  /** Looks that were begun and that came to an end, by their number. */
  #begun = 0
  #done = 0
  #waiting = 0
  #poked = true
  /** Ends the pause between looks if there is a reason to. */
  #wake: (() => void) | undefined
  /** Done after each look. Waiters take it in the same step as they look at the head, so they can't miss it. */
  #looked = Deferred.makeUnsafe<void>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Something may have been appended. */
  readonly poke = (): void => {
    this.#poked = true
    this.#wake?.()
  }

  readonly close: Effect.Effect<void> = Effect.sync(() => this.#fail(closed))

  readonly now: Effect.Effect<LogReader.Head, EventStoreError.EventStoreError> = Effect.suspend(() => {
    const begun = this.#begun
    this.poke()
    return this.#when(() => this.#done > begun)
  })

  beyond(position: number, epoch: number): Effect.Effect<LogReader.Head, EventStoreError.EventStoreError> {
    return this.#when(() => this.#head.position > position || this.#head.epoch !== epoch)
  }

  #when(ready: () => boolean): Effect.Effect<LogReader.Head, EventStoreError.EventStoreError> {
    const loop: Effect.Effect<LogReader.Head, EventStoreError.EventStoreError> = Effect.suspend(() => {
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
    // Before those who wait go on, which they may at once: who has to wait on does so for the next look.
    this.#looked = Deferred.makeUnsafe()
    Deferred.doneUnsafe(looked, Effect.void)
  }

  #fail(error: EventStoreError.EventStoreError): void {
    this.#failure ??= error
    this.#announce()
  }

  /** Until someone waits, and there is a hint or the time is over. */
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

  /** Takes in what was found; says whether it is news. */
  #accept({ eventId, knownId, position }: Looked): boolean {
    const head = this.#head
    if (head.position > 0 && knownId !== head.eventId) {
      this.#head = { position, eventId, epoch: head.epoch + 1 }
      return true
    }
    // An append that takes its lock late may set the horizon back, which takes nothing back that was readable.
    if (position <= head.position) return false
    this.#head = { position, eventId, epoch: head.epoch }
    return true
  }

  /** Looks for as long as it is not interrupted. Nobody may wait for ever because this failed in a way not foreseen. */
  readonly run: Effect.Effect<void> = Effect.suspend(() => this.#run).pipe(
    Effect.catchCause((cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
      const problem = "looking for new events failed"
      const error = EventStoreError.EventStoreError.unavailable({
        problem,
        retryable: false,
        cause: Cause.squash(cause)
      })
      return Effect.andThen(
        this.#options.onFailure,
        Effect.sync(() => this.#fail(error))
      )
    })
  )

  readonly #run: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    const { look, onFailure, pollMillis, stalling } = this.#options
    let poll = Math.min(shortestPoll, pollMillis)
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
        if (failures++ === 0) yield* Effect.logWarning(`subscriptions wait, and try again: ${error.message}`)
        this.#poked = true
        yield* pause(backOff(failures))
        continue
      }
      if (failures > 0) yield* Effect.logInfo("subscriptions go on: the database answers again")
      failures = 0
      const isNews = this.#accept(looked.success)
      this.#done = number
      this.#announce()
      const behind = Math.max(0, looked.success.lastPosition - this.#head.position)
      yield* Metric.update(StoreMetrics.horizonLag, behind)
      yield* stalling.note({ isNews, readable: this.#head.position, behind })
      poll = isNews || behind > 0 ? Math.min(shortestPoll, pollMillis) : Math.min(poll * 2, pollMillis)
      if (isNews) yield* pause(spacing)
    }
  })
}
