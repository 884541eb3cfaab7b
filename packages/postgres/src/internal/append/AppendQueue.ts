/**
 * Coalesces the appends of many fibers into one statement and one commit, each with an outcome of its own.
 *
 * An append that comes while a lane is free goes at once; those that come while all lanes are busy wait, and go together.
 */
import { Cause, Deferred, Duration, Effect, Exit, FiberSet, Option, Result, type Scope } from "effect"
import { type EventStore, EventStoreError } from "eventfold"
import type { Outcome } from "./AppendStatements.ts"
import type { Encoded } from "./AppendBatch.ts"
import { closed } from "../read/LogWatch.ts"
import { codeIn, lockTimeout } from "../sql/SqlFailure.ts"

const maxAppends = 256
const maxBytes = 1_000_000
/** Fewer are not divided between lanes: a batch costs the server as much as some ten appends in it. */
const leastShare = 32

interface Waiting {
  readonly append: Encoded
  readonly resume: (outcome: Effect.Effect<EventStore.Appended, EventStoreError.EventStoreError>) => void
  /**
   * `"behind"` waits for a held stream behind another append, `"held"` is sent again until the stream is free, and `"gone"` has no caller
   * any more.
   */
  state: "waiting" | "sent" | "behind" | "held" | "gone"
  /** Ends the wait of one that is `"held"`. */
  leave?: () => void
}

export interface Options {
  /**
   * Sends a batch, at most one append per stream, or several that expect `any`; gives an outcome for each, in their order.
   */
  readonly send: (batch: ReadonlyArray<Encoded>) => Effect.Effect<ReadonlyArray<Outcome>>
  /** Writes an append whose stream another transaction holds, as soon as it is free. */
  readonly wait: (append: Encoded) => Effect.Effect<EventStore.Appended, EventStoreError.EventStoreError>
  /** How many batches may be under way at once. */
  readonly lanes: number
  /**
   * How many appends may wait for a lane, and how many for streams that other transactions hold: counted apart, so that a held stream
   * takes no place of the others.
   */
  readonly capacity: number
}

const interruptedProblem = EventStoreError.EventStoreError.outcomeUnknown({
  problem: "the store was closed while the append was under way"
})

/** Whether an append waited for a held stream for as long as the server lets wait: those behind it have the same to expect. */
const isHeldTooLong = (
  exit: Exit.Exit<EventStore.Appended, EventStoreError.EventStoreError>
): exit is Exit.Failure<never, EventStoreError.EventStoreError> =>
  Exit.isFailure(exit) && Option.exists(Cause.findErrorOption(exit.cause), (error) => codeIn(error) === lockTimeout)

class Queue {
  readonly options: Options
  readonly run: (effect: Effect.Effect<void>) => void
  waiting: Array<Waiting> = []
  count = 0
  /** Streams of the batches under way: an append to one of them waits, which keeps each stream in order. */
  readonly busy = new Set<string>()
  /** Streams that other transactions hold, with the appends that wait behind the one that is sent again. */
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
   * How many go into the next batch: what waits, divided among the free lanes. With all in one batch the server would wait
   * while its outcomes are handed out here, and this process while the server writes.
   */
  share(): number {
    const free = this.options.lanes - this.lanesInUse
    return Math.min(maxAppends, Math.max(leastShare, Math.ceil(this.count / free)))
  }

  /**
   * The oldest that fit into one batch. What is left keeps its order: an append waits for those before it to its stream,
   * unless it and they never conflict, so that they can go together.
   */
  take(): ReadonlyArray<Waiting> {
    const batch: Array<Waiting> = []
    const rest: Array<Waiting> = []
    const ids = new Set<string>()
    /** Streams with something in the batch or the rest, and whether another append that expects any may join it. */
    const held = new Map<string, boolean>()
    const most = this.share()
    let bytes = 0
    let full = false
    for (const item of this.waiting) {
      if (item.state === "gone") continue
      const { events, expected, size, stream } = item.append
      full ||= batch.length >= most || (batch.length > 0 && bytes + size > maxBytes)
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
   * Hands outcomes out. An append whose stream is held goes on waiting outside of the lanes, and those to the same stream
   * queue behind it.
   */
  settle(batch: ReadonlyArray<Waiting>, outcomes: ReadonlyArray<Outcome>): void {
    const behind = new Map<string, Array<Waiting>>()
    for (const [i, item] of batch.entries()) {
      const outcome = outcomes[i]!
      const { stream } = item.append
      if (Result.isSuccess(outcome)) item.resume(Effect.succeed(outcome.success))
      else if (outcome.failure._tag === "EventStoreError") item.resume(Effect.fail(outcome.failure))
      else if (this.closed) item.resume(Effect.fail(closed))
      // Nothing of it is written, and nobody waits for it.
      else if (item.state === "gone") continue
      else if (behind.has(stream)) behind.get(stream)!.push(item)
      else {
        behind.set(stream, [])
        this.run(this.wait(item))
      }
    }
    if (behind.size > 0) this.stepBehind(behind)
  }

  /** Takes what waits for streams that turned out to be held out of the queue, behind what was sent to them. */
  stepBehind(behind: ReadonlyMap<string, Array<Waiting>>): void {
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

  /** Sends an append until its stream is free. What waits behind it goes on with it, and fails with it if the server lets wait no longer. */
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

  readonly submit = (append: Encoded): Effect.Effect<EventStore.Appended, EventStoreError.EventStoreError> =>
    Effect.callback((resume) => {
      if (this.closed) return resume(Effect.fail(closed))
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

  /** Of an append whose caller is gone. What is under way goes on, and is not sent again. */
  withdraw(item: Waiting): void {
    const { state } = item
    item.state = "gone"
    if (state === "waiting") this.count--
    if (state === "behind") this.countBehind--
    if (state === "held") item.leave?.()
  }

  /** Refuses what waits, and lets what is under way come to its end. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    for (const item of [...this.waiting, ...[...this.held.values()].flat()]) {
      if (item.state === "gone") continue
      item.resume(Effect.fail(closed))
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
