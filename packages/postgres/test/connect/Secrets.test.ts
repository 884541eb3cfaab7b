/** Promise: no error repeats the password of a url, for any mistake in the url. */
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Layer, Redacted } from "effect"
import { PgEventStore } from "@eventfold/postgres"
import { createServer } from "node:net"
import { inspect } from "node:util"
import { serverUrl } from "../server/serverUrl.ts"

/** A password without letters that a url contains anyway. */
const hush = "hushHUSH"

/** A server that sends the same answer to every message. */
const echo = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {})
      socket.once("data", (data) => socket.end(data))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    return { server, port: typeof address === "object" && address !== null ? address.port : 0 }
  }),
  ({ server }) => Effect.sync(() => server.close())
)

it.live("no error of a connection repeats the password, for any mistake in the url and any failure of the server", () =>
  Effect.gen(function* () {
    const { port } = yield* echo
    const real = new URL(yield* Effect.promise(serverUrl))
    real.password = hush
    const inQuery = new URL(real)
    inQuery.password = ""
    inQuery.searchParams.set("password", hush)
    const urls = [
      `postgres://user:${hush}@`,
      `postgres://user:${hush}@127.0.0.1:1/app`,
      `postgres://user:${hush}@127.0.0.1:99999/app`,
      `postgres://user:${hush}@127.0.0.1:${port}/app`,
      `postgres://user:${hush}@no-such-host.invalid/app`,
      `postgres://user:${hush}%@127.0.0.1/app`,
      `postgres://user:a/${hush}@127.0.0.1/app`,
      `postgres://user:a#${hush}@127.0.0.1/app`,
      `postgres://user:a?${hush}@127.0.0.1/app`,
      `postgres://user:a@${hush}@127.0.0.1:1/app`,
      `postgres://user:${hush}@127.0.0.1/app?sslmode=never`,
      `postgres://127.0.0.1:1/app?password=${hush}`,
      `postgres://127.0.0.1/app?password=${hush}&sslmode=never&connect_timeout=x`,
      `postgres://user:12/${hush}@127.0.0.1/app`,
      `postgres://user:12?${hush}@127.0.0.1/app`,
      `postgres://127.0.0.1:${port}/${hush}/x`,
      `mysql://user:${hush}@127.0.0.1/app`,
      `user:${hush}@127.0.0.1/app`,
      ` ${hush} `,
      real.href,
      inQuery.href
    ]
    for (const url of urls) {
      for (const given of [url, Redacted.make(url)]) {
        const error = yield* Effect.flip(
          Effect.scoped(Layer.build(PgEventStore.layer({ url: given, connectTimeout: "2 seconds" })))
        )
        const said = [
          error.message,
          inspect(error, { depth: 20, showHidden: true }),
          JSON.stringify(error),
          Cause.pretty(Cause.fail(error))
        ].join("\n")
        assert.notInclude(said, hush, url)
      }
    }
  }).pipe(Effect.scoped)
)
