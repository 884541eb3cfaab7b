/**
 * Runs work that one process does at a time: the process holds a lease by the store's clock, under
 * a token that rises with each lease. If it stops renewing the lease, another process takes over.
 *
 * A turn is the work under one lease, from taking the lease until it is released or lost.
 */
import { Effect, Random, Result } from "effect"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as ErrorText from "./ErrorText.ts"

/** The lease is lost to another process, or the work is paused. Nothing more is written. */
export class Lost {
  readonly _tag = "Lost"
}

/** Operations of the store on the lease of one piece of work. */
export interface LeaseOperations<Lease> {
  /**
   * Takes the lease; undefined while another process holds it, or while the work is stopped or
   * paused.
   */
  readonly acquire: Effect.Effect<Lease | undefined, EventStoreError>
  /**
   * Renews the lease; `false` if another process has taken it since, or if the work is to pause.
   */
  readonly renew: (lease: Lease) => Effect.Effect<boolean, EventStoreError>
  readonly release: (lease: Lease) => Effect.Effect<void, EventStoreError>
  /** Stops the work until an operator resumes it. */
  readonly stop: (lease: Lease, problem: string) => Effect.Effect<void, EventStoreError>
}

export interface Failing {
  readonly _tag: string
  readonly message: string
}

/** Parts of a lease's length: the interval between renewals, and between attempts to take it. */
const renewalsPerLease = 4
const attemptsPerLease = 8

/** Delays after failed turns, in milliseconds. */
const firstDelayMs = 50
const maxDelayMs = 2_000

const isRetryable = (error: Failing | EventStoreError): boolean => "isRetryable" in error && error.isRetryable

/**
 * Renews the lease for as long as the work runs, and fails if it cannot be renewed in time. Two
 * processes with a handler that takes longer than the lease would take it from each other forever,
 * so that is logged.
 */
export const heartbeat = (
  renew: Effect.Effect<boolean, EventStoreError>,
  leaseMillis: number,
  what: string
): Effect.Effect<never, Lost> =>
  Effect.gen(function* () {
    const intervalMs = leaseMillis / renewalsPerLease
    let renewedAt = performance.now()
    for (;;) {
      const before = performance.now()
      yield* Effect.sleep(intervalMs)
      const sleptMs = performance.now() - before
      // A connection that does not answer must not prolong the lease either. A process that was
      // busy or suspended for longer than the lease may still ask: perhaps no other process wanted
      // it.
      const leftMs = sleptMs > leaseMillis ? intervalMs : Math.max(1, leaseMillis - (performance.now() - renewedAt))
      const renewed = yield* Effect.result(Effect.timeout(renew, leftMs))
      if (Result.isSuccess(renewed) && renewed.success) renewedAt = performance.now()
      else if (Result.isSuccess(renewed) || performance.now() - renewedAt > leaseMillis) {
        if (Result.isSuccess(renewed) && sleptMs > leaseMillis) {
          yield* Effect.logWarning(
            `${what} was taken over by another process: this process did nothing else for ${Math.round(sleptMs)} ms, longer than its lease of ${leaseMillis} ms. If a handler takes that long, configure a longer lease`
          )
        }
        return yield* Effect.fail(new Lost())
      }
    }
  })

/**
 * Runs one turn with the lease, until it is lost, or the work ends or stops. Does nothing if
 * another process holds the lease. `what` names the work in the log, such as "projection Balances".
 */
export const turn = <Lease, E extends Failing, R>(
  what: string,
  operations: LeaseOperations<Lease>,
  leaseMillis: number,
  work: (lease: Lease) => Effect.Effect<void, E | EventStoreError | Lost, R>
): Effect.Effect<void, E | EventStoreError | Lost, R> =>
  Effect.acquireUseRelease(
    operations.acquire,
    (lease) => {
      if (lease === undefined) return Effect.void
      const stop = Effect.fnUntraced(function* (error: Failing) {
        // If another process holds the lease by now, the failure can come from that.
        if (!(yield* operations.renew(lease))) return yield* Effect.fail(new Lost())
        yield* operations.stop(lease, error.message)
        yield* Effect.logError(`${what} has stopped: ${error.message}`)
      })
      const working = Effect.raceFirst(work(lease), heartbeat(operations.renew(lease), leaseMillis, what))
      return working.pipe(
        Effect.catch((error): Effect.Effect<void, E | EventStoreError | Lost> =>
          error instanceof Lost || isRetryable(error) ? Effect.fail(error) : stop(error)
        ),
        // No fiber awaits this one, so a defect would never be seen.
        Effect.catchDefect((defect) => stop({ _tag: "Defect", message: ErrorText.textOf(defect) }))
      )
    },
    (lease) => (lease === undefined ? Effect.void : Effect.ignore(operations.release(lease)))
  )

/** A defect outside the work itself, such as one of taking or releasing the lease. */
class TurnDefect {
  readonly _tag = "TurnDefect"
  readonly message: string

  constructor(defect: unknown) {
    this.message = ErrorText.textOf(defect)
  }
}

/**
 * Runs turns forever, with a pause after each: a part of the lease, or after failures a growing
 * delay. `one` runs one turn, or does nothing if another process holds the lease.
 */
export const takeTurns = <E extends Failing, R>(
  what: string,
  leaseMillis: number,
  one: Effect.Effect<void, E | Lost, R>
): Effect.Effect<never, never, R> =>
  Effect.gen(function* () {
    let failures = 0
    for (;;) {
      const outcome = yield* Effect.result(Effect.catchDefect(one, (defect) => Effect.fail(new TurnDefect(defect))))
      if (Result.isFailure(outcome) && !(outcome.failure instanceof Lost)) {
        failures++
        if (failures === 1) yield* Effect.logWarning(`${what} waits for the store: ${outcome.failure.message}`)
      } else failures = 0
      // The process that holds the lease can die at any time. The random factor spreads the
      // attempts of several processes.
      const wait = failures > 0 ? Math.min(maxDelayMs, firstDelayMs * 2 ** failures) : leaseMillis / attemptsPerLease
      yield* Effect.sleep(wait * (0.5 + (yield* Random.next)))
    }
  })
