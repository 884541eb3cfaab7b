/** The table of a projection's rows at each stage, and the statements on it. */
import type { Projection } from "eventfold"
import type { ProjectionStore } from "eventfold/store"
import * as RowColumns from "./RowColumns.ts"
import { literal } from "../sql/Quoting.ts"
import { maxIdentifierBytes } from "../sql/SchemaName.ts"
import { nowMs } from "../sql/ServerTime.ts"
import { quote } from "../schema/StoreSchema.ts"

/**
 * Suffixes of schemas. No folder's name has such a suffix, so the schemas of two domains are
 * different.
 */
const schemaSuffixes: Readonly<Record<ProjectionStore.Stage, string>> = { serving: "", next: "$next", old: "$old" }

/** Returns the schema of a domain's tables, beside that of the store. */
export const schemaOf = (
  store: string,
  { domain }: Pick<Projection.Table, "domain">,
  stage: ProjectionStore.Stage
): string => `${store}_${domain}${schemaSuffixes[stage]}`

/** `true` if PostgreSQL accepts the names without cutting them. */
export const fits = (store: string, table: Projection.Table): boolean =>
  new TextEncoder().encode(schemaOf(store, table, "next")).length <= maxIdentifierBytes

/** Returns the name of a table with its schema, quoted. */
export const nameOf = (
  store: string,
  table: Pick<Projection.Table, "domain" | "name">,
  stage: ProjectionStore.Stage
): string => `${quote(schemaOf(store, table, stage))}.${quote(table.name)}`

const checkOf = (constraint: Projection.Table["constraints"][number]): string => {
  const column = quote(constraint.column)
  if (constraint.kind === "oneOf") return `${column} in (${constraint.values.map(literal).join(", ")})`
  const { maximum, minimum } = constraint
  return [
    ...(minimum === undefined ? [] : [`${column} >= ${minimum}`]),
    ...(maximum === undefined ? [] : [`${column} <= ${maximum}`])
  ].join(" and ")
}

/**
 * Returns the statements that create missing indexes. Each index ends with the key, so that it also
 * orders rows with equal values.
 */
export const createIndexes = (name: string, { indexes, primaryKey }: Projection.Table): ReadonlyArray<string> =>
  indexes.map(
    (index) =>
      `create index if not exists ${quote(index.name)} on ${name} (${[...index.columns, ...primaryKey].map(quote).join(", ")})`
  )

/** Returns the statement that creates the table, without its indexes, in an existing schema. */
export const create = (name: string, { columns, constraints, primaryKey }: Projection.Table): string =>
  `create table ${name} (\n  ${[
    ...columns.map(
      (column) =>
        `${quote(column.name)} ${column.type}${column.type === "text" ? ' collate "C"' : ""}${column.nullable ? "" : " not null"}`
    ),
    `primary key (${primaryKey.map(quote).join(", ")})`,
    ...constraints.map((one) => `constraint ${quote(one.name)} check (${checkOf(one)})`)
  ].join(",\n  ")}\n)`

/** The statements on a table. Comments list their parameters. */
export interface Statements {
  /** Reads rows: an array of keys. */
  readonly rows: string
  /** Reads a page: the key before it, or null, and the number of rows. */
  readonly page: string
  /** The select of rows, without a condition. */
  readonly select: string
  /**
   * Writes rows and the checkpoint: name, stage, partition, token, position before, position and
   * event after, deleted keys, written keys, and an array for each column.
   */
  readonly save: string
  /**
   * Writes rows in a transaction that has locked their keys: deleted keys, written keys, and an
   * array for each column.
   */
  readonly write: string
  /**
   * Does the same as `save`, and parks events: arrays of positions, ordinals, keys, ids, types and
   * errors.
   */
  readonly park: string
  /**
   * Writes the row of a parked key: name, stage, partition, token, key, position, error or null,
   * and `is_due`; then as `save`.
   */
  readonly unpark: string
  /**
   * Tries to write rows, and always fails: by a division by zero if the rows can be stored. Keys,
   * and an array for each column.
   */
  readonly trial: string
  /** Decodes a row. */
  readonly read: (row: ReadonlyArray<unknown>) => ProjectionStore.KeyedRow
}

/** Returns the condition of parked events `k` of a key, which uses the index on its hash. */
export const sameKey = (key: string) => `hashtextextended(k.key, 0) = hashtextextended(${key}, 0) and k.key = ${key}`

/** Returns a function that builds the statements on a table at a stage once. */
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

/**
 * Builds the statements. `partitions` is the quoted table of leases and checkpoints, `parked` that
 * of parked events.
 */
const statements = (name: string, table: Projection.Table, partitions: string, parked: string): Statements => {
  const columns = RowColumns.valueColumns(table)
  const names = columns.map((column) => quote(column.name))
  const numbers = columns.map((_, i) => `c${i}`)
  const casts = columns.map(({ type }, i) => (type === "text" ? `u.c${i}` : `u.c${i}::${type}`))
  const select = `select r._key, ${RowColumns.selected(table)} from ${name} r`
  const insert = (first: number, condition: string) => `insert into ${name} as r (_key, ${names.join(", ")})
        select u.k, ${casts.join(", ")}
        from unnest($${first}::text[], ${columns.map((_, i) => `$${first + 1 + i}::text[]`).join(", ")}) u(k, ${numbers.join(", ")})
        ${condition}
        on conflict (_key) do update set ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`
  /** Deletes and writes rows; parameter `first` holds the deleted keys. */
  const changes = (first: number, condition: string) => `gone as (
        delete from ${name} r where r._key = any($${first}::text[]) and ${condition}
      ), written as (
        ${insert(first + 1, `where ${condition}`)}
      )`
  const writing = (first: number) => changes(first, "exists (select from kept)")
  const after = 10 + columns.length
  // Lease, checkpoint and rows in one statement: a projector that stops holds no row, and one that
  // has lost its lease changes none.
  const save = (more: string) => `with kept as (
        update ${partitions} p
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
        update ${partitions} p set saved_at = ${nowMs}
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
