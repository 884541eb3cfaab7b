import { execFileSync } from "node:child_process"
import { mkdirSync, openAsBlob } from "node:fs"
import { inject } from "vitest"
import type { PostgresVersion } from "./PostgresServer.ts"
import "./ProvidedContext.ts"

const ask = async (version: PostgresVersion | "any" | "pglite"): Promise<string> => {
  const response = await fetch(`${inject("postgresDesk")}/${version}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`what tests run on did not start: ${text}`)
  return text
}

/**
 * Returns the url of a superuser on the PostgreSQL server of the run; the first call starts the
 * server.
 */
export const serverUrl = (): Promise<string> => ask("any")

/** Returns the url of a server of a version, independent of `DATABASE_URL`. */
export const serverUrlOf = (version: PostgresVersion): Promise<string> => ask(version)

/**
 * Returns the file of an empty PGlite, for programs that begin with a copy of it
 * (`processes/EmptyDatabases.ts`).
 */
export const emptyPgliteFile = (): Promise<string> => ask("pglite")

/** Returns the content of an empty PGlite, to be loaded into memory. */
export const emptyPglite = async (): Promise<Blob> => openAsBlob(await emptyPgliteFile())

/**
 * Writes the files of an empty PGlite to a directory: creating a database there takes several times
 * as long.
 */
export const emptyPgliteAt = async (directory: string): Promise<void> => {
  const archive = await emptyPgliteFile()
  mkdirSync(directory, { recursive: true })
  // Its names are absolute, which tar reports.
  execFileSync("tar", ["-xf", archive, "-C", directory], { stdio: "ignore" })
}
