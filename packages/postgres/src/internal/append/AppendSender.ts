/** Sends appends to the server once. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { EventStore } from "eventfold"
import { allParameters, batchParameters, type Encoded, manyParameters, oneParameters } from "./AppendBatch.ts"
import type { Attempt } from "./HeldStreams.ts"

/** The end of each append; `undefined` if it lost, or has no events. */
export type Sent = ReadonlyArray<EventStore.Appended | undefined>

/** Decodes a row of `append_one` or `append_many`: `undefined` if the append lost. */
const appendedOf = (row: ReadonlyArray<unknown> | undefined): EventStore.Appended | undefined =>
  typeof row?.[0] === "number" ? { version: row[0], position: Number(row[1]), repeated: false } : undefined

/** Sends appends. */
export class AppendSender {
  readonly #sql: PgClient
  readonly #oneText: string
  readonly #manyText: string
  readonly #batchText: string
  readonly #allText: string

  /** `schema` is already quoted. */
  constructor(sql: PgClient, schema: string) {
    this.#sql = sql
    // The call is not in a "from", which would materialise its row, and `offset 0` keeps it from
    // being flattened, which would call it twice.
    const ofOneStream = (name: string) =>
      `select (a.row).new_version::float8, (a.row).new_position::float8
    from (select ${schema}.${name}($1,$2,$3,$4,$5,$6,$7,$8,$9) as row offset 0) a`
    this.#oneText = ofOneStream("append_one")
    this.#manyText = ofOneStream("append_many")
    this.#batchText = `select id::text, new_version::float8, new_position::float8
    from ${schema}.append_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`
    this.#allText = `select number, new_version::float8, new_position::float8
    from ${schema}.append_all($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`
  }

  /** Sends independent appends by the fastest function. */
  each(appends: ReadonlyArray<Encoded>, { lockTimeoutMs }: Attempt): Effect.Effect<Sent, SqlError> {
    const [first, second] = appends
    if (first !== undefined && second === undefined && first.events.length > 0) {
      const statement =
        first.events.length === 1
          ? this.#sql.unsafe(this.#oneText, [...oneParameters(first), lockTimeoutMs])
          : this.#sql.unsafe(this.#manyText, [...manyParameters(first), lockTimeoutMs])
      return Effect.map(statement.values, ([row]) => [appendedOf(row)])
    }
    const written = appends.filter(({ events }) => events.length > 0)
    if (written.length === 0) return Effect.succeed(appends.map(() => undefined))
    const statement = this.#sql.unsafe(this.#batchText, [...batchParameters(written), lockTimeoutMs])
    return Effect.map(statement.values, (rows) => {
      const byId = new Map(rows.map((row) => [row[0], row]))
      // By the last event of each append.
      return appends.map(({ events }) => appendedOf(byId.get(events.at(-1)?.id)?.slice(1)))
    })
  }

  /** Sends appends that are written all or none. */
  all(appends: ReadonlyArray<Encoded>, { lockTimeoutMs }: Attempt): Effect.Effect<Sent, SqlError> {
    const statement = this.#sql.unsafe(this.#allText, [...allParameters(appends), lockTimeoutMs])
    return Effect.map(statement.values, (rows) => {
      const byNumber = new Map(rows.map((row) => [row[0], row]))
      return appends.map((_, number) => appendedOf(byNumber.get(number)?.slice(1)))
    })
  }
}
