/** `pnpm check`: runs all checks, and names those that failed at the end. */
import { spawn } from "node:child_process"
import { once } from "node:events"

const checks: Readonly<Record<string, ReadonlyArray<string>>> = {
  "generated files": ["node", "packages/cli/src/bin.ts", "check", "--strict"],
  "public names": ["node", "scripts/api.ts", "--check"],
  types: ["tsc", "-p", "tsconfig.json", "--pretty", "false"],
  lint: ["oxlint", "--deny-warnings"],
  format: ["oxfmt", "--check", "."],
  "unused code": ["knip", "--no-progress"],
  words: ["node", "scripts/words.ts"]
}

const run = async ([command, ...args]: ReadonlyArray<string>) => {
  const child = spawn(command!, args, { stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)))
  const [code] = await once(child, "close")
  return { failed: code !== 0, output: output.trim() }
}

const failed: Array<string> = []
for (const [name, command] of Object.entries(checks)) {
  const result = await run(command)
  console.log(`${result.failed ? "✗" : "✓"} ${name}`)
  if (result.failed) {
    failed.push(name)
    console.log(`  ${command.join(" ")}\n\n${result.output.replace(/^/gm, "  ")}\n`)
  }
}
if (failed.length > 0) {
  console.log(`check failed: ${failed.join(", ")}`)
  process.exitCode = 1
}
