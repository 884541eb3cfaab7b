/** Emmett's rebuild of the same rows, as documents, in the database of the first argument; prints how long that took. */
import type { Event } from "@event-driven-io/emmett"
import { pongoSingleStreamProjection, rebuildPostgreSQLProjections } from "@event-driven-io/emmett-postgresql"

const [, , url = ""] = process.argv

/** What it keeps of an account. */
type Balance = { readonly balance: string; readonly movements: number }

const added = new Set(["CashDeposited", "TransferReceived", "InterestCredited"])

/** As Emmett's documentation has it: a document for each stream. */
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
// It leaves connections open.
process.exit(0)
