/**
 * Projects the bank's balances in the database of its first argument until its input ends, and then
 * prints its peak memory.
 */
import { PgEventStore } from "@eventfold/postgres"
import { AccountBalancesView } from "bank/src/generated/account-balances.service.ts"
import { Effect, Layer, Redacted } from "effect"
import { Projector } from "eventfold"
import { once } from "node:events"
import { schema } from "../contenders/Eventfold.ts"

const [, , url = ""] = process.argv

const projector = Layer.provide(
  Projector.layer([AccountBalancesView.projection]),
  PgEventStore.layer({ url: Redacted.make(url), schema })
)

await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      yield* Layer.build(projector)
      yield* Effect.promise(async () => {
        process.stdin.resume()
        await once(process.stdin, "end")
      })
    })
  )
)
process.stdout.write(`\n${JSON.stringify({ peakMB: process.resourceUsage().maxRSS / 1_000 })}`)
