/**
 * Schema files that never finish loading end the command all the same, with a message that says
 * how; innocent ones do not.
 */
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { expect, it } from "vitest"
import * as ConfigFile from "../../src/project/ConfigFile.ts"
import { format } from "../../src/report/Diagnostic.ts"
import * as Generation from "../../src/generate/Generation.ts"
import type { ThreadLimits } from "../../src/load/ThreadBudget.ts"
import { counter, counterFile, counterProject } from "../Counter.ts"
import type { Project } from "../Project.ts"

const generated = async (project: Project, limits: ThreadLimits) => {
  const loaded = await ConfigFile.load(project.root)
  if (!("root" in loaded)) throw new Error("the config does not load")
  return Generation.run(loaded, { limits })
}

const brief: ThreadLimits = { cpuMs: 1_000, stillMs: 1_000 }

/** Returns the problems of a file that begins with a text, with figures replaced. */
const problems = async (first: string, files: Readonly<Record<string, string>> = {}) => {
  const generation = await generated(counterProject({ [counterFile]: `${first}\n${counter}`, ...files }), brief)
  if (generation.kind !== "refused") throw new Error("it was generated")
  return generation.diagnostics.map((one) => format(one).replace(/\d+\.\d s/g, "N s"))
}

it("a loop is named with its current place, its CPU time and the time by the clock", async () => {
  const files = { "shared/spin.ts": "export const spin = () => {\n  for (;;) {}\n}\n" }
  expect(await problems(`import { spin } from "../../shared/spin.ts"\nspin()`, files)).toEqual([
    "shared/spin.ts:2:3 EF0004 was still loading after N s of CPU time in N s, and was stopped here; remove endless loops and long computations: schema files must only contain declarations"
  ])
})

it("an await that goes on while a timer runs is named with its place", async () => {
  expect(await problems("setInterval(() => {}, 50)\nawait new Promise(() => {})")).toEqual([
    `${counterFile}:2:1 EF0004 waits here for something that has not happened (N s of CPU time in N s); remove what it waits for: schema files must only contain declarations`
  ])
})

it("a lock that is never opened is named as a call that does not return", async () => {
  expect(await problems("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)")).toEqual([
    `${counterFile} EF0004 is blocked in a call that does not return, its own or a package's (N s of CPU time in N s); do not wait for a lock or read a pipe in schema files; if the disk did not respond, run the command again`
  ])
})

it("a schema that takes long by the clock, and little CPU time, is generated from", async () => {
  // As on a machine that also runs other programs: twice as long as the CPU time that it may use.
  const slow = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000)\n"
  const project = counterProject({ [counterFile]: slow + counter })
  expect(await generated(project, { cpuMs: 1_000, stillMs: 60_000 })).toMatchObject({ kind: "planned" })
})

it("a pipe without a writer ends the process, with the exit code of a problem", async () => {
  const project = counterProject({
    [counterFile]: `import "reads-a-pipe"\n${counter}`,
    "node_modules/reads-a-pipe/package.json": `{ "name": "reads-a-pipe", "type": "module", "exports": "./index.js" }`,
    "node_modules/reads-a-pipe/index.js": `import { readFileSync } from "node:fs"\nreadFileSync("pipe")\n`
  })
  execFileSync("mkfifo", [join(project.root, "pipe")])
  const source = (name: string) => JSON.stringify(join(import.meta.dirname, "../../src", name))
  project.write(
    "run.ts",
    `import * as ConfigFile from ${source("project/ConfigFile.ts")}
import * as Generation from ${source("generate/Generation.ts")}
import { leave } from ${source("load/ThreadExit.ts")}
const generation = await Generation.run(await ConfigFile.load(process.cwd()) as never, { limits: { cpuMs: 60_000, stillMs: 500 } })
console.log(JSON.stringify(generation))
process.exitCode = 3
await leave(3)
`
  )
  const { code, out } = await project.node(["run.ts"])
  expect({ code, out: JSON.parse(out) }).toMatchObject({
    code: 3,
    out: {
      kind: "refused",
      diagnostics: [{ code: "EF0004", message: expect.stringContaining("is blocked in a call") }]
    }
  })
})
