/**
 * The process manager: follows the log and takes the next step of each order until the order is
 * finished.
 *
 * Events are delivered at least once, and commands are sent at least once; because of command ids
 * each takes effect once. Nothing else is kept but a place in the log. So it may be stopped or
 * killed at any point, and several may run at once.
 */
import { Clock, Context, DateTime, Effect, FiberMap, Queue, Schedule, type Schema, Stream } from "effect"
import { Checkpoint, EventStore, type EventStoreError } from "eventfold"
import { Bookmark } from "./Bookmark.ts"
import { Orders } from "./generated/order.service.ts"
import type { OrderFailures } from "./generated/order.ts"
import { Payments } from "./generated/payment.service.ts"
import type { PaymentFailures } from "./generated/payment.ts"
import { Shipments } from "./generated/shipment.service.ts"
import type { ShipmentFailures } from "./generated/shipment.ts"
import type { OrderId } from "./generated/values.ts"
import { type Deadlines, nextStep, type NextStep } from "./NextStep.ts"
import { interest, Processes } from "./Processes.ts"

/** The deadlines of customers and the warehouse. A layer can provide others. */
export const CurrentDeadlines: Context.Reference<Deadlines> = Context.Reference<Deadlines>("orders/Deadlines", {
  defaultValue: () => ({ payment: "3 days", dispatch: "5 days" })
})

/** Maximum number of orders that are worked on at the same time. */
const concurrency = 16

/** While the store is away or busy, the same command is sent again: it has an id. */
const untilStored = Schedule.min([Schedule.exponential("20 millis", 2), Schedule.spaced("2 seconds")])

type Command = Exclude<NextStep, { readonly _tag: "Wait" }>
type Refusal =
  | OrderFailures[keyof OrderFailures]
  | PaymentFailures[keyof PaymentFailures]
  | ShipmentFailures[keyof ShipmentFailures]

/** Sends the commands of steps. */
const makeSend = Effect.gen(function* () {
  const orders = yield* Orders
  const payments = yield* Payments
  const shipments = yield* Shipments
  const execute = (id: OrderId, step: Command): Effect.Effect<unknown, Refusal | EventStoreError.EventStoreError> => {
    const options = { commandId: step.commandId, metadata: { actor: "fulfilment", correlationId: id } }
    switch (step._tag) {
      case "Order":
        return orders.execute(id, step.command, options)
      case "Payment":
        return payments.execute(id, step.command, options)
      case "Shipment":
        return shipments.execute(id, step.command, options)
    }
  }
  return (id: OrderId, step: Command) =>
    execute(id, step).pipe(
      Effect.retry({ schedule: untilStored, while: (error) => error._tag === "EventStoreError" && error.isRetryable }),
      Effect.catch((error) =>
        error._tag === "EventStoreError"
          ? // One order that can't be worked on does not hold the others up; it is tried again at the next start.
            Effect.logError(`${step.command._tag} of order ${id} failed`, error)
          : // Something else has happened to it, which the log is about to tell: that says what is to be done.
            Effect.logDebug(`${step.command._tag} of order ${id} was refused`, error._tag)
      )
    )
})

/** The events and timers that wake the manager. */
type Wake = { readonly _tag: "Page"; readonly page: EventStore.Page } | { readonly _tag: "Due"; readonly id: OrderId }

const follow = Effect.fnUntraced(function* (from: Checkpoint.Checkpoint) {
  const store = yield* EventStore.EventStore
  const bookmark = yield* Bookmark
  const deadlines = yield* CurrentDeadlines
  const send = yield* makeSend
  const processes = new Processes(from)
  const touched = new Set<OrderId>()
  const due = yield* Queue.unbounded<OrderId>()
  const alarms = yield* FiberMap.make<OrderId>()

  const act = Effect.fnUntraced(function* (id: OrderId) {
    const row = processes.get(id)
    const now = yield* Clock.currentTimeMillis
    const step = row && nextStep(row, DateTime.makeUnsafe(now), deadlines)
    if (step?._tag !== "Wait") {
      yield* FiberMap.remove(alarms, id)
      if (step !== undefined) yield* send(id, step)
      return
    }
    const wait = Effect.sleep(Math.max(0, DateTime.toEpochMillis(step.until) - now))
    yield* FiberMap.run(alarms, id, Effect.andThen(wait, Queue.offer(due, id)))
  })

  const wakes: Stream.Stream<Wake, EventStoreError.EventStoreError> = Stream.merge(
    Stream.map(store.pages({ after: from, ...interest, name: "fulfilment" }), (page): Wake => ({ _tag: "Page", page })),
    Stream.map(Stream.fromQueue(due), (id): Wake => ({ _tag: "Due", id }))
  )

  return yield* Stream.runForEach(
    wakes,
    Effect.fnUntraced(function* (wake) {
      if (wake._tag === "Due") return yield* act(wake.id)
      for (const recorded of wake.page.events) touched.add(yield* Effect.fromResult(processes.fold(recorded)))
      processes.readUpTo(wake.page.checkpoint)
      // Events that are in the log already may answer the next question.
      if (!wake.page.caughtUp) return
      yield* Effect.forEach(touched, act, { concurrency, discard: true })
      touched.clear()
      yield* bookmark.save(processes.since)
    })
  )
}, Effect.scoped)

/**
 * Works until it is interrupted.
 *
 * Where its place in the log is not of this log any more, after a restore say, it reads the log
 * from its beginning: all that it knows comes from there.
 */
export const run: Effect.Effect<
  void,
  EventStoreError.EventStoreError | Schema.SchemaError,
  EventStore.EventStore | Orders | Payments | Shipments | Bookmark
> = Effect.gen(function* () {
  const { id } = yield* EventStore.EventStore
  const { load } = yield* Bookmark
  yield* follow(yield* load(id)).pipe(
    Effect.catchReason("EventStoreError", "LogDiverged", (diverged) =>
      Effect.andThen(Effect.logWarning(diverged.message), follow(Checkpoint.beginning(id)))
    )
  )
}).pipe(Effect.withSpan("FulfilmentManager"))
