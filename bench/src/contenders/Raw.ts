/**
 * The lower bound: only a driver writes the same rows into the same table, with the same indexes,
 * or reads them from it.
 *
 * The statements check no expected version, look up no id, and keep no order of commits for
 * readers: they are what an app would write that needs none of this. Both drivers prepare them.
 */
import { layer as pgLayer, PgClient } from "@effect/sql-pg/PgClient"
import { OID, array } from "@effect/sql-pg/PgTypes"
import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import { type Contender, drive, drivePromises } from "../Contender.ts"
import { connections, pool } from "../Database.ts"
import { createTables, schema } from "./Eventfold.ts"

const columns = "position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta"

const insertOne = `insert into ${schema}.events (${columns})
  values (nextval('${schema}.positions'), $1::bigint, $2::bigint, $2::bigint, $3::uuid, 1, $4, $5, $6, '{}')
  returning position::float8`

const insertMany = `insert into ${schema}.events (${columns})
  select nextval('${schema}.positions'), v, $1::bigint, $1::bigint, id, 1, $2, t, d, '{}'
  from unnest($3::bigint[], $4::uuid[], $5::text[], $6::text[]) u(v, id, t, d)
  returning position::float8`

// Numbers as float8, as in Eventfold's statements: both drivers decode this type fastest.
const selectStream = `select event_id::text, stream_id, version::float8, position::float8, type, schema_version, data, meta,
    recorded_at::float8, occurred_at::float8
  from ${schema}.events where stream_id = $1 order by version`

const countAll = `select count(*)::float8 as count from ${schema}.events`

const start = Date.now().toString(16).padStart(12, "0")
let drawn = 0

/**
 * Creates UUIDv7s from a counter: ordered like Eventfold's, so that the index has the same work,
 * but cheaper.
 */
const freshId = (): string => {
  const hex = (++drawn).toString(16).padStart(12, "0")
  return `${start.slice(0, 8)}-${start.slice(8)}-7000-8000-${hex}`
}

const parametersOfOne = (stream: string, version: number, { data, type }: { data: unknown; type: string }) =>
  [version + 1, Date.now(), freshId(), stream, type, JSON.stringify(data)] as const

/** The contender on node-postgres, with a pool. */
export const withPg = Effect.fn("Raw.withPg")(function* (url: string) {
  yield* createTables(url)
  const connected = yield* pool(url)
  const contender: Contender = {
    name: "pg",
    ...drivePromises((stream, version, payloads) =>
      payloads.length === 1
        ? connected.query({ name: "one", text: insertOne, values: [...parametersOfOne(stream, version, payloads[0]!)] })
        : connected.query({
            name: "many",
            text: insertMany,
            values: [
              Date.now(),
              stream,
              payloads.map((_, i) => version + 1 + i),
              payloads.map(freshId),
              payloads.map(({ type }) => type),
              payloads.map(({ data }) => JSON.stringify(data))
            ]
          })
    ),
    load: (stream) =>
      Effect.promise(async () => {
        const query = { name: "stream", text: selectStream, values: [stream], rowMode: "array" }
        return (await connected.query(query)).rows.length
      }),
    count: Effect.promise(async () => Number((await connected.query<{ count: number }>(countAll)).rows[0]?.count))
  }
  return contender
})

const client = (url: string, multiplex: boolean): Effect.Effect<PgClient, unknown, Scope.Scope> =>
  Effect.map(Layer.build(pgLayer({ url: Redacted.make(url), maxConnections: connections, multiplex })), (context) =>
    Context.get(context, PgClient)
  )

/**
 * The contender on Effect's driver; `multiplex` pipelines the statements of several fibers on a
 * connection.
 */
export const withEffect = Effect.fn("Raw.withEffect")(function* (url: string, { multiplex }: { multiplex: boolean }) {
  yield* createTables(url)
  const sql = yield* Effect.orDie(client(url, multiplex))
  const arrayOf = (values: ReadonlyArray<unknown>, oid: number) => Effect.fromResult(array(values, oid))
  const contender: Contender = {
    name: multiplex ? "@effect/sql-pg, pipelined" : "@effect/sql-pg",
    ...drive((stream, version, payloads) => {
      if (payloads.length === 1) {
        const [next, now, ...rest] = parametersOfOne(stream, version, payloads[0]!)
        return sql.unsafe(insertOne, [BigInt(next), BigInt(now), ...rest]).values
      }
      return Effect.gen(function* () {
        return yield* sql.unsafe(insertMany, [
          BigInt(Date.now()),
          stream,
          yield* arrayOf(
            payloads.map((_, i) => BigInt(version + 1 + i)),
            OID.int8
          ),
          yield* arrayOf(payloads.map(freshId), OID.uuid),
          yield* arrayOf(
            payloads.map(({ type }) => type),
            OID.text
          ),
          yield* arrayOf(
            payloads.map(({ data }) => JSON.stringify(data)),
            OID.text
          )
        ]).values
      })
    }),
    load: (stream) => Effect.orDie(Effect.map(sql.unsafe(selectStream, [stream]).values, (rows) => rows.length)),
    count: Effect.orDie(Effect.map(sql.unsafe(countAll).values, ([row]) => Number(row?.[0])))
  }
  return contender
})

/**
 * The contender that only calls the SQL function of Eventfold's lone appends. The difference from
 * Eventfold is what group append costs a lone append.
 */
export const lone = Effect.fn("Raw.lone")(function* (url: string) {
  yield* createTables(url)
  const sql = yield* Effect.orDie(client(url, false))
  const text = `select (a.row).new_version::float8, (a.row).new_position::float8
    from (select ${schema}.append_one($1,$2,$3,$4,$5,$6,$7,$8) as row offset 0) a`
  const driven = drive((stream, version, [payload]) =>
    Effect.map(
      sql.unsafe(text, [
        stream,
        BigInt(version),
        freshId(),
        payload!.type,
        1,
        JSON.stringify(payload!.data),
        "{}",
        null
      ]).values,
      ([row]) => {
        if (typeof row?.[0] !== "number") throw new Error(`${stream} is not at version ${version}`)
      }
    )
  )
  const contender: Contender = {
    name: "the same function called alone",
    ...driven,
    load: () => Effect.succeed(0),
    count: Effect.orDie(Effect.map(sql.unsafe(countAll).values, ([row]) => Number(row?.[0])))
  }
  return contender
})
