/**
 * Ends of leases, by the server's clock.
 *
 * No lease ends later than its own length from now, unless the clock was set back after it was taken. Its owner may be dead, so it is cut: it
 * lasts its length from now. An owner that lives renews it before that.
 */
import { now } from "../rows/RowTable.ts"

/** Whether a lease holds, and its end is not of a clock that was set back. `alias` is of a table with leases. */
export const isLive = (alias: string): string =>
  `(${alias}.leased_until > ${now} and ${alias}.leased_until <= ${now} + ${alias}.lease_millis)`

/** Cuts leases of `table`, which has an alias, for those that `which` is true of. `column` holds their ends. */
export const cut = (table: string, which: string, column = "leased_until"): string => {
  const alias = table.slice(table.lastIndexOf(" ") + 1)
  return `update ${table} set ${column} = ${now} + ${alias}.lease_millis
    where ${which} and ${alias}.${column} > ${now} + ${alias}.lease_millis`
}
