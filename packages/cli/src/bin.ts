#!/usr/bin/env node
const [major = 0] = process.versions.node.split(".").map(Number)

if (major < 24) {
  // An older Node lacks modules that are imported below, and would report that in a message that
  // helps no user.
  process.stderr.write(`eventfold needs Node 24 or newer, and this is ${process.version}: see https://nodejs.org\n`)
  process.exitCode = 70
} else {
  const { enableCompileCache } = await import("node:module")
  // Before anything else is loaded: compiling the parser and Effect takes longer than all that most
  // commands do.
  enableCompileCache()
  const { run } = await import("./commandline/Run.ts")
  // Each write reports its own failure, and a reader may close its end at any time, as `head` does.
  process.stdout.on("error", () => undefined)
  process.exitCode = await run(process.argv.slice(2), {
    cwd: process.cwd(),
    env: process.env,
    // Node opens a stream when it is first asked for: a command that reads nothing does not wait
    // for that.
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return process.stdout
    },
    get stderr() {
      return process.stderr
    },
    onSignal: (listener) => {
      process.once("SIGINT", listener)
      process.once("SIGTERM", listener)
    }
  })
  const { endThreads } = await import("@eventfold/codegen")
  await endThreads(process.exitCode)
}
