/**
 * One PostgreSQL server of each version for a whole test run, started when the first test requests
 * it: runs without such tests are not slowed down.
 *
 * Tests run in other processes, so they request it by HTTP; see `serverUrl`. If `DATABASE_URL` is
 * set, that server is used unless a test needs a certain version, with a database of this run that
 * is dropped at the end.
 */
import { layer as clientLayer, PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Redacted } from "effect"
import { PGlite } from "@electric-sql/pglite"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import * as http from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import "./ProvidedContext.ts"
import { isPostgresVersion, type PostgresServer, type PostgresVersion, startServer } from "./PostgresServer.ts"

/** Runs one statement as the user of the url. */
const execute = (url: string, statement: string): Promise<unknown> =>
  Effect.runPromise(
    Effect.provide(
      PgClient.use((sql) => sql.unsafe(statement).unprepared),
      clientLayer({ url: Redacted.make(url) })
    )
  )

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = new Map<PostgresVersion, Promise<PostgresServer>>()
  let borrowed: Promise<string> | undefined
  const given = process.env["DATABASE_URL"] ?? ""
  const database = `eventfold_test_${process.pid}_${Date.now().toString(36)}`
  const borrow = async (): Promise<string> => {
    await execute(given, `create database ${database} encoding 'UTF8' template template0`)
    const url = new URL(given)
    url.pathname = `/${database}`
    return url.href
  }
  let empty: Promise<string> | undefined
  const temporary = await mkdtemp(join(tmpdir(), "eventfold-pglite-"))
  /**
   * An empty directory of PGlite, as a file: opening a copy is far faster than creating a database.
   */
  const emptyDirectory = async (): Promise<string> => {
    const db = await PGlite.create()
    const file = join(temporary, "empty.tar")
    await writeFile(file, Buffer.from(await (await db.dumpDataDir("none")).arrayBuffer()))
    await db.close()
    return file
  }
  const started = async (version: PostgresVersion): Promise<string> => {
    const server = servers.get(version) ?? startServer({ fsync: "off" }, { version })
    servers.set(version, server)
    return (await server).url
  }
  const urlFor = async (asked: string): Promise<string> => {
    if (asked === "pglite") return await (empty ??= emptyDirectory())
    if (asked === "any") return given === "" ? await started(18) : await (borrowed ??= borrow())
    const version = Number(asked)
    if (!isPostgresVersion(version)) throw new Error(`there is no PostgreSQL ${asked} among the test's binaries`)
    return await started(version)
  }
  const desk = http.createServer((request, response) => {
    urlFor((request.url ?? "").slice(1)).then(
      // A client that reuses an idle connection may send into one that the server closes just then.
      (text) => response.writeHead(200, { connection: "close" }).end(text),
      (cause: unknown) => response.writeHead(500, { connection: "close" }).end(String(cause))
    )
  })
  await new Promise<void>((resolve) => desk.listen(0, "127.0.0.1", resolve))
  const address = desk.address()
  project.provide(
    "postgresDesk",
    `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  )
  return async () => {
    desk.close()
    desk.closeAllConnections()
    await rm(temporary, { recursive: true, force: true })
    // A server that did not start has reported it to the tests, and has cleaned up.
    const isBorrowed = await borrowed?.then(
      () => true,
      () => false
    )
    if (isBorrowed === true) await execute(given, `drop database ${database} with (force)`)
    for (const server of servers.values()) await (await server.catch(() => undefined))?.stop()
  }
}
