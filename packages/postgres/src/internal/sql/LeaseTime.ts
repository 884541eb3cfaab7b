/**
 * Ends of leases, by the server's clock.
 *
 * A lease ends at most its own length from now, unless the clock was set back after it was taken.
 * The owner of such a lease may have died, so the lease is shortened: it ends its length from now.
 * An owner that is alive renews it before that.
 */
import { nowMs } from "./ServerTime.ts"

/**
 * An SQL condition: `true` if a lease is held, and was not taken before the clock was set back.
 * `alias` is that of its table.
 */
export const isLive = (alias: string): string =>
  `(${alias}.leased_until > ${nowMs} and ${alias}.leased_until <= ${nowMs} + ${alias}.lease_millis)`

/**
 * The statement that shortens leases of `table` which were taken before the clock was set back.
 * `table` includes an alias, `condition` selects rows, and `column` holds the ends of leases.
 */
export const shorten = (table: string, condition: string, column = "leased_until"): string => {
  const alias = table.slice(table.lastIndexOf(" ") + 1)
  return `update ${table} set ${column} = ${nowMs} + ${alias}.lease_millis
    where ${condition} and ${alias}.${column} > ${nowMs} + ${alias}.lease_millis`
}
