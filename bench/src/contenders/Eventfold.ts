/** Eventfold as an app uses it: `EventStore.append`, and the generated service's `load`. */
import { PgEventStore } from "@eventfold/postgres"
import { DepositCash } from "bank/src/generated/account.ts"
import { Accounts } from "bank/src/generated/account.service.ts"
import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import { type Event, EventId, EventStore, type EventStoreError } from "eventfold"
import { AccountId, TransactionId } from "schemas/bank/account.ts"
import { Amount } from "schemas/bank/money.ts"
import { type Commanded, drive } from "../Contender.ts"
import { connections, pool } from "../Database.ts"
import type { Payload } from "../Payload.ts"

/** Name of the store's schema in every database. */
export const schema = "eventfold"

/** Creates the tables, and closes the store again. */
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

/** Opens the store and the accounts' service; `extras` can be a cache or snapshots. */
export const services = (
  url: string,
  extras: Layer.Layer<never> = Layer.empty
): Effect.Effect<Services, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.map(
    Layer.build(
      Accounts.layer.pipe(
        Layer.provideMerge(PgEventStore.layer({ url: Redacted.make(url), schema, maxConnections: connections })),
        Layer.provide(extras)
      )
    ),
    (context) => ({ store: Context.get(context, EventStore.EventStore), accounts: Context.get(context, Accounts) })
  )

/** Loads an account by its stream and returns its version, which is the number of its events. */
export const load = (accounts: Accounts["Service"], stream: string) =>
  Effect.map(accounts.load(idOf(stream)), ({ version }) => version)

const idOf = (stream: string) => AccountId.make(stream.slice("Account-".length))

export const make = Effect.fn("Eventfold.make")(function* (url: string, extras?: Layer.Layer<never>) {
  const { accounts, store } = yield* services(url, extras)
  const deposit = DepositCash.make({ transactionId: TransactionId.make("100001"), amount: Amount.make(1_200n) })
  const counting = yield* pool(url, 1)
  const contender: Commanded = {
    name: "Eventfold",
    ...drive((stream, version, payloads) =>
      Effect.flatMap(EventId.make, (fresh) => {
        if (payloads.length === 1) return store.append(stream, version, [newEvent(payloads[0]!, fresh)])
        const nth = EventId.series(fresh)
        const events = payloads.map((payload, i) => newEvent(payload, nth(i)))
        return store.append(stream, version, events)
      })
    ),
    load: (stream) => Effect.orDie(load(accounts, stream)),
    deposit: (stream) => Effect.asVoid(Effect.orDie(accounts.execute(idOf(stream), deposit))),
    count: Effect.promise(async () => {
      const { rows } = await counting.query<{ readonly count: string }>(`select count(*) from ${schema}.events`)
      return Number(rows[0]?.count)
    })
  }
  return contender
})
