/** A host for tests: collects the output of a command that runs in the process of the test. */
import type { Host, Input } from "../src/commandline/Host.ts"

const noInput: Input = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) })
}

/** Makes a host in a folder, and functions that return what was written. */
export const host = (
  cwd = process.cwd(),
  env: Readonly<Record<string, string | undefined>> = { NO_COLOR: "1" }
): { readonly host: Host; readonly out: () => string; readonly err: () => string } => {
  const texts = { out: "", err: "" }
  const output = (name: keyof typeof texts): Host["stdout"] => ({
    write: (text, done) => {
      texts[name] += text
      done?.()
    }
  })
  return {
    host: { cwd, env, stdin: noInput, stdout: output("out"), stderr: output("err"), onSignal: () => undefined },
    out: () => texts.out,
    err: () => texts.err
  }
}
