/**
 * Work that one process does at a time, whichever it is: it holds a lease by the store's clock, under a token that rises with each
 * lease, and another one takes over where it falls silent.
 */
import { Effect, Random, Result } from "effect"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as ErrorText from "./ErrorText.ts"

/** The lease is another's by now, or the work is to pause: nothing more is written. */
export class Lost {
  readonly _tag = "Lost"
}

/** What the store keeps of one piece of work. */
export interface Tenure<Lease> {
  /** The right to work; undefined while another has it, and where nobody is to. */
  readonly acquire: Effect.Effect<Lease | undefined, EventStoreError>
  /** For as long again; false where another has it since, or the work is to pause. */
  readonly renew: (lease: Lease) => Effect.Effect<boolean, EventStoreError>
  readonly release: (lease: Lease) => Effect.Effect<void, EventStoreError>
  /** Nobody is to work until it is resumed. */
  readonly stop: (lease: Lease, problem: string) => Effect.Effect<void, EventStoreError>
}

export interface Failing {
  readonly _tag: string
  readonly message: string
}

const isRetryable = (error: Failing | EventStoreError): boolean => "isRetryable" in error && error.isRetryable

/**
 * Holds the lease for as long as the work goes on: where it can't be renewed in time, it is lost. Two processes with a handler that takes
 * longer than the lease would take it from each other for ever, so that is said.
 */
export const heartbeat = (
  renew: Effect.Effect<boolean, EventStoreError>,
  leaseMillis: number,
  what: string
): Effect.Effect<never, Lost> =>
  Effect.gen(function* () {
    let held = performance.now()
    for (;;) {
      const before = performance.now()
      yield* Effect.sleep(leaseMillis / 4)
      const slept = performance.now() - before
      // A connection that answers nothing must not hold it for longer either. Who was busy or asleep may ask: nobody else need have wanted it.
      const left = slept > leaseMillis ? leaseMillis / 4 : Math.max(1, leaseMillis - (performance.now() - held))
      const renewed = yield* Effect.result(Effect.timeout(renew, left))
      if (Result.isSuccess(renewed) && renewed.success) held = performance.now()
      else if (Result.isSuccess(renewed) || performance.now() - held > leaseMillis) {
        if (Result.isSuccess(renewed) && slept > leaseMillis) {
          yield* Effect.logWarning(
            `${what} is another process's by now: this one did nothing else for ${Math.round(slept)} ms, and its lease is of ${leaseMillis} ms. Where a handler takes that long, give a longer lease`
          )
        }
        return yield* Effect.fail(new Lost())
      }
    }
  })

/**
 * One turn with the lease, until it is lost, or the work ends or stops; nothing where it can't be had. `what` is for the log, as in
 * "projection Balances".
 */
export const turn = <Lease, E extends Failing, R>(
  what: string,
  tenure: Tenure<Lease>,
  leaseMillis: number,
  work: (lease: Lease) => Effect.Effect<void, E | EventStoreError | Lost, R>
): Effect.Effect<void, E | EventStoreError | Lost, R> =>
  Effect.acquireUseRelease(
    tenure.acquire,
    (lease) => {
      if (lease === undefined) return Effect.void
      const stop = Effect.fnUntraced(function* (error: Failing) {
        // What another one has in hand by now may look like anything.
        if (!(yield* tenure.renew(lease))) return yield* Effect.fail(new Lost())
        yield* tenure.stop(lease, error.message)
        yield* Effect.logError(`${what} has stopped: ${error.message}`)
      })
      const working = Effect.raceFirst(work(lease), heartbeat(tenure.renew(lease), leaseMillis, what))
      return working.pipe(
        Effect.catch((error): Effect.Effect<void, E | EventStoreError | Lost> =>
          error instanceof Lost || isRetryable(error) ? Effect.fail(error) : stop(error)
        ),
        // Nobody waits for this fiber: what nobody has thought of must be seen as well.
        Effect.catchDefect((defect) => stop({ _tag: "Defect", message: ErrorText.textOf(defect) }))
      )
    },
    (lease) => (lease === undefined ? Effect.void : Effect.ignore(tenure.release(lease)))
  )

/** What could not even begin, or end, for something that nobody has thought of. */
class Broken {
  readonly _tag = "Broken"
  readonly message: string

  constructor(defect: unknown) {
    this.message = ErrorText.textOf(defect)
  }
}

/** Takes turns, for ever. */
export const takeTurns = <E extends Failing, R>(
  what: string,
  leaseMillis: number,
  one: Effect.Effect<void, E | Lost, R>
): Effect.Effect<never, never, R> =>
  Effect.gen(function* () {
    let failures = 0
    for (;;) {
      const outcome = yield* Effect.result(Effect.catchDefect(one, (defect) => Effect.fail(new Broken(defect))))
      if (Result.isFailure(outcome) && !(outcome.failure instanceof Lost)) {
        failures++
        if (failures === 1) yield* Effect.logWarning(`${what} waits for the store: ${outcome.failure.message}`)
      } else failures = 0
      // Another one may die at any moment; all look at times of their own.
      const wait = failures > 0 ? Math.min(2_000, 50 * 2 ** failures) : leaseMillis / 8
      yield* Effect.sleep(wait * (0.5 + (yield* Random.next)))
    }
  })
