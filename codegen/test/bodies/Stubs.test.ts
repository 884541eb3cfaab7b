/** `check` counts the handlers that are not written yet, and with `--strict` each is a problem. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { check } from "../../src/index.ts"
import { initFiles, optionalFiles } from "../../../packages/cli/src/init/InitFiles.ts"
import { find } from "../../src/bodies/Stubs.ts"
import { counterProject } from "../Counter.ts"

const src = "examples/count/src"
const workspace = join(import.meta.dirname, "../../..")

it("check names handlers that are not written yet and counts them, also where nothing has changed since", async () => {
  const project = counterProject()
  await project.gen()
  const stubs = [
    `${src}/counter.apply.ts:8:46 EF0111 has a handler that is not written yet: Counted; write the handler; until then every call of it fails with this name`,
    `${src}/counter.decide.ts:8:64 EF0111 has a handler that is not written yet: Count; write the handler; until then every call of it fails with this name`
  ]
  // The second time it goes by what it noted the first time.
  for (let time = 0; time < 2; time++) {
    expect(await project.check()).toEqual({
      code: 0,
      out: [...stubs, expect.stringMatching(/^\d+ files, up to date, 2 handlers not written yet$/)],
      err: []
    })
    expect(await project.check({ strict: true })).toEqual({
      code: 1,
      out: [],
      err: [...stubs, "2 problems, 2 handlers not written yet"]
    })
  }
  expect(await check(project.root)).toMatchObject({ unwritten: 2 })
  const { code, out } = await project.eventfold(["check", "--strict", "--json"])
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 1, exitCode: 1, unwritten: 2 })
  project.write(
    `${src}/counter.apply.ts`,
    project.read(`${src}/counter.apply.ts`).replace(/Fold\.notWritten\(.*?\)/, "_state")
  )
  project.write(
    `${src}/counter.decide.ts`,
    project.read(`${src}/counter.decide.ts`).replace(/Fold\.notWritten\(.*?\)/, "[]")
  )
  await project.gen()
  expect(await project.check({ strict: true })).toMatchObject({ code: 0, out: [expect.stringMatching(/up to date$/)] })
})

it("where something else is wrong, they are counted beside it", async () => {
  const project = counterProject()
  await project.gen()
  project.remove(`${src}/generated/values.ts`)
  expect((await project.check()).err.at(-1)).toBe("1 problem, 2 handlers not written yet")
  expect((await project.check({ strict: true })).err.at(-1)).toBe("3 problems, 2 handlers not written yet")
})

it("stubs are recognized by their import, under any name, and nothing else is taken for one", () => {
  const names = (source: string) =>
    find("a.ts", source).map(({ handlers, message }) => [handlers, message.replace(/.*: /, "")])
  const calls = (call: string) =>
    `export const apply = A.apply({ One: () => ${call}("A.apply One"), Two: () => ${call}("A.apply Two") })`
  const both = [[2, "One, Two"]]
  expect(names(`import { Fold } from "eventfold/generated"\n${calls("Fold.notWritten")}`)).toEqual(both)
  expect(names(`import { Fold as F } from "eventfold/generated"\n${calls("F.notWritten")}`)).toEqual(both)
  expect(names(`import * as E from "eventfold/generated"\n${calls("E.Fold.notWritten")}`)).toEqual(both)
  expect(names(`import { Fold } from "./mine.ts"\n${calls("Fold.notWritten")}`)).toEqual([])
  expect(names(`import { Fold } from "eventfold/generated"\n// Fold.notWritten("A.apply One")\n`)).toEqual([])
})

it("what init writes is checked with --strict, and so is this repository", () => {
  const { "package.json": manifest = "" } = initFiles("shop", {
    version: "1",
    peerDependencies: {},
    eventfold: { init: {} }
  })
  expect(JSON.parse(manifest).scripts.check).toBe("eventfold check --strict && tsc")
  expect(optionalFiles("shop", "npm")["README.md"]).toContain("| says what is stale, missing or not written yet, ")
  expect(readdirSync(join(workspace, "scripts"))).toContain("check.ts")
  expect(readFileSync(join(workspace, "scripts/check.ts"), "utf8")).toContain(
    '"packages/cli/src/bin.ts", "check", "--strict"'
  )
})
