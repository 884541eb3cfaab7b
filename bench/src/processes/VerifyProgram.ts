/**
 * Replays the log in the database of its first argument as `eventfold verify` does, and prints the
 * duration and the peak memory.
 */
import { PgEventStore, Verification } from "@eventfold/postgres"
import { AccountCodec, AccountDeclaration } from "bank/src/generated/account.codec.ts"
import { AccountFold } from "bank/src/generated/account.service.ts"
import { Effect } from "effect"
import { schema } from "../contenders/Eventfold.ts"

const [, , url = "", connections = "4"] = process.argv

const account = Verification.aggregate({
  name: "Account",
  id: AccountDeclaration.id,
  types: Object.keys(AccountDeclaration.events),
  fold: AccountFold,
  codec: AccountCodec
})

const report = await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const connector = yield* PgEventStore.connect({ url, maxConnections: Number(connections) + 1 })
      const domain = { aggregates: [account], projections: [] }
      return yield* Verification.run(connector, domain, { schema, connections: Number(connections) })
    })
  )
)
const { digest, events, mismatches, seconds, streams } = report
const peakMB = process.resourceUsage().maxRSS / 1_000
process.stdout.write(`\n${JSON.stringify({ seconds, peakMB, events, streams, mismatches, digest })}`)
