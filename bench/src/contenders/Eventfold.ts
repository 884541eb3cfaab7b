/** Eventfold as an app uses it: `EventStore.append`, and the generated service's `load`. */
import { PgEventStore } from "@eventfold/postgres"
import { Accounts } from "bank/src/generated/account.service.ts"
import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import { type Event, EventId, EventStore, type EventStoreError } from "eventfold"
import { AccountId } from "schemas/bank/account.ts"
import { type Contender, drive } from "../Contender.ts"
import { connections, pool } from "../Database.ts"
import type { Payload } from "../Payload.ts"

/** The store's schema in every database that has its tables. */
export const schema = "eventfold"

/** The tables, and nobody who uses them. */
export const createTables = (url: string): Effect.Effect<void, EventStoreError.EventStoreError> =>
  Effect.scoped(Effect.asVoid(Layer.build(PgEventStore.layer({ url: Redacted.make(url), schema }))))

const newEvent = ({ data, type }: Payload, id: EventId.EventId): Event.NewEvent => ({
  id,
  type,
  schemaVersion: 1,
  data,
  metadata: {}
})

export interface Services {
  readonly store: EventStore.Service
  readonly accounts: Accounts["Service"]
}

export const services = (url: string): Effect.Effect<Services, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.map(
    Layer.build(
      Accounts.layer.pipe(
        Layer.provideMerge(PgEventStore.layer({ url: Redacted.make(url), schema, maxConnections: connections }))
      )
    ),
    (context) => ({ store: Context.get(context, EventStore.EventStore), accounts: Context.get(context, Accounts) })
  )

/** Loads an account by its stream, and gives its version: one for each event. */
export const load = (accounts: Accounts["Service"], stream: string) =>
  Effect.map(accounts.load(AccountId.make(stream.slice("Account-".length))), ({ version }) => version)

export const make = Effect.fn("Eventfold.make")(function* (url: string) {
  const { accounts, store } = yield* services(url)
  const counting = yield* pool(url, 1)
  const contender: Contender = {
    name: "Eventfold",
    ...drive((stream, version, payloads) =>
      Effect.flatMap(EventId.make, (fresh) => {
        if (payloads.length === 1) return store.append(stream, version, [newEvent(payloads[0]!, fresh)])
        const idOf = EventId.series(fresh)
        const events = payloads.map((payload, i) => newEvent(payload, idOf(i)))
        return store.append(stream, version, events)
      })
    ),
    load: (stream) => Effect.orDie(load(accounts, stream)),
    count: Effect.promise(async () => {
      const { rows } = await counting.query<{ readonly count: string }>(`select count(*) from ${schema}.events`)
      return Number(rows[0]?.count)
    })
  }
  return contender
})
