/**
 * Schema files only declare: any other act while they are loaded is reported, and changes nothing.
 */
import { createServer } from "node:net"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { Project } from "../Project.ts"
import { Watching } from "../generate/Watching.ts"

const file = "schemas/count/counter.ts"
const declaration = `import { Schema } from "effect"
import { Aggregate } from "eventfold"

export const Counter = Aggregate.make("Counter", {
  id: Schema.String,
  state: Schema.Struct({ count: Schema.Int }),
  initial: { count: 0 },
  events: { Counted: { by: Schema.Int } },
  errors: {},
  commands: {}
})
`
const counter = (first: string, files: Readonly<Record<string, string>> = {}) =>
  new Project({ [file]: `${first}\n${declaration}`, ...files })

const said = async (project: Project): Promise<ReadonlyArray<string>> => {
  const { code, err } = await project.gen()
  expect({ code, summary: err.at(-1) }).toEqual({
    code: 3,
    summary: expect.stringMatching(/problems?; nothing was written$/)
  })
  expect(project.has("examples")).toBe(false)
  expect(project.has("evil")).toBe(false)
  return err.slice(0, -1).map((line) => line.split(";")[0]!)
}
const one = (text: string, files?: Readonly<Record<string, string>>) => said(counter(text, files))

describe("a module of Node's is refused", () => {
  it.each([
    [`import { writeFileSync } from "node:fs"; writeFileSync("evil", "")`, `1:31`, "node:fs"],
    [`import fs from "fs"; fs.writeFileSync("evil", "")`, `1:16`, "node:fs"],
    [`import * as p from "fs/promises"; await p.writeFile("evil", "")`, `1:20`, "node:fs/promises"],
    [`import { execSync } from "child_process"; execSync("touch evil")`, `1:26`, "node:child_process"],
    [`export { createHash } from "node:crypto"`, `1:28`, "node:crypto"],
    [`import "node:process"`, `1:8`, "node:process"],
    [`const fs = await import("node:fs"); fs.writeFileSync("evil", "")`, `1:25`, "node:fs"],
    ['const fs = await import(`node:${"fs"}`); fs.writeFileSync("evil", "")', `1:25`, "node:fs"],
    [`const fs = process.getBuiltinModule("fs"); fs.writeFileSync("evil", "")`, `1:20`, "node:fs"],
    [`const { process: p } = globalThis; p.getBuiltinModule("fs").writeFileSync("evil", "")`, `1:38`, "node:fs"],
    [`try { (await import("node:fs")).writeFileSync("evil", "") } catch {}`, `1:21`, "node:fs"],
    [
      `import x from "data:text/javascript,export { default } from 'node:fs'"; x.writeFileSync("evil", "")`,
      "1:15",
      "node:fs"
    ]
  ])("%s", async (text, place, name) => {
    expect(await one(text)).toEqual([`${file}:${place} EF0007 imports ${name}, a Node.js module`])
  })

  it("also in files that schema files import, wherever those are", async () => {
    const files = {
      "shared/one.ts": `import { two } from "./two.cjs"\nexport const one = two\n`,
      "shared/two.cjs": `\nconst fs = require("node:fs")\nfs.writeFileSync("evil", "")\nexports.two = 2\n`
    }
    expect(await one(`import "../../shared/one.ts"`, files)).toEqual([
      "shared/two.cjs:2:20 EF0007 imports node:fs, a Node.js module"
    ])
  })

  it("all of them at once", async () => {
    const text = `import "node:fs"\nimport type { Socket } from "node:net"\nimport "node:net"\nimport "node:os"`
    expect((await one(text)).map((line) => line.slice(file.length))).toEqual([
      ":1:8 EF0007 imports node:fs, a Node.js module",
      ":3:8 EF0007 imports node:net, a Node.js module",
      ":4:8 EF0007 imports node:os, a Node.js module"
    ])
  })

  it("but not for types, and not for packages", async () => {
    const project = counter(
      `import type { Socket } from "node:net"\nimport { hash } from "hashed"\nexport type { Socket }\nexport const h = hash("x")`,
      {
        "node_modules/hashed/package.json": `{ "name": "hashed", "type": "module", "exports": "./index.js" }`,
        "node_modules/hashed/index.js": `import { createHash } from "node:crypto"\nexport const hash = (x) => createHash("sha256").update(x).digest("hex")\n`
      }
    )
    expect(await project.gen()).toMatchObject({ code: 0 })
  })
})

describe("what reaches outside is refused", () => {
  it.each([
    ["export const a = new Date()", "1:18", "reads the clock (new Date)"],
    ["export const a = Date.now()", "1:23", "reads the clock (Date.now)"],
    ["export const a = new (new Date(0).constructor as typeof Date)()", "1:18", "reads the clock (new Date)"],
    ["export const a = performance.now()", "1:30", "reads the clock (performance.now)"],
    ["export const a = process.hrtime.bigint()", "1:26", "reads the clock (process.hrtime)"],
    ["import { DateTime } from 'effect'; export const a = DateTime.nowUnsafe()", "1:62", "reads the clock (Date.now)"],
    ["export const a = Math.random()", "1:23", "reads random numbers (Math.random)"],
    ["export const a = crypto.randomUUID()", "1:25", "reads random numbers (crypto.randomUUID)"],
    ["export const a = process.env['HOME']", "1:26", "reads the environment (process.env)"],
    ["const { env } = process", "1:9", "reads the environment (process.env)"],
    ["export const a = process.cwd()", "1:26", "reads the environment (process.cwd)"],
    ["export const a = navigator.language", "1:18", "reads the environment (navigator)"],
    ["await fetch('http://127.0.0.1:9')", "1:7", "opens a connection (fetch)"],
    ["export const a = new WebSocket('ws://127.0.0.1:9')", "1:18", "opens a connection (WebSocket)"],
    ["process.exit(0)", "1:9", "ends the process (process.exit)"],
    ["process.kill(1)", "1:9", "calls process.kill"],
    [
      "const { binding } = process as never as { binding(name: string): object }; binding('fs')",
      "1:76",
      "calls process.binding"
    ]
  ])("%s", async (text, place, what) => {
    expect((await one(text))[0]).toBe(`${file}:${place} EF0008 ${what} while it is loaded`)
  })

  it("also by a package, at the line that calls it", async () => {
    const server = createServer((socket) => {
      connected = true
      socket.end()
    })
    let connected = false
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === "object" ? address?.port : undefined
    const files = {
      "node_modules/evil/package.json": `{ "name": "evil", "type": "module", "exports": "./index.js" }`,
      "node_modules/evil/index.js": `import { writeFileSync, promises } from "node:fs"
import { execFileSync } from "node:child_process"
import { connect } from "node:net"
import { Worker } from "node:worker_threads"
export const write = () => writeFileSync("evil", "")
export const later = () => promises.writeFile("evil", "")
export const run = () => execFileSync("touch", ["evil"])
export const thread = () => new Worker("1", { eval: true })
export const call = () => new Promise((resolve) => connect(${port}, "127.0.0.1").on("close", resolve))
`
    }
    const calls = ["write()", "await later()", "run()", "thread()", "await call()"]
    for (const [i, does] of [
      "writes to the disk",
      "writes to the disk",
      "starts a process",
      "starts a thread",
      "opens a connection"
    ].entries()) {
      const name = /\w+(?=\()/.exec(calls[i]!)![0]
      const [problem] = await one(`import { ${name} } from "evil"\n${calls[i]}`, files)
      expect(problem).toMatch(new RegExp(`^${file}:2:\\d+ EF0008 ${does} while`))
    }
    expect(connected).toBe(false)
  })

  it("all at once, if it is only read", async () => {
    expect(await one("export const a = [Date.now(), Math.random(), process.env]")).toHaveLength(3)
  })

  it("but neither a function that is only called later, nor Effect's own work for a declaration", async () => {
    const project = counter(
      `import { BigDecimal, DateTime, Duration, Effect, Option, pipe } from "effect"
export const late = () => [Date.now(), Math.random(), process.env, fetch]
export const made = [new Date(0), new Date("2020-01-01"), DateTime.makeUnsafe("2020-01-01"), Duration.seconds(1), Option.some(1)]
export const run = Effect.runSync(Effect.succeed(pipe(BigDecimal.fromStringUnsafe("1.5"))))
export const all = Schema.decodeSync(Schema.toCodecJson(Schema.Struct({ d: Schema.DateTimeUtc, m: Schema.HashMap(Schema.String, Schema.BigInt) })))({ d: "2020-01-01T00:00:00Z", m: [["a", "1"]] })
export const Young = Schema.Date.check(Schema.makeFilter((d) => d.getTime() < Date.now()))
export const Made = Schema.String.pipe(Schema.withConstructorDefault(Effect.sync(() => crypto.randomUUID())))
if (typeof process === "undefined") throw new Error("no process")`
    )
    expect(await project.gen()).toMatchObject({ code: 0 })
  })
})

describe("a declaration", () => {
  it("may print, beside what is printed for programs", async () => {
    const project = counter(`console.log("hello")`)
    const { out } = await project.process(["gen", "--json"])
    const [line = ""] = out.split("\n")
    expect(JSON.parse(line)).toMatchObject({ exitCode: 0 })
    expect(out.slice(line.length)).toContain("hello\n")
  })

  it("that reaches outside does so at every save, also where it has been loaded before", async () => {
    const project = counter("")
    const watching = new Watching(project)
    await watching.line(/^watching/)
    project.write("shared/now.ts", "export const now = 1\n")
    project.write(file, `import { now } from "../../shared/now.ts"\nexport const n = now\n${declaration}`)
    await watching.line(/changed/)
    await watching.silence(1_500)
    project.write("shared/now.ts", "export const now = Date.now()\n")
    for (let save = 0; save < 3; save++) {
      await watching.line(/^shared\/now\.ts:1:25 EF0008/)
      await watching.line(/changed: 1 problem/)
      await watching.silence(1_200)
      project.write(file, `import { now } from "../../shared/now.ts"\nexport const n = now + ${save}\n${declaration}`)
    }
    await watching.line(/changed: 1 problem/)
    project.write("shared/now.ts", "export const now = 2\n")
    await watching.line(/now\.ts changed: (nothing to write|\d)/)
  })

  it("is read under a compile cache that it could not write otherwise", async () => {
    const project = counter("")
    const cache = join(project.root, "cache")
    await project.eventfold(["gen"], { env: { NODE_COMPILE_CACHE: cache } })
    expect(existsSync(cache)).toBe(true)
    expect(readFileSync(join(project.root, "examples/count/src/generated/counter.ts"), "utf8")).toContain("Counted")
  })
})
