/**
 * Makes the runnable form of a reaction from its handler, its options and the events that it reads.
 */
import { Cause, Effect, Exit, Predicate, Pull, Result, Schedule } from "effect"
import { type Delivery, idempotencyKey, type Source, type TypedDelivery } from "./Delivery.ts"
import type { SqlClient } from "effect/sql/SqlClient"
import { CurrentMetadata, isLifecycle, type RecordedEvent } from "../../Event.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Service as ReactionStore } from "../../store/ReactionStore.ts"
import type * as DeliveryLoop from "./DeliveryLoop.ts"
import * as FailurePolicy from "../work/FailurePolicy.ts"
import * as ErrorText from "../work/ErrorText.ts"
import * as TraceContext from "../work/TraceContext.ts"

/**
 * Options of every kind of reaction.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options<E, R> {
  /**
   * Start of the reaction when it first runs: `"beginning"`, which delivers all events of the log;
   * `"now"`; or after a checkpoint or a position. After that, it continues from its own checkpoint.
   */
  readonly start: Parameters<ReactionStore["open"]>[1]
  /**
   * Schedule of the retries after a failure; its input is the error. Defaults to six retries within
   * 13 seconds: the first delay is 200 milliseconds, and each further one is twice as long. Defects
   * are not retried.
   */
  readonly retry?: Schedule.Schedule<unknown, E, never, R>
  /**
   * Policy for an event that could not be delivered:
   *
   * - `"stop"`, the default: the reaction stops before the event, and its status has the error; it
   *   continues when it is resumed.
   * - `"park"`: the event is parked with its error, and is delivered again on request; the reaction
   *   continues with the next event.
   */
  readonly onFailure?: "stop" | "park"
  /**
   * Number of streams whose events are delivered at once; events of one stream stay in order.
   * Defaults to 1, which keeps the order of the whole log.
   */
  readonly concurrency?: number
  /**
   * Policy for an event whose content was truncated: the reaction stops (`"fail"`, the default), or
   * leaves it out (`"skip"`).
   */
  readonly truncated?: "fail" | "skip"
}

/** Maximum length of the problem that is stored with an event. */
const maxProblemCharacters = 2_000

const problemOf = (error: unknown): string => ErrorText.textOf(error).slice(0, maxProblemCharacters)

/**
 * Describes a handler that returned no Effect, which does nothing: it returned a promise, or
 * nothing at all.
 */
const noEffect = (given: unknown): string =>
  `its handler returned ${given === undefined ? "nothing" : Predicate.isPromiseLike(given) ? "a promise" : `a ${typeof given}`} instead of an Effect; Effect.promise converts a promise`

const defaultRetry = Schedule.upTo(Schedule.exponential("200 millis"), { times: 6 })

/** Starts a schedule: its step waits, and returns `false` when the schedule is over. */
const startSchedule = <E, R>(schedule: Schedule.Schedule<unknown, E, never, R>) =>
  Effect.map(
    Schedule.toStepWithSleep(schedule),
    (step) => (error: E) => Pull.catchDone(Effect.as(step(error), true), () => Effect.succeed(false))
  )

const noRetry = Effect.succeed(false)

interface Definition<D, E, R> {
  readonly name: string
  readonly options: Options<E, R>
  readonly batch: number
  readonly aggregates?: ReadonlyArray<string> | undefined
  readonly types?: ReadonlyArray<string> | undefined
  /**
   * Converts a delivery to the input of the handler; undefined for an event that the reaction does
   * not read.
   */
  readonly read: (delivery: Delivery, storeId: string) => Result.Result<D | undefined, EventStoreError>
  readonly handle: (deliveries: ReadonlyArray<D>, sql: SqlClient | undefined) => Effect.Effect<unknown, E, R>
  /**
   * `true` if the handler gets the client of a transaction, in which the checkpoint is written too.
   */
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
}: Definition<D, E, R>): DeliveryLoop.RunnableReaction<R> => {
  const {
    concurrency = 1,
    onFailure = FailurePolicy.defaultName,
    retry = defaultRetry,
    start,
    truncated = "fail"
  } = options

  const attempt = (storeId: string, again: (error: E) => Effect.Effect<boolean, never, R>) =>
    Effect.fnUntraced(
      function* (
        events: ReadonlyArray<RecordedEvent>,
        attempt: number,
        sql?: SqlClient
      ): Effect.fn.Return<DeliveryLoop.FailedAttempt<R> | undefined, never, R> {
        const deliveries: Array<D> = []
        for (const recorded of events) {
          const key = idempotencyKey(storeId, name, recorded.id)
          const delivery = read({ reaction: name, recorded, idempotencyKey: key, attempt }, storeId)
          if (Result.isFailure(delivery)) return { problem: delivery.failure.message, waitForRetry: noRetry }
          if (delivery.success !== undefined) deliveries.push(delivery.success)
        }
        if (deliveries.length === 0) return undefined
        // Commands that the handler runs record the event that caused them.
        const [{ id, metadata }] = events as readonly [RecordedEvent]
        const caused = { correlationId: metadata.correlationId ?? id, causationId: id }
        // An error that is thrown before the handler returns its Effect is a defect of the Effect.
        const handled = Effect.suspend(() => {
          const effect = handle(deliveries, sql)
          return Effect.isEffect(effect) ? effect : Effect.die(new Error(noEffect(effect)))
        })
        const exit = yield* Effect.exit(Effect.provideService(handled, CurrentMetadata, caused))
        if (Exit.isSuccess(exit)) return undefined
        const reason = exit.cause.reasons.find(Cause.isFailReason)
        if (reason !== undefined) return { problem: problemOf(reason.error), waitForRetry: again(reason.error) }
        const defect = exit.cause.reasons.find(Cause.isDieReason)
        return {
          problem: defect === undefined ? "it was interrupted" : problemOf(defect.defect),
          waitForRetry: noRetry
        }
      },
      (effect, events, attempt) =>
        Effect.withSpan(effect, "Reaction.attempt", {
          attributes: { reaction: name, attempt, events: events.length, position: events[0]?.position },
          links: events.flatMap(({ metadata: { traceparent } }) =>
            traceparent === undefined ? [] : (TraceContext.linkTo(traceparent) ?? [])
          )
        })
    )

  return {
    "~eventfold/Reaction": { _R: (never: never) => never },
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
    startAttempts: (storeId) => Effect.map(startSchedule(retry), (again) => attempt(storeId, again))
  }
}

/** Decodes the events of sources; undefined for events of none of them. */
export const reading = (name: string, sources: ReadonlyArray<Source<unknown, unknown>>) => {
  const known = new Map(sources.map((source) => [source.aggregate, { ...source, types: new Set(source.types) }]))
  return (delivery: Delivery): Result.Result<TypedDelivery<unknown, unknown> | undefined, EventStoreError> => {
    const { stream, type } = delivery.recorded
    const hyphen = stream.indexOf("-")
    const source = known.get(stream.slice(0, hyphen))
    const isOfSource = source !== undefined && (source.types.size === 0 ? !isLifecycle(type) : source.types.has(type))
    if (!isOfSource) return Result.succeed(undefined)
    const event = source.decode(delivery.recorded)
    if (Result.isFailure(event)) return Result.fail(event.failure)
    const id = source.decodeId(stream.slice(hyphen + 1))
    if (Result.isSuccess(id)) return Result.succeed({ ...delivery, event: event.success, id: id.success })
    const problem = `stream ${JSON.stringify(stream)} has no id that decodes: ${id.failure.message}`
    return Result.fail(EventStoreError.invalidRequest(`reaction ${name}`, problem))
  }
}
