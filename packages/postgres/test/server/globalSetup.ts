/**
 * One PostgreSQL server for a whole test run, started when the first test asks for it: runs without such tests don't pay.
 *
 * Tests run in other processes, so they ask by HTTP; see `serverUrl`. Where `DATABASE_URL` is set, that server is used.
 */
import * as http from "node:http"
import type { TestProject } from "vitest/node"
import { type PostgresServer, startServer } from "./PostgresServer.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Where to ask for the url of the PostgreSQL server of this run. */
    readonly postgresDesk: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: Promise<PostgresServer> | undefined
  const url = async (): Promise<string> => {
    const given = process.env["DATABASE_URL"]
    if (given !== undefined && given !== "") return given
    server ??= startServer({ fsync: "off" })
    return (await server).url
  }
  const desk = http.createServer((_request, response) => {
    url().then(
      (text) => response.end(text),
      (cause: unknown) => response.writeHead(500).end(String(cause))
    )
  })
  await new Promise<void>((resolve) => desk.listen(0, "127.0.0.1", resolve))
  const address = desk.address()
  project.provide("postgresDesk", `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`)
  return async () => {
    desk.close()
    desk.closeAllConnections()
    // One that did not start has told so to the tests that asked, and has cleaned up after itself.
    const started = await server?.catch(() => undefined)
    await started?.stop()
  }
}
