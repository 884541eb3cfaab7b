/**
 * Groups the appends of many fibers into one statement and one commit, each append with an outcome
 * of its own.
 *
 * Several statements may run at the same time; each occupies a lane. An append is sent at once if a
 * lane is free; appends that come while all lanes are busy wait, and are sent together.
 */
import { Cause, Deferred, Duration, Effect, Exit, FiberSet, Option, Result, type Scope } from "effect"
import { type EventStore, EventStoreError } from "eventfold"
import type { Outcome } from "./LostAppends.ts"
import type { Encoded } from "./AppendBatch.ts"
import { codeIn, lockTimeoutCode, storeClosed } from "../sql/SqlFailure.ts"

/** Maximum number of appends in a batch. */
const maxAppends = 256
/** Maximum size of a batch of several appends. */
const maxBytes = 1_000_000
/**
 * Fewer appends are not divided between lanes: a batch costs the server as much as about ten
 * appends in it.
 */
const minAppendsPerLane = 32
/** The time that closing waits for running batches. */
const closeTimeout = Duration.seconds(10)

interface Waiting {
  readonly append: Encoded
  readonly resume: (outcome: Effect.Effect<EventStore.Appended, EventStoreError.EventStoreError>) => void
  /**
   * `"behind"` waits for a held stream behind another append, `"held"` is sent again until the
   * stream is free, and the caller of `"gone"` was interrupted.
   */
  state: "waiting" | "sent" | "behind" | "held" | "gone"
  /** Ends the wait of an append that is `"held"`. */
  leave?: () => void
}

/** Options of {@link make}. */
export interface Options {
  /**
   * Sends a batch: at most one append to a stream, or several that expect `any`. Returns an outcome
   * for each, in their order.
   */
  readonly send: (batch: ReadonlyArray<Encoded>) => Effect.Effect<ReadonlyArray<Outcome>>
  /** Writes an append whose stream another transaction holds, when the stream is free. */
  readonly wait: (append: Encoded) => Effect.Effect<EventStore.Appended, EventStoreError.EventStoreError>
  /** Maximum number of batches that are sent at the same time. */
  readonly lanes: number
  /**
   * Maximum number of appends that wait for a lane, and of appends that wait for streams that other
   * transactions hold. They are counted separately, so that a held stream does not block appends to
   * other streams.
   */
  readonly capacity: number
}

const interruptedProblem = EventStoreError.EventStoreError.outcomeUnknown({
  problem: "the store was closed during the append"
})

/**
 * `true` if an append reached a timeout of the server at a held stream: the appends behind it would
 * also reach it.
 */
const isHeldTooLong = (
  exit: Exit.Exit<EventStore.Appended, EventStoreError.EventStoreError>
): exit is Exit.Failure<never, EventStoreError.EventStoreError> =>
  Exit.isFailure(exit) && Option.exists(Cause.findErrorOption(exit.cause), (error) => codeIn(error) === lockTimeoutCode)

/** The appends that wait, and the state of their streams. */
class Queue {
  readonly options: Options
  readonly run: (effect: Effect.Effect<void>) => void
  waiting: Array<Waiting> = []
  count = 0
  /**
   * Streams of the running batches: an append to one of them waits, which keeps each stream in
   * order.
   */
  readonly busy = new Set<string>()
  /**
   * Streams that other transactions hold, with the appends that wait behind the append that is sent
   * again.
   */
  readonly held = new Map<string, Array<Waiting>>()
  countBehind = 0
  lanesInUse = 0
  scheduled = false
  closed = false
  idle: Deferred.Deferred<void> | undefined

  constructor(options: Options, run: (effect: Effect.Effect<void>) => void) {
    this.options = options
    this.run = run
  }

  /**
   * Returns the number of appends of the next batch: those that wait, divided among the free lanes.
   * With all of them in one batch, the server would wait while this process handles the outcomes,
   * and this process while the server writes.
   */
  share(): number {
    const free = this.options.lanes - this.lanesInUse
    return Math.min(maxAppends, Math.max(minAppendsPerLane, Math.ceil(this.count / free)))
  }

  /**
   * Takes the oldest appends that fit into one batch. The rest keeps its order: an append waits for
   * earlier appends to its stream, unless none of them can conflict, so that they can share a
   * batch.
   */
  take(): ReadonlyArray<Waiting> {
    const batch: Array<Waiting> = []
    const rest: Array<Waiting> = []
    const ids = new Set<string>()
    /** Streams of the batch and the rest; `true` if another append that expects any may join. */
    const held = new Map<string, boolean>()
    const maxLength = this.share()
    let bytes = 0
    let full = false
    for (const item of this.waiting) {
      if (item.state === "gone") continue
      const { events, expected, size, stream } = item.append
      full ||= batch.length >= maxLength || (batch.length > 0 && bytes + size > maxBytes)
      const joins = expected === "any" && held.get(stream) !== false
      if (full || (held.has(stream) && !joins) || this.busy.has(stream) || events.some(({ id }) => ids.has(id))) {
        held.set(stream, false)
        rest.push(item)
        continue
      }
      held.set(stream, expected === "any")
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

  /**
   * Sends batches in a microtask, so that the appends of one turn of the event loop share a batch.
   */
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

  /** Sends a batch, and settles its appends. */
  flush(batch: ReadonlyArray<Waiting>): Effect.Effect<void> {
    return Effect.onExit(
      Effect.suspend(() => this.options.send(batch.map(({ append }) => append))),
      (exit) =>
        Effect.sync(() => {
          for (const { append } of batch) this.busy.delete(append.stream)
          if (Exit.isSuccess(exit)) this.settle(batch, exit.value)
          else {
            const failed = Cause.hasInterruptsOnly(exit.cause)
              ? Effect.fail(interruptedProblem)
              : Effect.failCause(exit.cause)
            for (const { resume } of batch) resume(failed)
          }
          this.lanesInUse--
          if (this.lanesInUse === 0 && this.idle !== undefined) Deferred.doneUnsafe(this.idle, Effect.void)
          this.schedule()
        })
    ).pipe(Effect.asVoid)
  }

  /**
   * Resumes the callers with their outcomes. An append whose stream is held waits outside of the
   * lanes, and later appends to the same stream wait behind it.
   */
  settle(batch: ReadonlyArray<Waiting>, outcomes: ReadonlyArray<Outcome>): void {
    const behind = new Map<string, Array<Waiting>>()
    for (const [i, item] of batch.entries()) {
      const outcome = outcomes[i]!
      const { stream } = item.append
      if (Result.isSuccess(outcome)) item.resume(Effect.succeed(outcome.success))
      else if (outcome.failure._tag === "EventStoreError") item.resume(Effect.fail(outcome.failure))
      else if (this.closed) item.resume(Effect.fail(storeClosed))
      // It was not written, and its caller was interrupted.
      else if (item.state === "gone") continue
      else if (behind.has(stream)) behind.get(stream)!.push(item)
      else {
        behind.set(stream, [])
        this.run(this.wait(item))
      }
    }
    if (behind.size > 0) this.moveBehind(behind)
  }

  /**
   * Moves waiting appends out of the queue if their stream is held, behind the append that was sent
   * to it.
   */
  moveBehind(behind: ReadonlyMap<string, Array<Waiting>>): void {
    const rest: Array<Waiting> = []
    for (const item of this.waiting) {
      if (item.state === "gone") continue
      const queue = behind.get(item.append.stream)
      if (queue === undefined) rest.push(item)
      else {
        queue.push(item)
        this.count--
      }
    }
    this.waiting = rest
    for (const [stream, items] of behind) {
      this.held.set(stream, items)
      this.countBehind += items.length
      for (const item of items) item.state = "behind"
    }
  }

  /**
   * Sends an append again until its stream is free. Then the appends behind it continue; they fail
   * with it if it reached a timeout of the server.
   */
  wait(item: Waiting): Effect.Effect<void> {
    const { append, resume } = item
    item.state = "held"
    const left = Effect.callback<never>((end) => {
      item.leave = () => end(Effect.interrupt)
      if (item.state === "gone") item.leave()
    })
    return Effect.onExit(Effect.raceFirst(this.options.wait(append), left), (exit) =>
      Effect.sync(() => {
        const isInterrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
        resume(isInterrupted ? Effect.fail(interruptedProblem) : exit)
        const behind = (this.held.get(append.stream) ?? []).filter(({ state }) => state === "behind")
        this.held.delete(append.stream)
        this.countBehind -= behind.length
        for (const one of behind) {
          one.state = "waiting"
          if (isHeldTooLong(exit)) one.resume(exit)
        }
        if (isHeldTooLong(exit)) return
        this.waiting = [...behind, ...this.waiting]
        this.count += behind.length
        this.schedule()
      })
    ).pipe(Effect.ignore)
  }

  /** Appends, and waits for the outcome. */
  readonly submit = (append: Encoded): Effect.Effect<EventStore.Appended, EventStoreError.EventStoreError> =>
    Effect.callback((resume) => {
      if (this.closed) return resume(Effect.fail(storeClosed))
      const behind = this.held.get(append.stream)
      const ahead = behind === undefined ? this.count : this.countBehind
      if (ahead >= this.options.capacity) {
        return resume(Effect.fail(EventStoreError.EventStoreError.overloaded({ waiting: ahead })))
      }
      const item: Waiting = { append, resume, state: behind === undefined ? "waiting" : "behind" }
      if (behind === undefined) {
        this.waiting.push(item)
        this.count++
        this.schedule()
      } else {
        behind.push(item)
        this.countBehind++
      }
      return Effect.sync(() => this.withdraw(item))
    })

  /**
   * Removes an append whose caller was interrupted. If it is being sent, it may be written, and is
   * not sent again.
   */
  withdraw(item: Waiting): void {
    const { state } = item
    item.state = "gone"
    if (state === "waiting") this.count--
    if (state === "behind") this.countBehind--
    if (state === "held") item.leave?.()
  }

  /** Fails the appends that wait, and waits for running batches. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    for (const item of [...this.waiting, ...[...this.held.values()].flat()]) {
      if (item.state === "gone") continue
      item.resume(Effect.fail(storeClosed))
      this.withdraw(item)
    }
    this.waiting = []
    if (this.lanesInUse === 0) return Effect.void
    this.idle = Deferred.makeUnsafe()
    return Effect.ignore(Effect.timeout(Deferred.await(this.idle), closeTimeout))
  })
}

/**
 * Creates a queue, and returns its `submit`. Batches run in fibers of the scope, not of the
 * callers: interrupting a query would cancel it for all callers of the batch.
 */
export const make = (options: Options): Effect.Effect<Queue["submit"], never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never, void, never>()
    const queue = new Queue(options, (effect) => {
      run(effect)
    })
    yield* Effect.addFinalizer(() => queue.close)
    return queue.submit
  })
