/** Expiry of leases in memory. */

/** End and length of a lease. */
export interface Expiry {
  /** Time in milliseconds. */
  leasedUntil: number
  leaseMs: number
}

/** Sets the end of a lease to a time from now. */
export const extend = (lease: Expiry, now: number, milliseconds: number): void => {
  lease.leasedUntil = now + milliseconds
  lease.leaseMs = milliseconds
}

/**
 * Returns whether a lease is in force, and its end is not that of a clock that was set back since.
 */
export const isLive = ({ leaseMs, leasedUntil }: Expiry, now: number): boolean =>
  leasedUntil > now && leasedUntil <= now + leaseMs

/**
 * Shortens a lease that ends later than its own length from now, because the clock was set back
 * after it was taken. Its owner may be dead; a live owner renews the lease before that.
 */
export const shorten = (lease: Expiry, now: number): void => {
  lease.leasedUntil = Math.min(lease.leasedUntil, now + lease.leaseMs)
}
