/** Ends of leases in memory. */

/** A lease that was taken, or renewed, for a time. */
export interface Lasting {
  leasedUntil: number
  leaseMillis: number
}

export const endIn = (lease: Lasting, now: number, milliseconds: number): void => {
  lease.leasedUntil = now + milliseconds
  lease.leaseMillis = milliseconds
}

/** Whether it holds, and its end is not of a clock that was set back. */
export const isLive = ({ leaseMillis, leasedUntil }: Lasting, now: number): boolean =>
  leasedUntil > now && leasedUntil <= now + leaseMillis

/**
 * Cuts a lease that ends later than its own length from now, since the clock was set back after it was taken. Its owner may be dead; one that
 * lives renews it before that.
 */
export const cut = (lease: Lasting, now: number): void => {
  lease.leasedUntil = Math.min(lease.leasedUntil, now + lease.leaseMillis)
}
