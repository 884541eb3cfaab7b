/**
 * Locks a directory for one process: two processes on the same PGlite directory would silently
 * destroy each other's data.
 *
 * The lock is a file that names the process that holds it. The file's name has a number, and the
 * holder is the process of the greatest number, if it is alive. A successor of a dead process
 * therefore never has to delete a file and create it again, which would leave a gap for a third
 * process: it creates the file with the next number, and only one process can do that.
 */
import { Effect, type Scope } from "effect"
import { EventStoreError } from "eventfold"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { StoredJson } from "eventfold/tables"

interface Holder {
  readonly pid: number
  /** The time at which the process started, in the system's form: process ids are reused. */
  readonly started: string
  /** The host: a process of another machine or container can't be looked up. */
  readonly host: string
}

/** The time between two touches of the lock file, for processes that can't look up its holder. */
const touchIntervalMs = 5_000
/** The time without a touch after which a holder on another host counts as dead. */
const deadAfterMs = 60_000

const pattern = /^eventfold\.lock\.(\d+)$/

/** `true` if a file in the directory is one of these locks, or the draft of one. */
export const isLockFile = (name: string): boolean => name.startsWith("eventfold.lock.")

/**
 * Returns the time at which a process started, in the system's form; `undefined` if it does not
 * run.
 */
const startOf = (pid: number): string | undefined => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs as another user.
    if (codeOf(error) !== "EPERM") return undefined
  }
  try {
    if (process.platform === "linux") {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
      // The second field is the program's name in parentheses, which may hold any character; the
      // 22nd is the start.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      return fields[0] === "Z" ? undefined : (fields[19] ?? "")
    }
    if (process.platform === "win32") return ""
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim()
  } catch {
    // The system does not report it: then the process id alone decides.
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
    return Date.now() - touched < deadAfterMs
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
      ? `${directory} is already open in this process (pid ${pid})`
      : `${directory} is in use by process ${pid}${host === os.hostname() ? "" : ` on host ${host}`}`,
    pid === process.pid && host === os.hostname()
      ? "Provide one layer to the whole app instead of building it twice"
      : `Stop that process, or use another directory; PGlite supports one process at a time (PgEventStore supports many). The lock is ${file}`
  )

const take = (directory: string): { readonly file: string } | EventStoreError.EventStoreError => {
  const me: Holder = { pid: process.pid, started: startOf(process.pid) ?? "", host: os.hostname() }
  // Written to another file and then linked: a lock file exists with its whole content, or not at
  // all.
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
        // Another process was faster: read again who holds the lock.
        if (codeOf(error) === "EEXIST") continue
        throw error
      }
      // A process that listed the files long ago may have taken a number that became free since:
      // the greatest number holds.
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

/**
 * Locks the directory, which must exist, until the scope is closed; fails with `StoreRefused` if
 * another process holds it.
 */
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
          // If the directory was deleted under a running store, an error of this timer must not end
          // the process.
          fs.utimes(lock.file, new Date(), new Date(), () => {})
        }, touchIntervalMs)
        timer.unref()
        return timer
      }),
      (timer) => Effect.sync(() => clearInterval(timer))
    )
  })
