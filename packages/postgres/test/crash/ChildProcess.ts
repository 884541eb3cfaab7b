/** A process of a test, which the test kills, stops and continues. */
import { type ChildProcess as NodeProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"

/** One of `../processes`, which works on a store until it is killed. */
export class ChildProcess {
  readonly #child: NodeProcess
  output = ""

  constructor(program: string, ...args: ReadonlyArray<string>) {
    const file = fileURLToPath(new URL(`../processes/${program}.ts`, import.meta.url))
    this.#child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    this.#child.stdout?.on("data", (chunk: Buffer) => this.hear(chunk.toString()))
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.output += chunk.toString()))
  }
  /** Receives the output of the process. */
  protected hear(text: string): void {
    this.output += text
  }
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }
  /** Waits until it reports that it has begun. */
  async running(): Promise<void> {
    while (!this.output.includes("running")) {
      if (!this.isRunning) throw new Error(this.output)
      await setTimeout(10)
    }
  }
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
  async end(): Promise<void> {
    if (!this.isRunning) return
    const ended = once(this.#child, "close")
    this.#child.kill("SIGCONT")
    this.#child.kill("SIGKILL")
    await ended
  }
}
