#!/usr/bin/env node
import { enableCompileCache } from "node:module"

// Before anything is loaded: compiling the parser and Effect takes longer than all that this command then does.
enableCompileCache()
const { read, run } = await import("./PlainArguments.ts")
const plain = read(process.argv.slice(2))
if (plain === undefined) await import("./Main.ts")
else {
  const { invocation } = await import("./Invocation.ts")
  await run(() => plain(invocation))
}
