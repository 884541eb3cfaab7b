/** Progress on the standard error output while a command takes its time. */
import { Effect } from "effect"
import type { Host } from "./Host.ts"

const refreshMs = 100
const logIntervalMs = 10_000

/** A line that is written over on a terminal. On other outputs a line is added now and then. */
export class ProgressLine {
  readonly #stderr: Host["stderr"]
  #shownAt = -Infinity

  constructor({ stderr }: Host) {
    this.#stderr = stderr
  }

  show(line: string): void {
    const isTerminal = this.#stderr.isTTY === true
    if (performance.now() - this.#shownAt < (isTerminal ? refreshMs : logIntervalMs)) return
    this.#shownAt = performance.now()
    this.#stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`)
  }

  readonly clear: Effect.Effect<void> = Effect.sync(() => {
    if (this.#stderr.isTTY === true && this.#shownAt > 0) this.#stderr.write("\r\u001b[K")
  })
}
