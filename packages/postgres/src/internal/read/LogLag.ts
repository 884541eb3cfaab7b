/** How far somebody is behind the log, as columns of a statement. */
import type { ProjectionStore } from "eventfold/store"
import { now } from "../rows/RowTable.ts"

/** Two columns, of who has come to `position`, which is SQL; `schema` is quoted already. */
export const columns = (schema: string, position: string): string =>
  `greatest(0, (select coalesce(max(e.position), 0) from ${schema}.events e) - ${position})::float8,
    greatest(0, ${now} - (
      select e.recorded_at from ${schema}.events e where e.position > ${position} order by e.position limit 1
    ))::float8`

export const read = (events: unknown, millis: unknown): ProjectionStore.Lag => ({
  events: Number(events),
  // Where there is no event after it there is no time.
  seconds: Number(millis ?? 0) / 1_000
})
