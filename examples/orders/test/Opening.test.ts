/**
 * The shop while it opens and closes: a request is refused or answered, and none waits for ever.
 */
import { NodeServices } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { MemoryEventStore } from "eventfold"
import * as http from "node:http"
import { createServer, type Server } from "node:net"
import { join } from "node:path"
import * as EarlyRequests from "../src/EarlyRequests.ts"
import * as Shop from "../src/Shop.ts"
import { folder, pause } from "./shop.ts"

const listening = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const freePort = Effect.promise(async () => {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
})

/** The status of an answer, or the code of the error; on a connection of its own. */
const ask = (port: number) =>
  new Promise<number | string>((resolve) => {
    const request = http.get({ host: "127.0.0.1", port, path: "/orders/o-1", agent: false }, (response) => {
      response.resume()
      response.on("end", () => resolve(response.statusCode ?? 0))
    })
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })

describe("the shop", () => {
  it.live("takes no connection before its store is open, and answers every request from the first one on", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const bookmark = join(yield* folder, "fulfilment.json")
      const [begun, isOpen, opened] = [
        yield* Deferred.make<void>(),
        yield* Deferred.make<void>(),
        yield* Deferred.make<void>()
      ]
      let isClosing = false
      const afterStore: Array<number | string> = []
      const store = Layer.unwrap(
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() =>
            Effect.promise(async () => {
              isClosing = true
              afterStore.push(await ask(port))
            })
          )
          yield* Deferred.succeed(begun, undefined)
          yield* Deferred.await(isOpen)
          return MemoryEventStore.layer
        })
      )
      const shop = yield* Effect.forkChild(
        Shop.serve({ store, bookmark, port, opened: Effect.asVoid(Deferred.succeed(opened, undefined)) })
      )
      yield* Deferred.await(begun)
      expect(yield* Effect.promise(() => ask(port))).toBe("ECONNREFUSED")

      const asked: Array<Promise<number | string>> = []
      const asking = yield* Effect.forkChild(
        Effect.forever(
          Effect.andThen(
            Effect.sync(() => asked.push(ask(port))),
            Effect.promise(() => new Promise(setImmediate))
          )
        )
      )
      for (let i = 0; i < 10; i++) yield* pause
      yield* Deferred.succeed(isOpen, undefined)
      yield* Deferred.await(opened)
      for (let i = 0; i < 10; i++) yield* pause
      yield* Fiber.interrupt(asking)
      const answers = yield* Effect.promise(() => Promise.all(asked))
      const first = answers.indexOf(404)
      expect(first).toBeGreaterThan(0)
      expect(new Set(answers)).toEqual(new Set(["ECONNREFUSED", 404]))

      yield* Fiber.interrupt(shop)
      expect(isClosing).toBe(true)
      // The port was given up before the store.
      expect(afterStore).toEqual(["ECONNREFUSED"])
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("a server that keeps early requests", () => {
  it("hands them to what listens for requests first, and those that come later as well", async () => {
    const server = EarlyRequests.createServer()
    const port = await listening(server)
    const early = [ask(port), ask(port)]
    const arrived = await Promise.all(early.map(() => new Promise((resolve) => server.once("connection", resolve))))
    expect(arrived).toHaveLength(2)
    // Until both have been read.
    for (let i = 0; i < 20; i++) await new Promise(setImmediate)
    let count = 0
    server.on("request", (_, response) => {
      count++
      response.writeHead(204).end()
    })
    expect(await Promise.all([...early, ask(port)])).toEqual([204, 204, 204])
    expect(count).toBe(3)
    server.close()
  })
})
