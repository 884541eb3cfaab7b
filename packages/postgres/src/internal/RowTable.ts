/** The table that a projection's rows are in, at each stage, and the statements on it. */
import { type Projection, type ProjectionStore } from "eventfold"
import * as RowColumns from "./RowColumns.ts"
import { quote } from "./StoreSchema.ts"

/** Names of schemas and tables end here, in bytes: PostgreSQL would cut them. */
const longest = 63

/** No folder's name has such an end, so no domain's schema is another one's. */
const ends: Readonly<Record<ProjectionStore.Stage, string>> = { serving: "", next: "$next", old: "$old" }

/** The schema of a domain's tables, beside the store's. */
export const schemaOf = (store: string, { domain }: Projection.Table, stage: ProjectionStore.Stage): string =>
  `${store}_${domain}${ends[stage]}`

/** Whether PostgreSQL takes the names as they are. */
export const fits = (store: string, table: Projection.Table): boolean =>
  new TextEncoder().encode(schemaOf(store, table, "next")).length <= longest

/** With its schema, and quoted. */
export const nameOf = (store: string, table: Projection.Table, stage: ProjectionStore.Stage): string =>
  `${quote(schemaOf(store, table, stage))}.${quote(table.name)}`

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

const checkOf = (constraint: Projection.Constraint): string => {
  const column = quote(constraint.column)
  if (constraint.kind === "oneOf") return `${column} in (${constraint.values.map(literal).join(", ")})`
  const { maximum, minimum } = constraint
  return [
    ...(minimum === undefined ? [] : [`${column} >= ${minimum}`]),
    ...(maximum === undefined ? [] : [`${column} <= ${maximum}`])
  ].join(" and ")
}

/** Makes the indexes that are missing. */
export const createIndexes = (name: string, { indexes }: Projection.Table): ReadonlyArray<string> =>
  indexes.map(
    (index) => `create index if not exists ${quote(index.name)} on ${name} (${index.columns.map(quote).join(", ")})`
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
  /** Name, stage, token, position before, position and event after, keys that go, keys that stay, and an array for each column. */
  readonly save: string
  /** Keys that go, keys that stay, and an array for each column: in a transaction that sees to it that nobody else writes them. */
  readonly write: string
  readonly read: (row: ReadonlyArray<unknown>) => ProjectionStore.KeyedRow
}

/** The time of the server, as the store keeps times. */
export const now = "floor(extract(epoch from clock_timestamp()) * 1000)::bigint"

/** `registry` is the quoted table that says who may write. */
export const statements = (name: string, table: Projection.Table, registry: string): Statements => {
  const columns = RowColumns.valueColumns(table)
  const names = columns.map((column) => quote(column.name))
  const numbers = columns.map((_, i) => `c${i}`)
  const casts = columns.map(({ type }, i) => (type === "text" ? `u.c${i}` : `u.c${i}::${type}`))
  const select = `select r._key, ${RowColumns.selected(table)} from ${name} r`
  /** Parameters from `first` on: keys that go, keys that stay, columns. */
  const changed = (first: number, condition: string) => {
    const arrays = columns.map((_, i) => `$${i + first + 2}::text[]`)
    return `gone as (
        delete from ${name} r where r._key = any($${first}::text[]) and ${condition}
      ), written as (
        insert into ${name} as r (_key, ${names.join(", ")})
        select u.k, ${casts.join(", ")}
        from unnest($${first + 1}::text[], ${arrays.join(", ")}) u(k, ${numbers.join(", ")})
        where ${condition}
        on conflict (_key) do update set ${names.map((name) => `${name} = excluded.${name}`).join(", ")}
      )`
  }
  return {
    select,
    rows: `${select} where r._key = any($1::text[])`,
    page: `${select} where ($1::text is null or r._key > $1) order by r._key limit $2`,
    // Lease, place and rows in one statement: a projector that sleeps holds no row, and one that has lost its lease changes none.
    save: `with kept as (
        update ${registry} p
        set position = $5, event_id = $6::uuid, saved_at = ${now}
        where p.name = $1 and p.stage = $2 and p.token = $3 and p.position = $4 and not p.is_paused
        returning 1
      ), ${changed(7, "exists (select from kept)")}
      select count(*)::int from kept`,
    write: `with ${changed(1, "true")} select 1`,
    read: RowColumns.fromColumns(table)
  }
}
