/** A host for tests: collects the output of a command that runs in the process of the test. */
import type { Host, Input } from "../src/commandline/Host.ts"

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
