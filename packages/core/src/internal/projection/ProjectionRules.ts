/**
 * Limits of keeping the rows of projections, in one place: the projector, inline projections and
 * every store apply the same.
 */
import type { Stage } from "../../store/ProjectionStore.ts"

/**
 * Maximum number of positions between the partitions of rebuilt rows when they are promoted.
 */
export const maxPartitionSkew = 10_000

/**
 * Maximum number of events that are folded while a projection becomes an inline one. Appends wait
 * during that time, so a projection that is further behind catches up first.
 */
export const maxEventsToEnlist = 1_000

/**
 * Maximum number of positions, and of events, by which rows are brought forward to compare them.
 */
export const maxEventsToCompare = 10_000

/** Maximum number of keys that a comparison lists. */
export const maxListedKeys = 20

/** Minimum duration of the leases that a comparison takes over, in milliseconds. */
export const minComparisonLeaseMs = 10_000

/**
 * Intervals between the writes of rows that catch up in bulk, in milliseconds: readers get rows
 * that are as old as that, and as much work is repeated when the process dies.
 */
export const bulkWriteIntervalMs: { readonly [stage in Stage]: number } = { serving: 1_000, next: 5_000, old: 5_000 }

/**
 * Delay before an event is folded again, in milliseconds, by the number of attempts that failed
 * before (from 0).
 */
export const retryDelayMs = (attempt: number): number => 50 * 2 ** attempt

/**
 * Delays between attempts to promote rows, in milliseconds. Each attempt makes readers of the rows
 * wait for a moment.
 */
export const promotionDelayMs = { first: 100, max: 5_000 } as const

/**
 * Number of attempts to promote rows after which the projector logs that readers hold the tables.
 */
export const promotionAttemptsBeforeWarning = 5
