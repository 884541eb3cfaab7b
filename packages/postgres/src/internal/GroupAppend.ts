/**
 * Coalesces the appends of many fibers into one statement and one commit, each with an outcome of its own.
 *
 * An append that comes while a lane is free goes at once; those that come while all lanes are busy wait, and go together.
 */
import { Cause, Deferred, Duration, Effect, Exit, FiberSet, type Scope } from "effect"
import type { Result } from "effect"
import { type EventStore, EventStoreError } from "eventfold"
import type { Encoded } from "./Batch.ts"

const maxAppends = 256
const maxBytes = 1_000_000

interface Waiting {
  readonly append: Encoded
  readonly outcome: Deferred.Deferred<EventStore.Appended, EventStoreError.EventStoreError>
  state: "waiting" | "sent" | "gone"
}

export interface Options {
  /** Sends a batch, at most one append per stream; gives an outcome for each, in their order. */
  readonly send: (
    batch: ReadonlyArray<Encoded>
  ) => Effect.Effect<ReadonlyArray<Result.Result<EventStore.Appended, EventStoreError.EventStoreError>>>
  /** How many batches may be under way at once. */
  readonly lanes: number
  /** How many appends may wait. */
  readonly capacity: number
}

const closedProblem = new EventStoreError.EventStoreError({
  reason: new EventStoreError.Unavailable({ problem: "the store is closed", retryable: false })
})

const interruptedProblem = new EventStoreError.EventStoreError({
  reason: new EventStoreError.OutcomeUnknown({ problem: "the store was closed while the append was under way" })
})

class Queue {
  readonly options: Options
  readonly run: (effect: Effect.Effect<void>) => void
  waiting: Array<Waiting> = []
  count = 0
  /** Streams of the batches under way: an append to one of them waits, which keeps each stream in order. */
  readonly busy = new Set<string>()
  lanesInUse = 0
  scheduled = false
  closed = false
  idle: Deferred.Deferred<void> | undefined

  constructor(options: Options, run: (effect: Effect.Effect<void>) => void) {
    this.options = options
    this.run = run
  }

  /** The oldest that fit into one batch. What is left keeps its order. */
  take(): ReadonlyArray<Waiting> {
    const batch: Array<Waiting> = []
    const rest: Array<Waiting> = []
    const ids = new Set<string>()
    const held = new Set<string>()
    let bytes = 0
    let full = false
    for (const item of this.waiting) {
      if (item.state === "gone") continue
      const { events, size, stream } = item.append
      full ||= batch.length === maxAppends || (batch.length > 0 && bytes + size > maxBytes)
      if (full || held.has(stream) || this.busy.has(stream) || events.some(({ id }) => ids.has(id))) {
        held.add(stream)
        rest.push(item)
        continue
      }
      held.add(stream)
      for (const { id } of events) ids.add(id)
      bytes += size
      batch.push(item)
    }
    this.waiting = rest
    this.count -= batch.length
    for (const item of batch) {
      item.state = "sent"
      this.busy.add(item.append.stream)
    }
    return batch
  }

  /** In a microtask, so that the appends of one turn of the event loop share a batch. */
  schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    queueMicrotask(() => {
      this.scheduled = false
      while (this.count > 0 && this.lanesInUse < this.options.lanes) {
        const batch = this.take()
        if (batch.length === 0) return
        this.lanesInUse++
        this.run(this.flush(batch))
      }
    })
  }

  flush(batch: ReadonlyArray<Waiting>): Effect.Effect<void> {
    return Effect.onExit(
      Effect.suspend(() => this.options.send(batch.map(({ append }) => append))),
      (exit) =>
        Effect.sync(() => {
          for (const [i, { append, outcome }] of batch.entries()) {
            this.busy.delete(append.stream)
            if (Exit.isSuccess(exit)) Deferred.doneUnsafe(outcome, Effect.fromResult(exit.value[i]!))
            else if (Cause.hasInterruptsOnly(exit.cause)) Deferred.doneUnsafe(outcome, Effect.fail(interruptedProblem))
            else Deferred.doneUnsafe(outcome, Exit.failCause(exit.cause))
          }
          this.lanesInUse--
          if (this.lanesInUse === 0 && this.idle !== undefined) Deferred.doneUnsafe(this.idle, Effect.void)
          this.schedule()
        })
    ).pipe(Effect.asVoid)
  }

  readonly submit = (append: Encoded): Effect.Effect<EventStore.Appended, EventStoreError.EventStoreError> =>
    Effect.suspend(() => {
      if (this.closed) return Effect.fail(closedProblem)
      if (this.count >= this.options.capacity) {
        return Effect.fail(
          new EventStoreError.EventStoreError({ reason: new EventStoreError.Overloaded({ waiting: this.count }) })
        )
      }
      const item: Waiting = { append, outcome: Deferred.makeUnsafe(), state: "waiting" }
      this.waiting.push(item)
      this.count++
      this.schedule()
      return Effect.onInterrupt(Deferred.await(item.outcome), () => Effect.sync(() => this.withdraw(item)))
    })

  withdraw(item: Waiting): void {
    if (item.state !== "waiting") return
    item.state = "gone"
    this.count--
  }

  /** Refuses what waits, and lets what is under way come to its end. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    for (const item of this.waiting) {
      if (item.state === "waiting") Deferred.doneUnsafe(item.outcome, Effect.fail(closedProblem))
      this.withdraw(item)
    }
    this.waiting = []
    if (this.lanesInUse === 0) return Effect.void
    this.idle = Deferred.makeUnsafe()
    return Effect.ignore(Effect.timeout(Deferred.await(this.idle), Duration.seconds(10)))
  })
}

/** A queue whose flushing fibers belong to the scope, not to the callers: interrupting a query cancels it for all. */
export const make = (options: Options): Effect.Effect<Queue["submit"], never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never, void, never>()
    const queue = new Queue(options, (effect) => {
      run(effect)
    })
    yield* Effect.addFinalizer(() => queue.close)
    return queue.submit
  })
