/**
 * Terminates threads, and ends the process even if a thread can't be terminated.
 *
 * A thread that is blocked in a system call, such as reading a pipe without a writer, can't be
 * terminated. Node waits for it at the end of the process, also in `process.exit`, so the process
 * has to be replaced.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Worker } from "node:worker_threads"

const ending = new Set<Promise<number>>()

/** Terminates a thread. Does not wait for its end. */
export const end = (thread: Worker): void => {
  const ended = thread.terminate().finally(() => ending.delete(ended))
  ending.add(ended)
}

/**
 * Maximum time to wait for threads. If a thread needs longer, the process is replaced, and nothing
 * is lost.
 */
const terminateTimeoutMs = 2_000

/**
 * Waits for terminated threads. If one does not end, ends the process with a code. Call it after
 * all output.
 */
export const leave = async (exitCode: number): Promise<void> => {
  if (ending.size === 0) return
  const stop = new AbortController()
  const isStuck = await Promise.race([
    Promise.all(ending).then(() => false),
    sleep(terminateTimeoutMs, true, { signal: stop.signal }).catch(() => true)
  ])
  stop.abort()
  if (isStuck) replace(exitCode)
}

/** Replaces this process and all of its threads by a program that ends with the code. */
const replace = (code: number): void => {
  if (process.execve !== undefined && process.platform !== "win32") {
    process.execve(process.execPath, [process.execPath, "-e", `process.exitCode = ${code}`], {})
  }
  process.kill(process.pid, "SIGKILL")
}
