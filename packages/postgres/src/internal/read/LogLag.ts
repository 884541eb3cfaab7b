/** The lag of a reader of the log, as columns of a statement. */
import type { ProjectionStore } from "eventfold/store"
import { nowMs } from "../sql/ServerTime.ts"

/**
 * The columns for {@link read}, for a reader at `position`, which is SQL. `schema` is already
 * quoted.
 */
export const columns = (schema: string, position: string): string =>
  `greatest(0, (select coalesce(max(e.position), 0) from ${schema}.events e) - ${position})::float8,
    greatest(0, ${nowMs} - (
      select e.recorded_at from ${schema}.events e where e.position > ${position} order by e.position limit 1
    ))::float8`

/** Reads the two columns. */
export const read = (events: unknown, millis: unknown): ProjectionStore.Status["lag"] => ({
  events: Number(events),
  // The time is null if no event follows.
  seconds: Number(millis ?? 0) / 1_000
})
