/**
 * The stores and drivers that are compared, and the loops that append, as fibers or promises, until
 * a deadline.
 */
import { Effect } from "effect"
import { type Payload, payload } from "./Payload.ts"

export interface Drive {
  /** Number of fibers that append at the same time. */
  readonly fibers: number
  /** Number of events of each append. */
  readonly size: number
  readonly millis: number
  /** Part of the names of streams, so that each round has its own streams. */
  readonly round: string
}

export interface Driven {
  /** Duration of the whole round, in milliseconds. */
  readonly millis: number
  /** Latency of each append, in milliseconds. */
  readonly latencies: ReadonlyArray<number>
}

export interface Contender {
  readonly name: string
  readonly append: (drive: Drive) => Effect.Effect<Driven>
  /** Writes one stream of `count` events, in batches. */
  readonly fill: (stream: string, count: number) => Effect.Effect<void>
  /**
   * Reads a whole stream, decodes and folds it if this contender does so, and returns the number of
   * its events.
   */
  readonly load: (stream: string) => Effect.Effect<number>
  /** Number of stored events. */
  readonly count: Effect.Effect<number>
}

/** A contender that can also run a command. */
export interface Commanded extends Contender {
  /** Deposits into an account: loads it, decides, and appends one event. */
  readonly deposit: (stream: string) => Effect.Effect<void>
}

/**
 * Appends to a stream before a fiber begins the next stream: streams of one aggregate are rarely
 * long.
 */
const appendsPerStream = 20

/** The sequence of streams, versions and payloads of a fiber, the same for every contender. */
class Walk {
  readonly #drive: Drive
  readonly #fiber: number
  #number = 0
  constructor(drive: Drive, fiber: number) {
    this.#drive = drive
    this.#fiber = fiber
  }
  next(): readonly [stream: string, version: number, payloads: ReadonlyArray<Payload>] {
    const { round, size } = this.#drive
    const place = this.#number++
    const version = (place % appendsPerStream) * size
    const stream = `Account-${round}-${this.#fiber}-${Math.floor(place / appendsPerStream)}`
    const payloads: Array<Payload> = []
    for (let i = 0; i < size; i++) payloads.push(payload(version + i))
    return [stream, version, payloads]
  }
}

/** Appends payloads after this version of a stream; fails if the stream has another version. */
type AppendWith<Result> = (stream: string, version: number, payloads: ReadonlyArray<Payload>) => Result

/** Number of events of a batch when a stream is filled. */
const eventsPerFillBatch = 100

const fill = <E>(append: AppendWith<Effect.Effect<unknown, E>>): Contender["fill"] =>
  Effect.fnUntraced(function* (stream: string, count: number) {
    for (let version = 0; version < count; version += eventsPerFillBatch) {
      const payloads = Array.from({ length: Math.min(eventsPerFillBatch, count - version) }, (_, i) =>
        payload(version + i)
      )
      yield* Effect.orDie(append(stream, version, payloads))
    }
  })

/** Runs appends that are effects; each loop is a fiber. */
export const drive = <E>(append: AppendWith<Effect.Effect<unknown, E>>): Pick<Contender, "append" | "fill"> => ({
  fill: fill(append),
  append: Effect.fnUntraced(function* (options: Drive) {
    const latencies: Array<number> = []
    const start = performance.now()
    const deadline = start + options.millis
    const loop = (fiber: number) =>
      Effect.suspend(() => {
        const walk = new Walk(options, fiber)
        let before = 0
        return Effect.whileLoop({
          while: () => (before = performance.now()) < deadline,
          body: () => append(...walk.next()),
          step: () => {
            latencies.push(performance.now() - before)
          }
        })
      })
    const loops = Array.from({ length: options.fibers }, (_, fiber) => loop(fiber))
    yield* Effect.orDie(Effect.all(loops, { concurrency: "unbounded", discard: true }))
    return { millis: performance.now() - start, latencies }
  })
})

/** Runs appends that are promises; each loop is an async function. */
export const drivePromises = (append: AppendWith<Promise<unknown>>): Pick<Contender, "append" | "fill"> => {
  const run = async (options: Drive): Promise<Driven> => {
    const latencies: Array<number> = []
    const start = performance.now()
    const deadline = start + options.millis
    const loop = async (fiber: number) => {
      const walk = new Walk(options, fiber)
      for (;;) {
        const before = performance.now()
        if (before >= deadline) return
        await append(...walk.next())
        latencies.push(performance.now() - before)
      }
    }
    await Promise.all(Array.from({ length: options.fibers }, (_, fiber) => loop(fiber)))
    return { millis: performance.now() - start, latencies }
  }
  return {
    fill: fill((...of) => Effect.promise(() => append(...of))),
    append: (options) => Effect.promise(() => run(options))
  }
}
