/** Reads the state of projections: releases, leases, checkpoints and lag of each stage. */
import { DateTime, Effect } from "effect"
import type { EventStoreError } from "eventfold"
import { type ProjectionStore, StoreRefusal } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import * as LogLag from "../read/LogLag.ts"
import type { Values } from "../read/StoredEvent.ts"
import * as LeaseTime from "../sql/LeaseTime.ts"
import * as ReleaseOrder from "./ReleaseOrder.ts"

interface ProjectionStatuses extends Pick<ProjectionStore.Service, "stages" | "statuses" | "versions"> {
  readonly status: (
    name: string,
    stage?: ProjectionStore.Stage
  ) => Effect.Effect<ProjectionStore.Status | undefined, EventStoreError.EventStoreError>
  /**
   * Returns the status of the served rows; fails if they belong to the projection of another
   * domain.
   */
  readonly serving: (
    projection: Pick<ProjectionStore.Described, "name" | "table">
  ) => Effect.Effect<ProjectionStore.Status | undefined, EventStoreError.EventStoreError>
}

/** The sort order of stages of one projection. */
const stageOrder = "order by p.name, array_position(array['serving', 'next', 'old'], p.stage)"

/**
 * The select of statuses, of the projections `p` with their partitions `a`. `first` are more
 * columns, before those of the status. `schema` is already quoted.
 */
const selectText = (schema: string, first = ""): string => `select ${first}
    p.name, p.stage, p.fingerprint, p.is_paused, p.problem, p.is_inline,
    ${ReleaseOrder.placeColumn(schema)},
    a.event_id, a.saved_at, a.positions, a.owners, a.position::float8,
    (
      select count(*)::float8 from ${schema}.parked k where k.name = p.name and k.stage = p.stage and k.error is not null
    ),
    p.wants_rebuild,
    ${LogLag.columns(schema, "case when p.is_inline then 9223372036854775807 else a.position end")},
    p.compared
  from ${schema}.projections p
  cross join lateral (
    select min(t.position) as position, (array_agg(t.event_id::text order by t.position))[1] as event_id,
      max(t.saved_at)::float8 as saved_at, array_agg(t.position::float8 order by t.partition) as positions,
      array_agg(case when ${LeaseTime.isLive("t")} then t.owner end order by t.partition) as owners
    from ${schema}.projection_partitions t where t.name = p.name and t.stage = p.stage
  ) a`

const partitionsOf = (positions: unknown, owners: unknown): ProjectionStore.Status["partitions"] =>
  (positions as ReadonlyArray<number>).map((position, i) => ({
    position,
    owner: (owners as ReadonlyArray<string | null>)[i] ?? undefined
  }))

const comparedOf = (text: string): ProjectionStore.Status["compared"] => {
  const compared: unknown = StoredJson.parse(text)
  return compared as ProjectionStore.Status["compared"]
}

const statusOf = (storeId: string, row: ReadonlyArray<unknown>): ProjectionStore.Status => {
  const [name, stage, fingerprint, isPaused, problem, isInline, release, ...rest] = row
  const [eventId, savedAt, positions, owners, position, parked, isRebuildAsked, lagEvents, lagMillis, compared] = rest
  const partitions = partitionsOf(positions, owners)
  const known = [...new Set(partitions.flatMap(({ owner }) => owner ?? []))]
  return {
    name: String(name),
    stage: stage as ProjectionStore.Stage,
    fingerprint: String(fingerprint),
    release: release === null ? undefined : Number(release),
    checkpoint: { storeId, position: Number(position), eventId: eventId === null ? null : String(eventId) },
    partitions,
    owner: known.length === 0 ? undefined : known.join(", "),
    savedAt: savedAt === null ? undefined : DateTime.makeUnsafe(Number(savedAt)),
    isInline: isInline === true,
    isPaused: isPaused === true,
    problem: problem === null ? undefined : String(problem),
    parked: Number(parked),
    isRebuildAsked: isRebuildAsked === true,
    lag: LogLag.read(lagEvents, lagMillis),
    compared: typeof compared === "string" ? comparedOf(compared) : undefined
  }
}

/** `schema` is already quoted. */
export const make = (values: Values, schema: string, storeId: string): ProjectionStatuses => {
  const select = selectText(schema)
  const ownRelease = `(
      select r.place::float8 from ${schema}.projection_releases r where r.name = p.name and r.fingerprint = $2
    ),`
  const status: ProjectionStatuses["status"] = (name, stage = "serving") =>
    Effect.map(values(`${select} where p.name = $1 and p.stage = $2`, [name, stage]), ([row]) =>
      row === undefined ? undefined : statusOf(storeId, row)
    )
  return {
    status,
    serving: Effect.fnUntraced(function* (projection) {
      const { name, table } = projection
      const [row] = yield* values(
        `select p.domain from ${schema}.projections p where p.name = $1 and p.stage = 'serving'`,
        [name]
      )
      const refusal = StoreRefusal.open(projection, row === undefined ? table.domain : String(row[0]))
      if (refusal !== undefined) return yield* refusal
      return yield* status(name)
    }),
    stages: (name) =>
      Effect.map(values(`${select} where p.name = $1 ${stageOrder}`, [name]), (rows) =>
        rows.map((row) => statusOf(storeId, row))
      ),
    statuses: Effect.map(values(`${select} ${stageOrder}`, []), (rows) => rows.map((row) => statusOf(storeId, row))),
    versions: Effect.fnUntraced(function* ({ fingerprint, name }) {
      const text = `${selectText(schema, ownRelease)} where p.name = $1 ${stageOrder}`
      const rows = yield* values(text, [name, fingerprint])
      const place = rows[0]?.[0]
      return {
        stages: rows.map(([, ...row]) => statusOf(storeId, row)),
        release: typeof place === "number" ? place : undefined
      }
    })
  }
}
