/**
 * The README: its commands are run, its program compiles and runs against the shop, and what is
 * printed is what it shows.
 */
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { emptyPgliteFile } from "../../../packages/postgres/test/server/serverUrl.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const example = join(root, "examples", "orders")
const readme = readFileSync(join(example, "README.md"), "utf8")
const blocks = [...readme.matchAll(/```(\w+)\n([^]*?)```/g)].map(([, language, text]) => ({ language, text: text! }))
const textAfter = (what: string) => {
  const at = blocks.findIndex(({ text }) => text.includes(what))
  const found = blocks.slice(at).find(({ language }) => language === "text")
  if (at < 0 || found === undefined) throw new Error(`README shows no output of ${what}`)
  return found.text.trim()
}

const scratch = mkdtempSync(join(tmpdir(), "orders-readme-"))
// Inside the workspace, so that the program finds the packages as an app beside them would.
const folder = join(root, ".eventfold", "orders-readme")
afterAll(() => {
  for (const path of [scratch, folder]) rmSync(path, { recursive: true, force: true })
})

// Databases begin as copies of an empty one.
const preload = ["--import", join(root, "packages/postgres/test/processes/EmptyDatabases.ts")]
const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", EVENTFOLD_TEST_PGLITE: "" }
beforeAll(async () => void (env.EVENTFOLD_TEST_PGLITE = await emptyPgliteFile()))
/** The script that a command of the README names, with what it is run by here: no installing. */
const script = (name: string) => {
  const { scripts } = JSON.parse(readFileSync(join(example, "package.json"), "utf8"))
  expect(blocks.map(({ text }) => text.trim())).toContain(`npx --yes pnpm@12.21.0 --filter orders ${name}`)
  const [command, file] = scripts[name].split(" ")
  expect(command).toBe("node")
  return join(example, file)
}
const run = (...args: ReadonlyArray<string>) =>
  execFileSync(process.execPath, [...preload, ...args], { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] })

/** The line that the shop prints if it can't be opened. */
const refused = (...args: ReadonlyArray<string>) => {
  try {
    run(script("serve"), ...args)
  } catch (error) {
    const { status, stderr } = error as { readonly status: number; readonly stderr: string }
    expect(status).toBe(1)
    expect(stderr).not.toMatch(/^\s+at /m)
    return stderr.trim()
  }
  throw new Error("it opened")
}

/** The shop on a free port, for as long as the body runs. */
const withShop = async <A>(
  args: ReadonlyArray<string>,
  end: "SIGINT" | "SIGKILL",
  body: (url: string) => Promise<A>
): Promise<A> => {
  const child = spawn(process.execPath, [...preload, script("serve"), "--port", "0", ...args], { env })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)))
  const ended = once(child, "close")
  try {
    while (!output.includes("Ctrl-C")) {
      if (child.exitCode !== null) throw new Error(`the shop did not open:\n${output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return await body(/at (http:\S+)/.exec(output)![1]!)
  } finally {
    child.kill(end)
    await ended
  }
}

describe("the README", () => {
  it("shows what the demo prints", () => {
    const printed = run(script("demo"))
    expect(printed).toContain("--filter orders serve")
    expect(printed.slice(0, printed.indexOf("\n\n  Open the shop")).trim()).toBe(textAfter("--filter orders demo"))
  }, 600_000)

  it("has a program that compiles, and prints what it says on the shop that serve opens", async () => {
    const program = blocks.find(({ language }) => language === "ts")!.text
    mkdirSync(join(folder, "node_modules"), { recursive: true })
    symlinkSync(example, join(folder, "node_modules", "orders"))
    symlinkSync(join(root, "schemas"), join(folder, "node_modules", "schemas"))
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.base.json", include: ["*.ts"] })
    )
    const file = join(folder, "program.ts")
    writeFileSync(file, program)
    execFileSync(join(root, "node_modules", ".bin", "tsc"), ["-p", folder, "--pretty", "false", "--singleThreaded"], {
      encoding: "utf8"
    })
    await withShop(["--data-dir", scratch], "SIGKILL", async (url) => {
      expect(program).toContain("http://127.0.0.1:3000")
      writeFileSync(file, program.replace("http://127.0.0.1:3000", url))
      expect(run(file).trim()).toBe(textAfter("OrdersClient.make"))
      for (const path of ["/docs", "/openapi.json"]) {
        expect(readme).toContain(`\`${path}\``)
        expect((await fetch(url + path)).status).toBe(200)
      }
    })
    // What was ordered is there, though the shop was killed.
    await withShop(["--data-dir", scratch], "SIGINT", async (url) => {
      const orders = await (await fetch(`${url}/customers/ada/orders`)).json()
      expect(orders).toMatchObject([{ status: "Placed", total: 6_900 }])
      const { port } = new URL(url)
      expect(refused("--port", port, "--data-dir", join(scratch, "other"))).toMatch(
        /^requests can't be taken: .*address already in use.*$/
      )
      expect(refused("--port", "0", "--data-dir", scratch)).toContain("is in use by process")
    })
  }, 600_000)

  it("maps every file", () => {
    const map = readme.slice(readme.indexOf("## What is where"))
    const files = ["src", "test"].flatMap((folder) => readdirSync(join(example, folder)))
    const own = files.filter(
      (file) => /^[A-Z]\w+(\.test)?\.ts$|^(demo|serve)\.ts$/.test(file) && file !== "Readme.test.ts"
    )
    expect(own.filter((file) => !new RegExp(`[\`/]${file}\``).test(map))).toEqual([])
    const named = [...map.matchAll(/[`/](\w+(?:\.test)?\.ts)`/g)].map(([, file]) => file!)
    const declared = readdirSync(join(root, "schemas", "orders"))
    expect(named.filter((file) => !files.includes(file) && !declared.includes(file))).toEqual([])
  })
})

it("serve reports a malformed time and a missing server in one line", () => {
  expect(refused("--payment-within", "soon")).toContain('"soon". Expected: a time such as "90 seconds" or "3 days"')
  expect(refused("--port", "0", "--url", "postgres://u@127.0.0.1:1/d")).toContain("no PostgreSQL server answers")
}, 600_000)
