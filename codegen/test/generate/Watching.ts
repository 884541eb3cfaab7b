/** `eventfold gen --watch` in a process of its own, for a test. */
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { onTestFinished } from "vitest"
import type { Project } from "../Project.ts"

const bin = join(import.meta.dirname, "../../../packages/cli/src/bin.ts")

export class Watching {
  readonly #child: ChildProcess
  #text = ""
  #read = 0

  constructor(project: Project, ...args: ReadonlyArray<string>) {
    const env = { ...process.env, NO_COLOR: "1" }
    this.#child = spawn(process.execPath, [bin, "gen", "--watch", ...args], { cwd: project.root, env })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#text += chunk.toString()
      })
    }
    onTestFinished(() => void this.#child.kill("SIGKILL"))
  }

  /** Everything that was printed. */
  get text(): string {
    return this.#text
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The next line that fits, after those that were waited for. */
  async line(pattern: RegExp): Promise<string> {
    for (let waited = 0; waited < 300_000; waited += 5) {
      const rest = this.#text.slice(this.#read)
      for (const found of rest.matchAll(/([^\n]*)\n/g)) {
        if (!pattern.test(found[1]!)) continue
        this.#read += found.index + found[0].length
        return found[1]!
      }
      if (this.#child.exitCode !== null) break
      await sleep(5)
    }
    throw new Error(
      `no line like ${pattern} in:\n${this.#text.slice(this.#read)}\n(before: ${this.#text.slice(0, this.#read)})`
    )
  }

  /** Returns the output since the last awaited line, after a time in which none is expected. */
  async silence(milliseconds = 700): Promise<string> {
    await sleep(milliseconds)
    return this.#text.slice(this.#read)
  }

  /** Sends a signal, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    return new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve({ code, signal }))
      this.#child.kill(signal)
    })
  }
}
