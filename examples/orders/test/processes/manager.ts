/** A process manager in a process of its own, until it is killed. Says when it is at work. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer } from "effect"
import { Bookmark } from "../../src/Bookmark.ts"
import * as FulfilmentManager from "../../src/FulfilmentManager.ts"
import * as Shop from "../../src/Shop.ts"

const [url, schema, bookmark, payment, dispatch] = process.argv.slice(2) as [string, string, string, string, string]

const store = PgEventStore.layer({ url, schema, maxConnections: 4 })
const shop = Layer.mergeAll(Shop.services, Bookmark.layer(bookmark)).pipe(Layer.provide(NodeServices.layer))

Effect.sync(() => process.stdout.write("at work\n")).pipe(
  Effect.andThen(FulfilmentManager.run),
  Effect.provideService(FulfilmentManager.CurrentDeadlines, {
    payment: `${Number(payment)} millis`,
    dispatch: `${Number(dispatch)} millis`
  }),
  Effect.provide(Layer.provideMerge(shop, store)),
  NodeRuntime.runMain
)
