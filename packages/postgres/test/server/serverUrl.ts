import { openAsBlob } from "node:fs"
import { inject } from "vitest"
import type { PostgresVersion } from "./PostgresServer.ts"
import "./ProvidedContext.ts"

const ask = async (version: PostgresVersion | "any" | "pglite"): Promise<string> => {
  const response = await fetch(`${inject("postgresDesk")}/${version}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`what tests run on did not start: ${text}`)
  return text
}

/** The url of a superuser on the run's PostgreSQL server, which is started if this is the first to ask. */
export const serverUrl = (): Promise<string> => ask("any")

/** The same on a server of that version, whatever `DATABASE_URL` says. */
export const serverUrlOf = (version: PostgresVersion): Promise<string> => ask(version)

/** A PGlite without anything in it, to be loaded into memory. */
export const emptyPglite = async (): Promise<Blob> => openAsBlob(await ask("pglite"))
