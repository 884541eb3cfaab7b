/** Makes of a handler, a schedule and an interest in events what is run. */
import { Cause, Effect, Exit, Predicate, Pull, Result, Schedule } from "effect"
import { type Delivery, idempotencyKey, type Source, type TypedDelivery } from "./Delivery.ts"
import type { SqlClient } from "effect/sql/SqlClient"
import { CurrentMetadata, isLifecycle, type RecordedEvent } from "../../Event.ts"
import type { OnTruncated } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Start } from "../../store/ReactionStore.ts"
import type * as DeliveryLoop from "./DeliveryLoop.ts"
import * as ErrorText from "../work/ErrorText.ts"

/** What each kind of reaction has. */
export interface Options<E, R> {
  /**
   * Where it begins when it runs for the first time: `"beginning"`, which hands over all that ever happened; `"now"`; or after a
   * checkpoint or a position. From then on it goes on where it was.
   */
  readonly start: Start
  /**
   * When to try again after a failure, and how often: an Effect `Schedule`, which is given the error. Unless given, six times within 13
   * seconds, from 200 milliseconds on, each time twice as long. Defects are not tried again.
   */
  readonly retry?: Schedule.Schedule<unknown, E, never, R>
  /**
   * What to do with an event that could not be delivered:
   *
   * - `"stop"`, unless given: the reaction stops before it, and says why in its status; it goes on when it is resumed.
   * - `"park"`: the event is put aside with its error, to be delivered again when that is asked for; the reaction goes on with the next.
   */
  readonly onFailure?: "stop" | "park"
  /**
   * How many streams to work on at once: events of one stream stay in their order. 1 unless given, which keeps the order of the whole
   * log.
   */
  readonly concurrency?: number
  /** What to do where the content of an event was truncated: stop (`"fail"`, unless given), or leave it out (`"skip"`). */
  readonly truncated?: OnTruncated
}

const longestProblem = 2_000

const problemOf = (error: unknown): string => ErrorText.textOf(error).slice(0, longestProblem)

/** What a handler is that does nothing: it was called, and gave a promise, or nothing at all. */
const noEffect = (given: unknown): string =>
  `its handler gave ${given === undefined ? "nothing" : Predicate.isPromiseLike(given) ? "a promise" : `a ${typeof given}`}, and no Effect: Effect.promise makes one of a promise`

const defaultRetry = Schedule.upTo(Schedule.exponential("200 millis"), { times: 6 })

/** Of a schedule: waits, and says whether to try again. */
const begun = <E, R>(schedule: Schedule.Schedule<unknown, E, never, R>) =>
  Effect.map(
    Schedule.toStepWithSleep(schedule),
    (step) => (error: E) => Pull.catchDone(Effect.as(step(error), true), () => Effect.succeed(false))
  )

const never = Effect.succeed(false)

interface Known<D, E, R> {
  readonly name: string
  readonly options: Options<E, R>
  readonly batch: number
  readonly aggregates?: ReadonlyArray<string> | undefined
  readonly types?: ReadonlyArray<string> | undefined
  /** What the handler is given; undefined for events that it is not about. */
  readonly read: (delivery: Delivery, storeId: string) => Result.Result<D | undefined, EventStoreError>
  readonly handle: (deliveries: ReadonlyArray<D>, sql: SqlClient | undefined) => Effect.Effect<unknown, E, R>
  /** Whether the handler is given the client of a transaction, in which the place is written too. */
  readonly isTransactional?: boolean
}

export const make = <D, E, R>({
  aggregates,
  batch,
  handle,
  isTransactional = false,
  name,
  options,
  read,
  types
}: Known<D, E, R>): DeliveryLoop.Runnable<R> => {
  const { concurrency = 1, onFailure = "stop", retry = defaultRetry, start, truncated = "fail" } = options

  const attempt = (storeId: string, again: (error: E) => Effect.Effect<boolean, never, R>) =>
    Effect.fnUntraced(
      function* (
        events: ReadonlyArray<RecordedEvent>,
        attempt: number,
        sql?: SqlClient
      ): Effect.fn.Return<DeliveryLoop.Failed<R> | undefined, never, R> {
        const deliveries: Array<D> = []
        for (const recorded of events) {
          const key = idempotencyKey(storeId, name, recorded.id)
          const delivery = read({ reaction: name, recorded, idempotencyKey: key, attempt }, storeId)
          if (Result.isFailure(delivery)) return { problem: delivery.failure.message, again: never }
          if (delivery.success !== undefined) deliveries.push(delivery.success)
        }
        if (deliveries.length === 0) return undefined
        // Commands that a handler runs say what led to them.
        const [{ id, metadata }] = events as readonly [RecordedEvent]
        const caused = { correlationId: metadata.correlationId ?? id, causationId: id }
        // What is thrown before there is an Effect is a defect of it, too.
        const handled = Effect.suspend(() => {
          const effect = handle(deliveries, sql)
          return Effect.isEffect(effect) ? effect : Effect.die(new Error(noEffect(effect)))
        })
        const exit = yield* Effect.exit(Effect.provideService(handled, CurrentMetadata, caused))
        if (Exit.isSuccess(exit)) return undefined
        const reason = exit.cause.reasons.find(Cause.isFailReason)
        if (reason !== undefined) return { problem: problemOf(reason.error), again: again(reason.error) }
        const defect = exit.cause.reasons.find(Cause.isDieReason)
        return { problem: defect === undefined ? "it was interrupted" : problemOf(defect.defect), again: never }
      },
      (effect, events, attempt) =>
        Effect.withSpan(effect, "Reaction.attempt", {
          attributes: { reaction: name, attempt, events: events.length, position: events[0]?.position }
        })
    )

  return {
    name,
    interest: {
      truncated,
      ...(aggregates === undefined ? {} : { aggregates }),
      ...(types === undefined ? {} : { types })
    },
    start,
    onFailure,
    isTransactional,
    concurrency,
    batch,
    attempts: (storeId) => Effect.map(begun(retry), (again) => attempt(storeId, again))
  }
}

/** Decodes the events of sources; undefined for those that none of them is about. */
export const reading = (name: string, sources: ReadonlyArray<Source<unknown, unknown>>) => {
  const known = new Map(sources.map((source) => [source.aggregate, { ...source, types: new Set(source.types) }]))
  return (delivery: Delivery): Result.Result<TypedDelivery<unknown, unknown> | undefined, EventStoreError> => {
    const { stream, type } = delivery.recorded
    const hyphen = stream.indexOf("-")
    const source = known.get(stream.slice(0, hyphen))
    const isMeant = source !== undefined && (source.types.size === 0 ? !isLifecycle(type) : source.types.has(type))
    if (!isMeant) return Result.succeed(undefined)
    const event = source.decode(delivery.recorded)
    if (Result.isFailure(event)) return Result.fail(event.failure)
    const id = source.decodeId(stream.slice(hyphen + 1))
    if (Result.isSuccess(id)) return Result.succeed({ ...delivery, event: event.success, id: id.success })
    const problem = `stream ${JSON.stringify(stream)} has no id that decodes: ${id.failure.message}`
    return Result.fail(EventStoreError.invalidRequest(`reaction ${name}`, problem))
  }
}
