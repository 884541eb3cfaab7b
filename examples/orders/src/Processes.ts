/**
 * The orders that are on their way, folded from the log, and from where on the log has to be read
 * to fold them again.
 */
import { Result, type Schema } from "effect"
import { Checkpoint, type Event, type EventStoreError } from "eventfold"
import { ProjectionFold } from "eventfold/generated"
import { Order } from "schemas/orders/order.ts"
import { Payment } from "schemas/orders/payment.ts"
import { Shipment } from "schemas/orders/shipment.ts"
import { project } from "./fulfilment.projection.ts"
import type { FulfilmentEvent, FulfilmentRow } from "./generated/fulfilment.ts"
import { OrderCodec } from "./generated/order.codec.ts"
import { PaymentCodec } from "./generated/payment.codec.ts"
import { ShipmentCodec } from "./generated/shipment.codec.ts"
import type { OrderId } from "./generated/values.ts"

const sources: ReadonlyArray<ProjectionFold.Source<FulfilmentEvent, OrderId>> = [
  ProjectionFold.source({
    aggregate: Order.name,
    id: Order.id,
    codec: OrderCodec,
    types: ["OrderPlaced", "OrderConfirmed", "OrderCompleted", "OrderCancelled"]
  }),
  ProjectionFold.source({
    aggregate: Payment.name,
    id: Payment.id,
    codec: PaymentCodec,
    types: ["PaymentRequested", "PaymentCaptured", "PaymentDeclined", "PaymentRefunded"]
  }),
  ProjectionFold.source({
    aggregate: Shipment.name,
    id: Shipment.id,
    codec: ShipmentCodec,
    types: ["ShipmentPrepared", "ShipmentDispatched", "ShipmentFailed", "ShipmentCalledOff"]
  })
]

/** Queries of a manager to the log. */
export const interest = {
  aggregates: sources.map(({ aggregate }) => aggregate),
  types: sources.flatMap(({ types }) => types)
}

interface Process {
  readonly row: FulfilmentRow
  /** After this, the log holds all that the row was folded from. */
  readonly since: Checkpoint.Checkpoint
}

export class Processes {
  /** In the order of `since`: a later entry has begun later. */
  readonly #open = new Map<OrderId, Process>()
  #read: Checkpoint.Checkpoint

  constructor(from: Checkpoint.Checkpoint) {
    this.#read = from
  }

  get(id: OrderId): FulfilmentRow | undefined {
    return this.#open.get(id)?.row
  }

  /** The checkpoint to restart from: no event before it concerns an order in progress. */
  get since(): Checkpoint.Checkpoint {
    const [oldest] = this.#open.values()
    return oldest?.since ?? this.#read
  }

  /** Folds an event in; gives the order that it is about. */
  fold(recorded: Event.RecordedEvent): Result.Result<OrderId, EventStoreError.EventStoreError | Schema.SchemaError> {
    const hyphen = recorded.stream.indexOf("-")
    const source = sources.find(({ aggregate }) => aggregate === recorded.stream.slice(0, hyphen))!
    const decoded = source.decode(recorded)
    if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
    const id = source.decodeId(recorded.stream.slice(hyphen + 1))
    if (Result.isFailure(id)) return id
    const known = this.#open.get(id.success)
    const row = project.project(known?.row, decoded.success, { ...recorded, id: id.success }, id.success)
    if (row === undefined) this.#open.delete(id.success)
    else this.#open.set(id.success, { row, since: known?.since ?? this.#read })
    this.#read = Checkpoint.after(this.#read.storeId, recorded)
    return id
  }

  /** The log was read up to here, also past what is of no interest. */
  readUpTo(checkpoint: Checkpoint.Checkpoint): void {
    this.#read = checkpoint
  }
}
