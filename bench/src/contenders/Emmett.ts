/**
 * Emmett, the most used peer, as in its documentation: `appendToStream` and `aggregateStream` on a
 * pool.
 */
import { CommandHandler, type Event, STREAM_DOES_NOT_EXIST } from "@event-driven-io/emmett"
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql"
import { Effect } from "effect"
import { type Commanded, drivePromises } from "../Contender.ts"
import { attempt, pool } from "../Database.ts"
import { emmett } from "../Wanted.ts"
import { initial, type Movement, type State, step } from "../HandWritten.ts"

/** The stored form: amounts are text, since JSON has no bigints. */
interface Stored {
  readonly amount?: string
  readonly overdraftLimit?: string
}

/**
 * Validates nothing, and converts only the amounts, since the balance cannot be folded from text.
 */
const evolve = (state: State, { data, type }: Event): State => {
  const { amount, overdraftLimit } = data as Stored
  return step(state, {
    _tag: type as Movement["_tag"],
    amount: amount === undefined ? 0n : BigInt(amount),
    overdraftLimit: overdraftLimit === undefined ? 0n : BigInt(overdraftLimit)
  })
}

export const make = Effect.fn("Emmett.make")(function* (url: string) {
  const connected = yield* pool(url)
  const store = yield* Effect.acquireRelease(
    Effect.sync(() => getPostgreSQLEventStore(url, { connectionOptions: { pool: connected } })),
    (store) => Effect.promise(() => store.close())
  )
  yield* attempt("Emmett can't create its tables", () => store.schema.migrate())
  const handle = CommandHandler<State, Event>({ evolve, initialState: () => initial })
  const contender: Commanded = {
    name: emmett,
    ...drivePromises((stream, version, payloads) =>
      store.appendToStream(
        stream,
        payloads.map(({ data, type }): Event => ({ type, data: data as Record<string, unknown> })),
        { expectedStreamVersion: version === 0 ? STREAM_DOES_NOT_EXIST : BigInt(version) }
      )
    ),
    load: (stream) =>
      Effect.promise(async () => {
        const { state } = await store.aggregateStream<State, Event>(stream, { evolve, initialState: () => initial })
        return state.movements + (state.status === "Open" ? 1 : 0)
      }),
    deposit: (stream) =>
      Effect.promise(() =>
        handle(store, stream, ({ status }) => {
          if (status !== "Open") throw new Error("the account is not open")
          return { type: "CashDeposited", data: { transactionId: "100001", amount: "1200" } }
        })
      ),
    count: Effect.promise(async () => {
      const { rows } = await connected.query<{ readonly count: string }>("select count(*) from emt_messages")
      return Number(rows[0]?.count)
    })
  }
  return contender
})
