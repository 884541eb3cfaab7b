/**
 * Rebuilds the same rows with Emmett, as documents, in the database of its first argument, and
 * prints the duration and the peak memory.
 */
import type { Event } from "@event-driven-io/emmett"
import { pongoSingleStreamProjection, rebuildPostgreSQLProjections } from "@event-driven-io/emmett-postgresql"

const [, , url = ""] = process.argv

/** Document of an account. */
type Balance = { readonly balance: string; readonly movements: number }

const added = new Set(["CashDeposited", "TransferReceived", "InterestCredited"])

/** The projection, as in Emmett's documentation: a document for each stream. */
const balances = pongoSingleStreamProjection<Balance, Event>({
  collectionName: "account_balances",
  canHandle: [
    "AccountOpened",
    "CashDeposited",
    "CashWithdrawn",
    "CardWithdrawn",
    "TransferReceived",
    "TransferSent",
    "InterestCredited",
    "FeeCharged",
    "PenaltyInterestCharged"
  ],
  evolve: (row: Balance | null, { data, type }: Event): Balance => {
    if (row === null || type === "AccountOpened") return { balance: "0", movements: 0 }
    const amount = BigInt(String(data["amount"]))
    const balance = BigInt(row.balance) + (added.has(type) ? amount : -amount)
    return { balance: String(balance), movements: row.movements + 1 }
  }
})

const consumer = rebuildPostgreSQLProjections<Event>({ connectionString: url, projections: [balances] })
const start = performance.now()
await consumer.start()
const seconds = (performance.now() - start) / 1_000
await consumer.close()
process.stdout.write(`\n${JSON.stringify({ seconds, peakMB: process.resourceUsage().maxRSS / 1_000 })}`)
// Emmett leaves connections open, which would keep the process alive.
process.exit(0)
