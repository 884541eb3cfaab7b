/**
 * One process per directory: two on the same PGlite directory would destroy each other's data without a word.
 *
 * The lock is a file naming the process that holds it. The file's name carries a number, and the holder is the living
 * process of the greatest one. A successor of a dead process therefore never has to delete a file and make it anew, between
 * which a third process could slip: it makes the file with the next number, which succeeds for one only.
 */
import { Effect, type Scope } from "effect"
import { EventStoreError } from "eventfold"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { StoredJson } from "eventfold/store"

interface Holder {
  readonly pid: number
  /** When the process started, as the system tells it: process ids are used again. */
  readonly started: string
  /** A process of another machine or container can't be looked up. */
  readonly host: string
}

/** How often a holder touches its file, for those who can't look up its process. */
const touchMillis = 5_000
/** After so long without a touch, a holder on another host counts as dead. */
const deadMillis = 60_000

const pattern = /^eventfold\.lock\.(\d+)$/

/** Whether a file in the directory is one of these locks, or a leftover of making one. */
export const isLockFile = (name: string): boolean => name.startsWith("eventfold.lock.")

/** When a process started, in whatever form the system gives it; `undefined` if it doesn't run. */
const startOf = (pid: number): string | undefined => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as another user.
    if (codeOf(error) !== "EPERM") return undefined
  }
  try {
    if (process.platform === "linux") {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
      // The second field is the program's name in parentheses, which may hold anything; the 22nd is the start.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      return fields[0] === "Z" ? undefined : (fields[19] ?? "")
    }
    if (process.platform === "win32") return ""
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim()
  } catch {
    // The system won't tell: then the process id alone must do.
    return ""
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : ""

const readHolder = (file: string): Holder | undefined => {
  try {
    const holder: unknown = StoredJson.parse(fs.readFileSync(file, "utf8"))
    if (typeof holder !== "object" || holder === null) return undefined
    if (!("pid" in holder) || !("started" in holder) || !("host" in holder)) return undefined
    return { pid: Number(holder.pid), started: String(holder.started), host: String(holder.host) }
  } catch (error) {
    if (codeOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined
    throw error
  }
}

const isAlive = (file: string, { host, pid, started }: Holder): boolean => {
  if (host !== os.hostname()) {
    const touched = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
    return Date.now() - touched < deadMillis
  }
  const now = startOf(pid)
  return now !== undefined && (now === started || now === "" || started === "")
}

const numbersIn = (directory: string): ReadonlyArray<number> =>
  fs
    .readdirSync(directory)
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a)

const held = (directory: string, file: string, { host, pid }: Holder) =>
  EventStoreError.EventStoreError.storeRefused(
    pid === process.pid && host === os.hostname()
      ? `${directory} is open already, in this process (pid ${pid})`
      : `${directory} is in use by process ${pid}${host === os.hostname() ? "" : ` on host ${host}`}`,
    pid === process.pid && host === os.hostname()
      ? "Provide one layer to the whole app instead of building it twice"
      : `Stop that process, or use another directory; PGlite takes one process at a time (PgEventStore takes many). The lock is ${file}`
  )

const take = (directory: string): { readonly file: string } | EventStoreError.EventStoreError => {
  const me: Holder = { pid: process.pid, started: startOf(process.pid) ?? "", host: os.hostname() }
  // Written beside and then linked: a lock file is there with all it says, or not at all.
  const draft = path.join(directory, `eventfold.lock.new-${process.pid}-${Math.trunc(performance.now() * 1_000)}`)
  fs.writeFileSync(draft, JSON.stringify(me), { mode: 0o600 })
  try {
    for (;;) {
      const [greatest = 0] = numbersIn(directory)
      const current = path.join(directory, `eventfold.lock.${greatest}`)
      const holder = greatest === 0 ? undefined : readHolder(current)
      if (holder !== undefined && isAlive(current, holder)) return held(directory, current, holder)
      const file = path.join(directory, `eventfold.lock.${greatest + 1}`)
      try {
        fs.linkSync(draft, file)
      } catch (error) {
        // Another process was quicker: look again who holds it now.
        if (codeOf(error) === "EEXIST") continue
        throw error
      }
      // One that listed the files long ago may have taken a number that had been free since: the greatest one holds.
      if (numbersIn(directory)[0] !== greatest + 1) {
        fs.rmSync(file, { force: true })
        continue
      }
      for (const number of numbersIn(directory)) {
        if (number <= greatest) fs.rmSync(path.join(directory, `eventfold.lock.${number}`), { force: true })
      }
      return { file }
    }
  } finally {
    fs.rmSync(draft, { force: true })
  }
}

/** Holds the directory, which must exist, until the scope is closed; fails with `StoreRefused` if another process does. */
export const lock = (directory: string): Effect.Effect<void, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const lock = yield* Effect.acquireRelease(
      Effect.suspend(() => {
        const taken = take(directory)
        return "file" in taken ? Effect.succeed(taken) : Effect.fail(taken)
      }),
      ({ file }) => Effect.sync(() => fs.rmSync(file, { force: true }))
    )
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const timer = setInterval(() => {
          // A directory deleted under a running store is no reason to end the process with an error of this timer.
          fs.utimes(lock.file, new Date(), new Date(), () => {})
        }, touchMillis)
        timer.unref()
        return timer
      }),
      (timer) => Effect.sync(() => clearInterval(timer))
    )
  })
