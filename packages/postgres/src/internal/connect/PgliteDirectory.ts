/**
 * A directory for PGlite: looked at before anything is touched, locked, and made in a way that a killed process leaves
 * either a whole database or something that the next start recognises as unfinished.
 */
import { PGlite } from "@electric-sql/pglite"
import { Effect, Predicate, type Scope } from "effect"
import { EventStoreError } from "eventfold"
import * as fs from "node:fs"
import * as path from "node:path"
import { isLockFile, lock } from "./DirectoryLock.ts"
import { explainMissing } from "./PgliteFiles.ts"
import { type Durability, syncDirectory, syncPath } from "./SyncedNodeFs.ts"

/** The major version of PostgreSQL in the PGlite that this package depends on. */
export const postgresMajor = "18"

/** Where a new database is made. While this is there, nothing was ever stored in it. */
const making = "eventfold.making"
/** What `making` becomes when it is whole, before its files move up. */
const made = "eventfold.made"
/** Moves last: with it a directory is a database. */
const versionFile = "PG_VERSION"

/** What PGlite's own file system throws is no Error: it has a number, of which this one tells what to do. */
const wasmNoSpace = 51

const codeOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "errno") && error.errno === wasmNoSpace) return "ENOSPC"
  return Predicate.hasProperty(error, "code") && typeof error.code === "string" ? error.code : ""
}

const textOf = (error: unknown): string =>
  Predicate.hasProperty(error, "message") && typeof error.message === "string" ? error.message : JSON.stringify(error)

const explain = (directory: string, cause: unknown): EventStoreError.EventStoreError => {
  const missing = explainMissing(cause)
  if (missing !== undefined) return missing
  switch (codeOf(cause)) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return EventStoreError.EventStoreError.storeRefused(
        `${directory} can't be read and written by this process (${codeOf(cause)})`,
        "Give its user the rights to it, or use another directory",
        cause
      )
    case "ENOTDIR":
    case "EEXIST":
      return EventStoreError.EventStoreError.storeRefused(
        `${directory} is not a directory: a file has that name, or part of it`,
        "Use another path as dataDir",
        cause
      )
    case "ENOSPC":
      return EventStoreError.EventStoreError.storeRefused(
        `the disk that holds ${directory} is full`,
        "Make room and start again",
        cause
      )
    default:
      return EventStoreError.EventStoreError.storeRefused(
        `${directory} can't be used: ${textOf(cause)}`,
        "Use another path as dataDir",
        cause
      )
  }
}

const attempt = <A>(directory: string, step: () => A): Effect.Effect<A, EventStoreError.EventStoreError> =>
  Effect.try({ try: step, catch: (cause) => explain(directory, cause) })

/**
 * Makes the directory and its parents, one by one. Not by `recursive: true`, which never returns where the system says of
 * an existing directory that there is no such file, as /proc does.
 */
const makeDirectory = (directory: string): void => {
  if (fs.existsSync(directory)) return
  makeDirectory(path.dirname(directory))
  try {
    fs.mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    // Another process made it meanwhile.
    if (codeOf(error) !== "EEXIST" || !fs.statSync(directory).isDirectory()) throw error
  }
}

/** Refuses what is not ours, before anything is written. */
const look = Effect.fnUntraced(function* (directory: string) {
  const names = yield* attempt(directory, () => {
    const stat = fs.statSync(directory, { throwIfNoEntry: false })
    if (stat === undefined) return []
    return fs.readdirSync(directory).filter((name) => !isLockFile(name))
  })
  if (names.includes(versionFile)) {
    const found = yield* attempt(directory, () => fs.readFileSync(path.join(directory, versionFile), "utf8").trim())
    if (found !== postgresMajor) {
      return yield* EventStoreError.EventStoreError.storeRefused(
        `${directory} was written by PostgreSQL ${found}, this PGlite is PostgreSQL ${postgresMajor}`,
        `Open it with the version that wrote it and copy the events over, or use another directory; nothing was changed`
      )
    }
    return
  }
  if (names.length > 0 && !names.includes(making) && !names.includes(made)) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `${directory} holds files that are not a PGlite database (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`,
      "Use an empty or a new directory as dataDir; nothing was changed"
    )
  }
})

/** Makes the database in a directory of its own, and moves it up when it is whole. A killed process is continued here. */
const make = Effect.fnUntraced(function* (directory: string) {
  const makingPath = path.join(directory, making)
  const madePath = path.join(directory, made)
  const isWhole = yield* attempt(directory, () => fs.existsSync(path.join(directory, versionFile)))
  if (!isWhole) {
    const isMade = yield* attempt(directory, () => fs.existsSync(madePath))
    if (!isMade) {
      yield* attempt(directory, () => fs.rmSync(makingPath, { recursive: true, force: true }))
      yield* Effect.tryPromise({
        try: async () => {
          const db = await PGlite.create({ dataDir: makingPath, relaxedDurability: false })
          await db.close()
        },
        catch: (cause) => explain(directory, cause)
      })
      yield* attempt(directory, () => fs.renameSync(makingPath, madePath))
    }
    yield* attempt(directory, () => {
      const names = fs.readdirSync(madePath).filter((name) => name !== versionFile)
      for (const name of [...names, versionFile]) fs.renameSync(path.join(madePath, name), path.join(directory, name))
    })
  }
  yield* attempt(directory, () => fs.rmSync(madePath, { recursive: true, force: true }))
})

/** All that is there reaches the disk, whatever wrote it: what is written from now on builds on that. */
const settle = (directory: string): Effect.Effect<void, EventStoreError.EventStoreError> =>
  Effect.try({
    try: () => {
      syncDirectory(directory)
      // Its name is in the one above.
      syncPath(path.dirname(directory))
    },
    catch: (cause) =>
      EventStoreError.EventStoreError.storeRefused(
        `the file system of ${directory} can't say when its files are on the disk (${textOf(cause)}), which durability "power" needs`,
        'Use a directory on a local disk, or durability "process"',
        cause
      )
  })

/** Makes sure that the directory holds a database that is this process's alone until the scope is closed. */
export const claimDirectory = (
  dataDir: string,
  durability: Durability
): Effect.Effect<void, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    if (dataDir === "")
      return yield* EventStoreError.EventStoreError.storeRefused(
        "dataDir is empty",
        "Name a directory, or leave dataDir out for a store in memory"
      )
    const directory = path.resolve(dataDir)
    yield* look(directory)
    yield* attempt(directory, () => {
      makeDirectory(directory)
      fs.accessSync(directory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
    })
    yield* lock(directory).pipe(Effect.catchDefect((cause) => Effect.fail(explain(directory, cause))))
    // Once more: another process may have been at work until it let go of the lock.
    yield* look(directory)
    // PGlite can't be stopped while it makes its files: whoever is interrupted meanwhile keeps the lock until they are there.
    yield* Effect.uninterruptible(make(directory))
    if (durability === "power") yield* settle(directory)
  })
