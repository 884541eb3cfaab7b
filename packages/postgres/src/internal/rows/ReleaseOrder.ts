/**
 * The order of the releases of each projection, in a table. One transaction at a time changes it
 * (see `RowSwitch.takeTurn`).
 */
import { Effect } from "effect"
import type { EventStoreError } from "eventfold"
import type { Values } from "../read/StoredEvent.ts"

type Changed<A> = Effect.Effect<A, EventStoreError.EventStoreError>

/** The order of the releases of projections. */
export interface ReleaseOrder {
  /** Returns the place of a release; `undefined` if it is not enrolled. */
  readonly placeOf: (name: string, fingerprint: string) => Changed<number | undefined>
  /** Returns the fingerprints of all releases of a projection, newest first. */
  readonly fingerprints: (name: string) => Changed<ReadonlyArray<string>>
  /**
   * Makes a release the newest, unless it has a place, in the caller's transaction. Returns its
   * place.
   */
  readonly enroll: (name: string, fingerprint: string) => Changed<number>
  /** Makes a release the newest, in the caller's transaction. */
  readonly promote: (name: string, fingerprint: string) => Changed<void>
  /**
   * Makes a release the oldest, in the caller's transaction, so that every other release comes
   * before it.
   */
  readonly giveUp: (name: string, fingerprint: string) => Changed<void>
  /** Deletes the order, in the caller's transaction. */
  readonly forget: (name: string) => Changed<void>
}

/** The column with the place of the release that folds the rows `p`. `schema` is already quoted. */
export const placeColumn = (schema: string): string =>
  `(select r.place::float8 from ${schema}.projection_releases r where r.name = p.name and r.fingerprint = p.fingerprint)`

/** `schema` is already quoted. */
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
