/** Databases of a test on a server of the run. */
import { layer as clientLayer, PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Redacted } from "effect"

let databases = 0

const execute = (url: string, statement: string) =>
  Effect.provide(
    PgClient.use((sql) => sql.unsafe(statement).unprepared),
    clientLayer({ url: Redacted.make(url) })
  )

/**
 * Creates a database for as long as the test runs; returns its url. `options` follow the encoding
 * in CREATE DATABASE.
 */
export const newDatabase = (serverUrl: string, options = "") =>
  Effect.map(
    Effect.acquireRelease(
      Effect.gen(function* () {
        const name = `test_${process.pid}_${Date.now().toString(36)}_${++databases}`
        yield* execute(serverUrl, `create database ${name} template template0 encoding 'UTF8' ${options}`)
        return name
      }),
      (name) => Effect.orDie(execute(serverUrl, `drop database ${name} with (force)`))
    ),
    (name) => {
      const url = new URL(serverUrl)
      url.pathname = `/${name}`
      return url.href
    }
  )
