/** The order of the releases of each projection, in a table. Changed by one transaction at a time (see `RowSwitch.takeTurn`). */
import { Effect } from "effect"
import type { EventStoreError } from "eventfold"
import type { Values } from "../read/StoredEvent.ts"

type Changed<A> = Effect.Effect<A, EventStoreError.EventStoreError>

export interface ReleaseOrder {
  /** Place of some handlers; undefined if they are not enrolled. */
  readonly placeOf: (name: string, fingerprint: string) => Changed<number | undefined>
  /** Of all releases of a projection, newest first. */
  readonly fingerprints: (name: string) => Changed<ReadonlyArray<string>>
  /** At the end of the order, unless they have a place; in the caller's transaction. */
  readonly enroll: (name: string, fingerprint: string) => Changed<number>
  /** Makes a release the newest, in the caller's transaction. */
  readonly promote: (name: string, fingerprint: string) => Changed<void>
  /** Makes a release the oldest, in the caller's transaction, so that it steps aside for every other one. */
  readonly giveUp: (name: string, fingerprint: string) => Changed<void>
  readonly forget: (name: string) => Changed<void>
}

/** Place of the release that has made the rows `p`. `schema` is quoted already. */
export const placeColumn = (schema: string): string =>
  `(select r.place::float8 from ${schema}.projection_releases r where r.name = p.name and r.fingerprint = p.fingerprint)`

/** `schema` is quoted already. */
export const make = (values: Values, schema: string): ReleaseOrder => {
  const releases = `${schema}.projection_releases`
  const placeOf: ReleaseOrder["placeOf"] = (name, fingerprint) =>
    Effect.map(
      values(`select r.place::float8 from ${releases} r where r.name = $1 and r.fingerprint = $2`, [name, fingerprint]),
      ([row]) => (row === undefined ? undefined : Number(row[0]))
    )
  const put = (place: string) => (name: string, fingerprint: string) =>
    Effect.map(
      values(
        `insert into ${releases} as r (name, fingerprint, place)
          select $1, $2, ${place} from ${releases} o where o.name = $1
          on conflict (name, fingerprint) do update set place = excluded.place
          returning r.place::float8`,
        [name, fingerprint]
      ),
      ([row]) => Number(row?.[0])
    )
  const promoted = put("1 + greatest(0, max(o.place))")
  return {
    placeOf,
    fingerprints: (name) =>
      Effect.map(
        values(`select r.fingerprint from ${releases} r where r.name = $1 order by r.place desc`, [name]),
        (rows) => rows.map(([fingerprint]) => String(fingerprint))
      ),
    enroll: Effect.fnUntraced(function* (name, fingerprint) {
      return (yield* placeOf(name, fingerprint)) ?? (yield* promoted(name, fingerprint))
    }),
    promote: (name, fingerprint) => Effect.asVoid(promoted(name, fingerprint)),
    giveUp: (name, fingerprint) => Effect.asVoid(put("least(0, min(o.place)) - 1")(name, fingerprint)),
    forget: (name) => Effect.asVoid(values(`delete from ${releases} where name = $1`, [name]))
  }
}
