/** Connections to the store that a command line names. */
import { PgEventStore, PgliteEventStore, SqlEventStore } from "@eventfold/postgres"
import { Effect, type Option, type Scope } from "effect"
import { getOrUndefined } from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { EventStoreError } from "eventfold"
import { existsSync } from "node:fs"
import * as path from "node:path"
import { NotFound, UsageError } from "../commandline/Failures.ts"
import { host, type Session } from "../commandline/Session.ts"

export interface Options {
  readonly url: Option.Option<Redacted.Redacted<string>>
  readonly dataDir: Option.Option<string>
}

type Failure = EventStoreError.EventStoreError | NotFound | UsageError

/**
 * Connects to the database. With `mustExist`, a directory without a database is refused, and
 * otherwise one is created there.
 */
export const connect = Effect.fnUntraced(function* (
  options: Options,
  mustExist: boolean,
  maxConnections = 2
): Effect.fn.Return<SqlEventStore.Connector, Failure, Scope.Scope | Session> {
  const { cwd, env } = yield* host
  const url = getOrUndefined(options.url)
  const dataDir = getOrUndefined(options.dataDir)
  if (url !== undefined && dataDir !== undefined) {
    return yield* new UsageError({ message: "--url is a server and --data-dir a directory: give one of them" })
  }
  if (dataDir !== undefined) {
    const directory = path.resolve(cwd, dataDir)
    if (mustExist && !existsSync(path.join(directory, "PG_VERSION"))) {
      return yield* new NotFound({ message: `there is no PGlite database in ${dataDir}` })
    }
    return yield* PgliteEventStore.connect({ dataDir: directory })
  }
  const found = url ?? (env["DATABASE_URL"] || undefined)
  if (found === undefined) {
    return yield* new UsageError({
      message:
        "which store? Give --url postgres://user:password@host:5432/database, or set DATABASE_URL, or give --data-dir"
    })
  }
  // Without prepared statements commands work behind any pooler. Planning takes little of the time
  // of what they send.
  return yield* PgEventStore.connect({ url: found, maxConnections, applicationName: "eventfold store", prepare: false })
})

/** Opens a store that exists: a command creates none. */
export const open = Effect.fnUntraced(function* (options: Options & { readonly schema: string }) {
  const connector = yield* connect(options, true)
  return yield* SqlEventStore.make(connector, { schema: options.schema, create: false })
})
