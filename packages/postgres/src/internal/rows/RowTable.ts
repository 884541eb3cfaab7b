/** The table that a projection's rows are in, at each stage, and the statements on it. */
import type { Projection } from "eventfold"
import type { ProjectionStore } from "eventfold/store"
import * as RowColumns from "./RowColumns.ts"
import { literal } from "../sql/Quoting.ts"
import { nowMs } from "../sql/ServerTime.ts"
import { quote } from "../schema/StoreSchema.ts"

/** Names of schemas and tables end here, in bytes: PostgreSQL would cut them. */
const longest = 63

/** No folder's name has such an end, so no domain's schema is another one's. */
const ends: Readonly<Record<ProjectionStore.Stage, string>> = { serving: "", next: "$next", old: "$old" }

/** The schema of a domain's tables, beside the store's. */
export const schemaOf = (
  store: string,
  { domain }: Pick<Projection.Table, "domain">,
  stage: ProjectionStore.Stage
): string => `${store}_${domain}${ends[stage]}`

/** Whether PostgreSQL takes the names as they are. */
export const fits = (store: string, table: Projection.Table): boolean =>
  new TextEncoder().encode(schemaOf(store, table, "next")).length <= longest

/** With its schema, and quoted. */
export const nameOf = (
  store: string,
  table: Pick<Projection.Table, "domain" | "name">,
  stage: ProjectionStore.Stage
): string => `${quote(schemaOf(store, table, stage))}.${quote(table.name)}`

const checkOf = (constraint: Projection.Constraint): string => {
  const column = quote(constraint.column)
  if (constraint.kind === "oneOf") return `${column} in (${constraint.values.map(literal).join(", ")})`
  const { maximum, minimum } = constraint
  return [
    ...(minimum === undefined ? [] : [`${column} >= ${minimum}`]),
    ...(maximum === undefined ? [] : [`${column} <= ${maximum}`])
  ].join(" and ")
}

/** Makes the indexes that are missing. The key stands at the end of each, so that the order of rows with equal values is in it. */
export const createIndexes = (name: string, { indexes, primaryKey }: Projection.Table): ReadonlyArray<string> =>
  indexes.map(
    (index) =>
      `create index if not exists ${quote(index.name)} on ${name} (${[...index.columns, ...primaryKey].map(quote).join(", ")})`
  )

/** The statement that makes the table, without its indexes; its schema has to be there. */
export const create = (name: string, { columns, constraints, primaryKey }: Projection.Table): string =>
  `create table ${name} (\n  ${[
    ...columns.map(
      (column) =>
        `${quote(column.name)} ${column.type}${column.type === "text" ? ' collate "C"' : ""}${column.nullable ? "" : " not null"}`
    ),
    `primary key (${primaryKey.map(quote).join(", ")})`,
    ...constraints.map((one) => `constraint ${quote(one.name)} check (${checkOf(one)})`)
  ].join(",\n  ")}\n)`

export interface Statements {
  /** Of keys in an array. */
  readonly rows: string
  /** After a key, or from the beginning, and how many. */
  readonly page: string
  readonly select: string
  /** Name, stage, partition, token, position before, position and event after, keys that go, keys that stay, and an array for each column. */
  readonly save: string
  /** Keys that go, keys that stay, and an array for each column: in a transaction that sees to it that nobody else writes them. */
  readonly write: string
  /** The same, and arrays of what is parked: positions, ordinals, keys, ids, types and errors. */
  readonly park: string
  /** Name, stage, partition, token, key, position, error (or null) and whether it is due; then keys and columns as `save` has them. */
  readonly unpark: string
  /** Keys, and an array for each column; fails, and so writes nothing: by a division where the rows can be stored. */
  readonly trial: string
  readonly read: (row: ReadonlyArray<unknown>) => ProjectionStore.KeyedRow
}

/** Of one key, by the index on its hash. */
export const sameKey = (key: string) => `hashtextextended(k.key, 0) = hashtextextended(${key}, 0) and k.key = ${key}`

/** The statements on each table at each stage, made once. */
export const prepare = (
  schemaName: string
): ((table: Projection.Table, stage: ProjectionStore.Stage) => Statements) => {
  const schema = quote(schemaName)
  const known = new WeakMap<Projection.Table, Map<ProjectionStore.Stage, Statements>>()
  return (table, stage) => {
    const stages = known.get(table) ?? new Map<ProjectionStore.Stage, Statements>()
    known.set(table, stages)
    const made =
      stages.get(stage) ??
      statements(nameOf(schemaName, table, stage), table, `${schema}.projection_partitions`, `${schema}.parked`)
    stages.set(stage, made)
    return made
  }
}

/** `places` is the quoted table that says who may write, `parked` that of what is parked. */
const statements = (name: string, table: Projection.Table, places: string, parked: string): Statements => {
  const columns = RowColumns.valueColumns(table)
  const names = columns.map((column) => quote(column.name))
  const numbers = columns.map((_, i) => `c${i}`)
  const casts = columns.map(({ type }, i) => (type === "text" ? `u.c${i}` : `u.c${i}::${type}`))
  const select = `select r._key, ${RowColumns.selected(table)} from ${name} r`
  /** Rows go, and rows come: keys that go are parameter `first`. */
  const insert = (first: number, condition: string) => `insert into ${name} as r (_key, ${names.join(", ")})
        select u.k, ${casts.join(", ")}
        from unnest($${first}::text[], ${columns.map((_, i) => `$${first + 1 + i}::text[]`).join(", ")}) u(k, ${numbers.join(", ")})
        ${condition}
        on conflict (_key) do update set ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`
  const changes = (first: number, condition: string) => `gone as (
        delete from ${name} r where r._key = any($${first}::text[]) and ${condition}
      ), written as (
        ${insert(first + 1, `where ${condition}`)}
      )`
  const writing = (first: number) => changes(first, "exists (select from kept)")
  const after = 10 + columns.length
  // Lease, place and rows in one statement: a projector that sleeps holds no row, and one that has lost its lease changes none.
  const save = (more: string) => `with kept as (
        update ${places} p
        set position = $6, event_id = $7::uuid, saved_at = ${nowMs}
        where p.name = $1 and p.stage = $2 and p.partition = $3 and p.token = $4 and p.position = $5
        returning 1
      ), ${writing(8)}${more}
      select count(*)::int from kept`
  return {
    select,
    rows: `${select} where r._key = any($1::text[])`,
    page: `${select} where ($1::text is null or r._key > $1) order by r._key limit $2`,
    save: save(""),
    park: save(`, parked as (
        insert into ${parked} (name, stage, position, ordinal, key, event_id, type, error, attempts, parked_at)
        select $1, $2, u.position::bigint, u.ordinal::int, u.key, u.id::uuid, u.type, u.error,
          case when u.error is null then 0 else 1 end, ${nowMs}
        from unnest(${[0, 1, 2, 3, 4, 5].map((i) => `$${after + i}::text[]`).join(", ")}) u(position, ordinal, key, id, type, error)
        where exists (select from kept)
      )`),
    unpark: `with kept as (
        update ${places} p set saved_at = ${nowMs}
        where p.name = $1 and p.stage = $2 and p.partition = $3 and p.token = $4
        returning 1
      ), folded as (
        delete from ${parked} k
        where k.name = $1 and k.stage = $2 and ${sameKey("$5")} and k.position <= $6 and exists (select from kept)
      ), head as (
        update ${parked} k set error = $7, is_due = $8, attempts = k.attempts + case when $8 then 0 else 1 end
        where k.name = $1 and k.stage = $2 and ${sameKey("$5")} and exists (select from kept)
          and k.position = (
            select min(k.position) from ${parked} k
            where k.name = $1 and k.stage = $2 and ${sameKey("$5")} and k.position > $6
          )
      ), ${writing(9)}
      select count(*)::int from kept`,
    write: `with ${changes(1, "true")} select 1`,
    trial: `with written as (${insert(1, "")} returning 1) select 1 / (count(*) * 0) from written`,
    read: RowColumns.fromColumns(table)
  }
}
