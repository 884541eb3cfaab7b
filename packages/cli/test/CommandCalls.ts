/**
 * Calls of the command by tests: in their own process, in a process for each call, and many in one
 * other process.
 */
import { type ChildProcess, execFile, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { run } from "../src/commandline/Run.ts"
import { host } from "./TestHost.ts"

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** The exit code of a command, and its output. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

export type Variables = Readonly<Record<string, string>>

/** Runs a command in the process of the test. It sees these variables alone. */
export const call = async (
  args: ReadonlyArray<string>,
  variables: Variables = {},
  cwd?: string,
  input?: string
): Promise<Ended> => {
  const { err, host: printed, out } = host(cwd, { NO_COLOR: "1", ...variables }, input)
  const code = await run(args, printed)
  return { code, out: out(), err: err() }
}

/** Runs a command in a process of its own, as a user does. That takes 0.7 s of CPU time. */
export const callProcess = (
  args: ReadonlyArray<string>,
  variables: Variables = {},
  cwd = process.cwd()
): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", ...variables }
    const child = execFile(process.execPath, [pathOf("../src/bin.ts"), ...args], { env, cwd }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err })
    )
  })

/**
 * A process that runs one command after another: for commands that load code of a folder, which a
 * process does once.
 */
export class CommandProcess {
  readonly #child: ChildProcess
  readonly #cwd: string
  readonly #env: NodeJS.ProcessEnv

  /** `bin`: the command, or a copy of it. */
  constructor(cwd: string, env: NodeJS.ProcessEnv = {}, bin = pathOf("../src/bin.ts")) {
    this.#cwd = cwd
    this.#env = { NO_COLOR: "1", ...env }
    this.#child = fork(pathOf("processes/commands.ts"), [bin], { cwd, env: { ...process.env, ...env } })
  }

  async call(args: ReadonlyArray<string>): Promise<Ended> {
    const answered = new AbortController()
    const { signal } = answered
    const ended = once(this.#child, "exit", { signal }).then(([code, by]) => {
      throw new Error(`the process of the commands ended at ${args.join(" ")}: ${code ?? by}`)
    })
    this.#child.send({ args, cwd: this.#cwd, env: this.#env })
    try {
      const [answer] = await Promise.race([once(this.#child, "message", { signal }), ended])
      return answer
    } finally {
      answered.abort()
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, "exit")
    this.#child.disconnect()
    await ended
  }
}
