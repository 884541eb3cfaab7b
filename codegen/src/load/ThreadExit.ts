/**
 * Ends threads, and the process with them.
 *
 * A thread that is stuck in a call of the operating system, as in reading a pipe without a writer, can't be ended. Node then
 * waits for it at the end of the process, also in `process.exit`, so the process has to be replaced.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Worker } from "node:worker_threads"

const ending = new Set<Promise<number>>()

/** Ends a thread; the caller need not wait until it has ended. */
export const end = (thread: Worker): void => {
  const ended = thread.terminate().finally(() => ending.delete(ended))
  ending.add(ended)
}

/** How long threads get to end by themselves, in milliseconds. Nothing is lost for one that is slower. */
const graceMs = 2_000

/** Ends the process with a code if a thread does not end. Call it when everything has been printed. */
export const leave = async (exitCode: number): Promise<void> => {
  if (ending.size === 0) return
  const stop = new AbortController()
  const isStuck = await Promise.race([
    Promise.all(ending).then(() => false),
    sleep(graceMs, true, { signal: stop.signal }).catch(() => true)
  ])
  stop.abort()
  if (isStuck) replace(exitCode)
}

/** Another program takes this process's place, at once and with all of its threads, and ends with the code. */
const replace = (code: number): void => {
  if (process.execve !== undefined && process.platform !== "win32") {
    process.execve(process.execPath, [process.execPath, "-e", `process.exitCode = ${code}`], {})
  }
  process.kill(process.pid, "SIGKILL")
}
