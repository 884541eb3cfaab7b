/**
 * Prepares a directory for PGlite: checks it before it writes anything, locks it, and creates the
 * database in such a way that a killed process leaves either a whole database or one that the next
 * start recognises as unfinished.
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

/** The directory in which a new database is created. While it exists, no event was stored. */
const unfinishedName = "eventfold.making"
/** The name of that directory once it is whole, before its files are moved up. */
const finishedName = "eventfold.made"
/** The file that is moved last: a directory with it is a database. */
const versionFile = "PG_VERSION"

/**
 * The errno of a full disk. PGlite's own file system throws objects with such a number, not Errors.
 */
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
        "Grant its user the rights to the directory, or use another directory",
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
        "Free disk space and start again",
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
 * Creates the directory and its parents, one by one. With `recursive: true` Node never returns if
 * the system reports ENOENT for an existing directory, as /proc does.
 */
const makeDirectory = (directory: string): void => {
  if (fs.existsSync(directory)) return
  makeDirectory(path.dirname(directory))
  try {
    fs.mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    // Another process created it at the same time.
    if (codeOf(error) !== "EEXIST" || !fs.statSync(directory).isDirectory()) throw error
  }
}

/** Refuses a directory that is not Eventfold's, before anything is written. */
const checkDirectory = Effect.fnUntraced(function* (directory: string) {
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
        `Open it with the version that wrote it and copy the events, or use another directory; nothing was changed`
      )
    }
    return
  }
  if (names.length > 0 && !names.includes(unfinishedName) && !names.includes(finishedName)) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `${directory} holds files that are not a PGlite database (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`,
      "Use an empty or a new directory as dataDir; nothing was changed"
    )
  }
})

/**
 * Creates the database in a directory of its own, and moves its files up when it is whole.
 * Continues the work of a process that was killed.
 */
const createDatabase = Effect.fnUntraced(function* (directory: string) {
  const unfinishedPath = path.join(directory, unfinishedName)
  const finishedPath = path.join(directory, finishedName)
  const isWhole = yield* attempt(directory, () => fs.existsSync(path.join(directory, versionFile)))
  if (!isWhole) {
    const isMade = yield* attempt(directory, () => fs.existsSync(finishedPath))
    if (!isMade) {
      yield* attempt(directory, () => fs.rmSync(unfinishedPath, { recursive: true, force: true }))
      yield* Effect.tryPromise({
        try: async () => {
          const db = await PGlite.create({ dataDir: unfinishedPath, relaxedDurability: false })
          await db.close()
        },
        catch: (cause) => explain(directory, cause)
      })
      yield* attempt(directory, () => fs.renameSync(unfinishedPath, finishedPath))
    }
    yield* attempt(directory, () => {
      const names = fs.readdirSync(finishedPath).filter((name) => name !== versionFile)
      for (const name of [...names, versionFile])
        fs.renameSync(path.join(finishedPath, name), path.join(directory, name))
    })
  }
  yield* attempt(directory, () => fs.rmSync(finishedPath, { recursive: true, force: true }))
})

/**
 * Waits until all files of the directory are on the disk, also those of other processes: later
 * writes depend on them.
 */
const syncAll = (directory: string): Effect.Effect<void, EventStoreError.EventStoreError> =>
  Effect.try({
    try: () => {
      syncDirectory(directory)
      // The name of the directory is stored in its parent.
      syncPath(path.dirname(directory))
    },
    catch: (cause) =>
      EventStoreError.EventStoreError.storeRefused(
        `the file system of ${directory} can't wait until files are on the disk (${textOf(cause)}), which durability "power" needs`,
        'Use a directory on a local disk, or durability "process"',
        cause
      )
  })

/**
 * Locks the directory for this process until the scope is closed, and creates a database in it if
 * there is none.
 */
export const claimDirectory = (
  dataDir: string,
  durability: Durability
): Effect.Effect<void, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    if (dataDir === "")
      return yield* EventStoreError.EventStoreError.storeRefused(
        "dataDir is empty",
        "It must name a directory; omit it for a store in memory"
      )
    const directory = path.resolve(dataDir)
    yield* checkDirectory(directory)
    yield* attempt(directory, () => {
      makeDirectory(directory)
      fs.accessSync(directory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
    })
    yield* lock(directory).pipe(Effect.catchDefect((cause) => Effect.fail(explain(directory, cause))))
    // Once more: another process may have changed the directory until it released the lock.
    yield* checkDirectory(directory)
    // PGlite can't be stopped while it creates its files: a caller that is interrupted keeps the
    // lock until they exist.
    yield* Effect.uninterruptible(createDatabase(directory))
    if (durability === "power") yield* syncAll(directory)
  })
