/**
 * Runs each command that its parent sends, and answers with the exit code and with everything that
 * the process printed.
 */
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Host } from "../../src/commandline/Host.ts"

const run: { readonly run: (args: ReadonlyArray<string>, host: Host) => Promise<number> } = await import(
  pathToFileURL(join(dirname(process.argv[2]!), "commandline/Run.ts")).href
)

const printed = { stdout: "", stderr: "" }
for (const name of ["stdout", "stderr"] as const) {
  const write = (text: string | Uint8Array, ...more: ReadonlyArray<unknown>): boolean => {
    printed[name] += typeof text === "string" ? text : Buffer.from(text).toString()
    const done = more.at(-1)
    if (typeof done === "function") done()
    return true
  }
  Object.defineProperty(process[name], "write", { value: write })
}

process.on(
  "message",
  async ({ args, cwd, env }: Pick<Host, "cwd" | "env"> & { readonly args: ReadonlyArray<string> }) => {
    printed.stdout = printed.stderr = ""
    const { stderr, stdin, stdout } = process
    const code = await run.run(args, { cwd, env, stdin, stdout, stderr, onSignal: () => undefined })
    process.send!({ code, out: printed.stdout, err: printed.stderr })
  }
)
