/** A host for tests: collects the output of a command that runs in the process of the test. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Host, Input } from "../src/commandline/Host.ts"
import { run } from "../src/commandline/Run.ts"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

/** The exit code of a command, and its output. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const inputOf = (text: string): Input => ({
  async *[Symbol.asyncIterator]() {
    if (text !== "") yield Buffer.from(text)
  }
})

/** Makes a host in a folder, with text to read, and functions that return what was written. */
export const host = (
  cwd = process.cwd(),
  env: Readonly<Record<string, string | undefined>> = { NO_COLOR: "1" },
  input = ""
): { readonly host: Host; readonly out: () => string; readonly err: () => string } => {
  const texts = { out: "", err: "" }
  const output = (name: keyof typeof texts): Host["stdout"] => ({
    write: (text, done) => {
      texts[name] += text
      done?.()
    }
  })
  return {
    host: { cwd, env, stdin: inputOf(input), stdout: output("out"), stderr: output("err"), onSignal: () => undefined },
    out: () => texts.out,
    err: () => texts.err
  }
}

type Variables = Readonly<Record<string, string>>

/** Runs a command in the process of the test, on a host with the variables alone. A process of its own takes 0.7 s of CPU time. */
export const call = async (args: ReadonlyArray<string>, variables: Variables = {}, cwd?: string): Promise<Ended> => {
  const { err, host: printed, out } = host(cwd, { NO_COLOR: "1", ...variables })
  const code = await run(args, printed)
  return { code, out: out(), err: err() }
}

/** Runs a command in a process of its own: for what `bin.ts` adds, such as the exit code of the process. */
export const callProcess = (
  args: ReadonlyArray<string>,
  variables: Variables = {},
  cwd = process.cwd()
): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", ...variables }
    const child = execFile(process.execPath, [bin, ...args], { env, cwd }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err })
    )
  })
