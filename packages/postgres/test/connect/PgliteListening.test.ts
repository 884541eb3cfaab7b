/** LISTEN and NOTIFY through the virtual connections of one PGlite. */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlEventStore } from "@eventfold/postgres"
import { openPglite } from "../../src/internal/connect/Pglite.ts"
import { collect } from "../SubscriptionTools.ts"
import { eventually } from "../StoreOnServer.ts"
import { events } from "../Stores.ts"

it.live(
  "PGlite: two stores on one PGlite are notified of each other's appends, long before polling would find them",
  () =>
    Effect.gen(function* () {
      const connector = yield* openPglite(undefined)
      const reader = yield* SqlEventStore.make(connector, { pollInterval: "1 hour" })
      const writer = yield* SqlEventStore.make(connector)
      const { events: arrived } = yield* collect(reader)
      for (let i = 1; i <= 5; i++) {
        // With this interval, polling would be too slow: it would take the whole interval.
        yield* Effect.sleep("450 millis")
        yield* writer.append("A-1", "any", events(1))
        yield* eventually(Effect.sync(() => arrived.length === i))
      }
    })
)
