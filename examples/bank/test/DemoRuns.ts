/**
 * Runs the demo with each list of arguments that the parent sends, and answers with its exit code
 * and its output.
 */
let output = { out: "", err: "" }
let ended: (code: number) => void = () => undefined

for (const [stream, key] of [
  [process.stdout, "out"],
  [process.stderr, "err"]
] as const) {
  const write = (text: string | Uint8Array, ...more: ReadonlyArray<unknown>): boolean => {
    output[key] += typeof text === "string" ? text : Buffer.from(text).toString()
    const done = more.at(-1)
    if (typeof done === "function") done()
    return true
  }
  Object.defineProperty(stream, "write", { value: write })
}
// The demo ends its process if it fails.
Object.defineProperty(process, "exit", { value: (code: number) => ended(code) })

process.on("message", async (args: ReadonlyArray<string>) => {
  output = { out: "", err: "" }
  process.argv.splice(2, Infinity, ...args)
  const code = new Promise<number>((resolve) => (ended = resolve))
  await import(`../src/demo.ts?${crypto.randomUUID()}`)
  process.send!({ code: await code, ...output })
})
