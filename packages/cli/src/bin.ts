#!/usr/bin/env node
const [major = 0] = process.versions.node.split(".").map(Number)

if (major < 24) {
  // Older ones lack modules that are imported here, and would say so in words that help nobody.
  process.stderr.write(`eventfold needs Node 24 or newer, and this is ${process.version}: see https://nodejs.org\n`)
  process.exitCode = 70
} else {
  const { enableCompileCache } = await import("node:module")
  // Before anything is loaded: compiling the parser and Effect takes longer than all that this command then does.
  enableCompileCache()
  const { read, run } = await import("./PlainArguments.ts")
  const plain = read(process.argv.slice(2))
  if (plain === undefined) await import("./Main.ts")
  else {
    const { invocation } = await import("./Invocation.ts")
    await run(() => plain(invocation))
    const { leave } = await import("./load/ThreadExit.ts")
    await leave()
  }
}
