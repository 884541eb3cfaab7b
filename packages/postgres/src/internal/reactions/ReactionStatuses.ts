/** Reads the state of reactions: leases, checkpoints and lag. */
import { DateTime, Effect } from "effect"
import type { Checkpoint, EventStoreError } from "eventfold"
import { type ReactionStore, StoreRefusal } from "eventfold/store"
import * as LeaseTime from "../sql/LeaseTime.ts"
import * as LogLag from "../read/LogLag.ts"
import type { Values } from "../read/StoredEvent.ts"

const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : String(value))

/** Decodes a time in milliseconds. */
export const timeOf = (value: unknown): DateTime.Utc => DateTime.makeUnsafe(Number(value))

/** Decodes a checkpoint. */
export const checkpointOf = (storeId: string, position: unknown, eventId: unknown): Checkpoint.Checkpoint => ({
  storeId,
  position: Number(position),
  eventId: textOrNull(eventId)
})

interface ReactionStatuses extends Pick<ReactionStore.Service, "status" | "statuses"> {
  /** Fails if there is no reaction of this name. */
  readonly check: (
    operation: `reactions.${string}`,
    name: string
  ) => Effect.Effect<void, EventStoreError.EventStoreError>
}

/** `schema` is already quoted. */
export const make = (values: Values, schema: string, storeId: string): ReactionStatuses => {
  const registry = `${schema}.reactions`
  const select = `select r.name, r.position::float8, r.event_id::text, case when ${LeaseTime.isLive("r")} then r.owner end,
    r.is_paused, r.problem, r.saved_at::float8,
    (select count(*)::float8 from ${schema}.parked_deliveries p where p.reaction = r.name),
    ${LogLag.columns(schema, "r.position")}
    from ${registry} r`
  const statusOf = (row: ReadonlyArray<unknown>): ReactionStore.Status => {
    const [name, position, eventId, owner, isPaused, problem, savedAt, parked, lagEvents, lagMillis] = row
    return {
      name: String(name),
      checkpoint: checkpointOf(storeId, position, eventId),
      owner: textOrNull(owner) ?? undefined,
      isPaused: isPaused === true,
      problem: textOrNull(problem) ?? undefined,
      savedAt: savedAt === null ? undefined : timeOf(savedAt),
      parked: Number(parked),
      lag: LogLag.read(lagEvents, lagMillis)
    }
  }
  return {
    status: (name) =>
      Effect.map(values(`${select} where r.name = $1`, [name]), ([row]) =>
        row === undefined ? undefined : statusOf(row)
      ),
    statuses: Effect.map(values(`${select} order by r.name`, []), (rows) => rows.map(statusOf)),
    check: (operation, name) =>
      Effect.flatMap(values(`select 1 from ${registry} r where r.name = $1`, [name]), ([row]) =>
        row === undefined ? Effect.fail(StoreRefusal.unknown(operation, name)) : Effect.void
      )
  }
}
