/** `eventfold store` as an operator calls it. */
import { PgliteEventStore } from "@eventfold/postgres"
import { Effect } from "effect"
import { EventStore } from "eventfold"
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { copyEmpty } from "../../postgres/test/server/EmptyDatabases.ts"
import { emptyPglite } from "../../postgres/test/server/serverUrl.ts"
import { call, CommandProcess, type Ended } from "./CommandCalls.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const bin = join(root, "packages/cli/src/bin.ts")
const folder = mkdtempSync(join(tmpdir(), "store-command-"))
const restore = copyEmpty(emptyPglite)
afterAll(() => {
  restore()
  rmSync(folder, { recursive: true, force: true })
})

const { DATABASE_URL: _, ...environment } = process.env
const env = { ...environment, NO_COLOR: "1", FORCE_COLOR: "0" }

/** Runs the command in this process. */
const eventfold = (args: ReadonlyArray<string>, { input = "", more = {} } = {}) =>
  call(args, { FORCE_COLOR: "0", ...more }, root, input)

/** Runs the command in a process of its own. */
const inProcessOf = (file: string, args: ReadonlyArray<string>, cwd = root) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [file, ...args], {
    cwd,
    encoding: "utf8",
    env,
    maxBuffer: 1 << 26
  })
  return { code: status, out: stdout, err: stderr }
}

const logOf = (count: number): string => {
  const head = { eventfold: "log", format: 1, storeId: "0192f0c1-7e2a-4b3c-8d4e-5f6071829304", lastDrawn: count }
  const lines = Array.from({ length: count }, (_, i) => ({
    position: i + 1,
    stream: `Card-${i % 9}`,
    version: Math.floor(i / 9) + 1,
    id: `0192f0c1-7e2a-7b3c-8d4e-${String(i).padStart(12, "0")}`,
    type: "CardIssued",
    schemaVersion: 1,
    recordedAt: 1_700_000_000_000 + i,
    occurredAt: 1_700_000_000_000,
    metadata: "{}",
    data: JSON.stringify({ amount: i, note: "ů".repeat(20) })
  }))
  const body = [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("")
  const sha256 = createHash("sha256").update(body).digest("hex")
  return `${body}${JSON.stringify({ eventfold: "end", events: count, sha256 })}\n`
}
const log = logOf(2_000)
const file = join(folder, "log.ndjson")
const dataDir = join(folder, "data")

describe("without @eventfold/postgres", () => {
  // A copy of the command with the packages that it depends on, and none of those that a project
  // may lack.
  const bare = join(folder, "bare")
  const modules = join(bare, "node_modules")
  const installed = join(modules, "@eventfold", "postgres")
  /** Calls the copy, in one process: what it finds installed, it finds once. */
  const inBare = async (body: (call: (...args: ReadonlyArray<string>) => Promise<Ended>) => Promise<void>) => {
    const copy = new CommandProcess(bare, { ...env, DATABASE_URL: undefined }, join(bare, "src", "bin.ts"))
    try {
      await body((...args) => copy.call(args))
    } finally {
      await copy.end()
    }
  }
  beforeAll(() => {
    cpSync(join(root, "packages", "cli", "src"), join(bare, "src"), { recursive: true })
    copyFileSync(join(root, "packages", "cli", "package.json"), join(bare, "package.json"))
    mkdirSync(join(modules, "@eventfold"), { recursive: true })
    for (const name of ["effect", "eventfold", "@effect", "@eventfold/codegen"]) {
      symlinkSync(join(root, "packages", "cli", "node_modules", name), join(modules, name))
    }
  })

  it("store is listed, and reports what to install", () =>
    inBare(async (call) => {
      expect((await call("--help")).out).toMatch(/store {2,}Back up, restore and copy a store's log, print/)
      for (const args of [["store"], ["store", "--help"], ["store", "export", "--url", "postgres://a:b@c/d"]]) {
        expect(await call(...args)).toEqual({
          code: 64,
          out: "",
          err: "`eventfold store` needs @eventfold/postgres, which is not installed in this project: npm install @eventfold/postgres\n"
        })
      }
      expect(await call("projections", "status")).toMatchObject({
        code: 64,
        err: expect.stringMatching(/^`eventfold projections` needs @eventfold\/postgres/)
      })
      expect(await call("golden", "record")).toMatchObject({
        code: 64,
        err: expect.stringMatching(
          /^`eventfold golden` needs @eventfold\/testing,.* npm install @eventfold\/testing\n$/
        )
      })
      // The process itself ends with the code.
      expect(inProcessOf(join(bare, "src", "bin.ts"), ["store"], bare).code).toBe(64)
      expect((await call("--completions", "bash")).code).toBe(0)
    }))

  it("an older one and a broken one are distinguished; check and gen load neither", async () => {
    mkdirSync(installed, { recursive: true })
    const write = (manifest: object) => writeFileSync(join(installed, "package.json"), JSON.stringify(manifest))
    write({ exports: { "./Other": "./index.js" } })
    await inBare(async (call) =>
      expect(await call("store", "export")).toMatchObject({
        code: 64,
        err: expect.stringMatching(/too old for .*npm install/)
      })
    )
    write({ type: "module", exports: { ".": "./index.js" } })
    const names = ["Backup", "Grants", "PgEventStore", "PgliteEventStore", "SqlEventStore", "Verification"]
    const exported = names.map((name) => `export const ${name} = {}`).join("\n")
    writeFileSync(join(installed, "index.js"), `${exported}\nprocess.stderr.write('loaded'); throw new Error('broken')`)
    await inBare(async (call) => {
      // First, because a process loads a module once.
      for (const args of [["check"], ["gen"], ["--help"], ["--version"]]) {
        expect((await call(...args)).err).not.toContain("loaded")
      }
      expect(await call("store", "export")).toMatchObject({
        code: 70,
        err: expect.stringMatching(/^loaded.*can't be loaded: broken\n$/)
      })
    })
    // A package that lacks what a command imports, as one of another release may.
    writeFileSync(join(installed, "index.js"), "export const Backup = {}")
    await inBare(async (call) => {
      for (const args of [["projections", "status"], ["store"]]) {
        expect(await call(...args)).toMatchObject({
          code: 64,
          err: expect.stringMatching(/does not fit `eventfold (projections|store)`: npm install/)
        })
      }
    })
    rmSync(installed, { recursive: true })
    symlinkSync(join(root, "packages", "postgres"), installed)
    await inBare(async (call) => expect((await call("store", "--help")).out).toMatch(/export[^]*import[^]*grants/))
  })
})

describe("in a directory of PGlite", () => {
  it("imports a file, and exports it again: to stdout and to a file, byte for byte", async () => {
    writeFileSync(file, log)
    const imported = await eventfold(["store", "import", "--data-dir", dataDir, "--json", file])
    expect(imported.err).toBe(
      "imported 2,000 events into store 0192f0c1-7e2a-4b3c-8d4e-5f6071829304; start the processes that use it now\n"
    )
    expect(imported.code).toBe(0)
    expect(JSON.parse(imported.out)).toEqual({
      storeId: "0192f0c1-7e2a-4b3c-8d4e-5f6071829304",
      events: 2_000,
      lastPosition: 2_000
    })
    const exported = inProcessOf(bin, ["store", "export", "--data-dir", dataDir])
    expect(exported.out).toBe(log)
    expect(exported.err).toBe("exported 2,000 events of store 0192f0c1-7e2a-4b3c-8d4e-5f6071829304\n")
    const out = join(folder, "again.ndjson")
    const written = await eventfold(["store", "export", "--data-dir", dataDir, "--out", out, "--json"])
    expect(written.code).toBe(0)
    expect(JSON.parse(written.out)).toMatchObject({ events: 2_000, bytes: Buffer.byteLength(log), file: out })
    expect(readFileSync(out, "utf8")).toBe(log)
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([])
    if (process.platform !== "win32") expect(statSync(out).mode & 0o777).toBe(0o600)
  }, 600_000)

  it("copies from stdin under a new id, and refuses a second import", async () => {
    const args = ["store", "import", "--data-dir", dataDir, "--schema", "copy", "--new-id", "--json"]
    const { code, out } = await eventfold(args, { input: log })
    expect(code).toBe(0)
    expect(out).not.toContain("0192f0c1")
    expect(await eventfold(args, { input: log })).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/holds events already/)
    })
  }, 600_000)

  it("reports the line that is wrong, and writes nothing", async () => {
    const input = log.replace('"position":7,', '"position":"7",')
    const args = ["--data-dir", dataDir, "--schema", "broken"]
    expect(await eventfold(["store", "import", ...args], { input })).toEqual({
      code: 1,
      out: "",
      err: 'import: line 8: position is "7", not a whole number from 1 and below 140737488355328\n'
    })
    const exported = await eventfold(["store", "export", ...args])
    expect(exported.out.trimEnd().split("\n")).toHaveLength(2)
  }, 600_000)

  it("exits silently if the reader closes the output", async () => {
    const child = spawn(process.execPath, [bin, "store", "export", "--data-dir", dataDir], { cwd: root, env })
    let err = ""
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString()
    })
    child.stdout.once("data", () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once("exit", resolve))
    expect({ code, err }).toEqual({ code: 1, err: "" })
  }, 600_000)

  it("keeps the file if an export fails, and leaves no part of the new one", async () => {
    const out = join(folder, "kept.ndjson")
    writeFileSync(out, "kept")
    expect(
      await eventfold(["store", "export", "--data-dir", dataDir, "--schema", "nowhere", "--out", out])
    ).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there is no store in schema "nowhere"/)
    })
    expect(readFileSync(out, "utf8")).toBe("kept")
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([])
    const missing = join(folder, "no", "folder")
    expect(await eventfold(["store", "export", "--data-dir", dataDir, "--out", missing])).toMatchObject({
      code: 1,
      err: `can't write ${missing}: there is no such file or folder\n`
    })
  }, 600_000)
})

describe("snapshots", () => {
  it("are dropped, by stream, aggregate or all", async () => {
    const snapshot = { version: 1, eventId: "0192f0c1-7e2a-7b3c-8d4e-000000000000", fingerprint: "f", state: "{}" }
    const streams = ["Card-0", "Card-1", "Card-2", "Other-1"]
    await Effect.runPromise(
      EventStore.EventStore.use(({ snapshots }) =>
        Effect.forEach(streams, (stream) => snapshots!.save({ ...snapshot, stream }))
      ).pipe(Effect.provide(PgliteEventStore.layer({ dataDir })))
    )
    const args = ["store", "snapshots", "drop", "--data-dir", dataDir]
    const dropped = (...which: ReadonlyArray<string>) => eventfold([...args, ...which, "--json"])
    expect(await dropped("--stream", "Card-1")).toEqual({
      code: 0,
      out: '{"dropped":1}\n',
      err: "dropped 1 snapshot\n"
    })
    expect(await dropped("--aggregate", "Card")).toMatchObject({ out: '{"dropped":2}\n', err: "dropped 2 snapshots\n" })
    expect(await dropped("--all")).toMatchObject({ out: '{"dropped":1}\n' })
  }, 600_000)
})

describe("the command line", () => {
  const nowhere = join(folder, "nowhere")
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, number, RegExp]> = [
    ["no store", ["export"], 64, /^which store\? Give --url postgres:/],
    ["two stores", ["export", "--url", "postgres://a@b/c", "--data-dir", nowhere], 64, /give one of them/],
    ["no such directory", ["export", "--data-dir", nowhere], 1, /^there is no PGlite database in /],
    ["no such file", ["import", "--data-dir", nowhere, "no.ndjson"], 1, /^can't read no.ndjson: there is no such file/],
    ["--json with the log on stdout", ["export", "--data-dir", dataDir, "--json"], 64, /--json needs --out/],
    ["everyone as the role", ["grants", "--role", "public"], 64, /"public" means all roles/],
    [
      "rights that don't go together",
      ["grants", "--role", "a", "--read-only", "--maintain"],
      64,
      /--read-only does not: give one of the two/
    ],
    [
      "a right to write for a reader",
      ["grants", "--role", "a", "--read-only", "--react"],
      64,
      /--react lets the role write, and --read-only does not: give one of the two/
    ],
    ["no snapshots", ["snapshots", "drop", "--data-dir", dataDir], 64, /^which snapshots\? Give --stream/],
    ["two kinds of snapshots", ["snapshots", "drop", "--all", "--stream", "a"], 64, /give one of them/],
    [
      "no store to drop from",
      ["snapshots", "drop", "--all", "--data-dir", dataDir, "--schema", "no"],
      1,
      /^there is no store/
    ],
    ["an unknown flag", ["export", "--to", "x"], 64, /--to/],
    [
      "a server that isn't there",
      ["export", "--url", "postgres://a:geheim@127.0.0.1:1/b"],
      1,
      /no PostgreSQL server answers/
    ],
    ["a malformed url", ["export", "--url", "postgres//a:geheim@h/b"], 1, /^the url .* is malformed/],
    ["a url without a value", ["import", "--url"], 64, /url/]
  ]
  it.each(cases)("%s", async (_, args, code, says) => {
    const result = await eventfold(["store", ...args])
    expect(result.code).toBe(code)
    expect(result.err).toMatch(says)
    expect(result.err).not.toMatch(/\n\s+at /)
    expect(result.out + result.err).not.toContain("geheim")
    expect(existsSync(nowhere)).toBe(false)
  })

  it("takes the url from DATABASE_URL, and never prints its password", async () => {
    const more = { DATABASE_URL: "postgres://a:geheim@127.0.0.1:1/b" }
    expect(await eventfold(["store", "export"], { more })).toEqual({
      code: 1,
      out: "",
      err: "no PostgreSQL server answers at 127.0.0.1:1 (connection refused)\n"
    })
  })

  it("prints grants without a database", async () => {
    const { code, err, out } = await eventfold(["store", "grants", "--role", 'a"b', "--read-only", "--schema", "log"])
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(out.split("\n")[0]).toBe('GRANT USAGE ON SCHEMA "log" TO "a""b";')
    expect(out).not.toContain("append_one")
  })
})
