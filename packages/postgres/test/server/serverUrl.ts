import { inject } from "vitest"
import "./ProvidedContext.ts"

/** The url of a superuser on the run's PostgreSQL server, which is started if this is the first to ask. */
export const serverUrl = async (): Promise<string> => {
  const response = await fetch(inject("postgresDesk"))
  const text = await response.text()
  if (!response.ok) throw new Error(`the PostgreSQL server for tests did not start: ${text}`)
  return text
}
