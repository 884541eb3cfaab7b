/** Plain command lines mean the same to the short reader and to the parser. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit } from "effect"
import * as Command from "effect/cli/Command"
import * as fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { placeholders } from "../src/commandline/CommandGroups.ts"
import { commandTree } from "../src/commandline/CommandTree.ts"
import { read } from "../src/commandline/PlainArguments.ts"
import { plainCommands } from "../src/commandline/Run.ts"
import { Session } from "../src/commandline/Session.ts"
import { Project } from "../../../codegen/test/Project.ts"
import { host } from "./TestHost.ts"

type Asked = readonly [command: string, options: object]

/** Records the calls of plain commands, and runs nothing. */
const recorder = () => {
  const asked: Array<Asked> = []
  const commands = plainCommands.map((command) => ({
    ...command,
    run: async ({ format, switches }: Parameters<typeof command.run>[0]) => {
      asked.push([command.name, { format, switches: [...switches].sort() }])
      return 0 as const
    }
  }))
  return { asked, commands }
}

const shortly = async (args: ReadonlyArray<string>): Promise<ReadonlyArray<Asked> | undefined> => {
  const { asked, commands } = recorder()
  const plain = read(args, commands)
  await plain?.command.run(plain.given, host().host)
  return plain === undefined ? undefined : asked
}

const parsed = async (args: ReadonlyArray<string>): Promise<ReadonlyArray<Asked> | "refused"> => {
  const { asked, commands } = recorder()
  const exit = await Effect.runPromiseExit(
    Command.runWith(commandTree(commands, placeholders), { version: "0.0.0" })(args).pipe(
      Effect.provide(NodeServices.layer),
      Effect.provideService(Session, { host: host().host, end: () => undefined })
    )
  )
  if (Exit.isFailure(exit) && exit.cause.reasons.some(Cause.isDieReason)) throw new Error(Cause.pretty(exit.cause))
  return Exit.isSuccess(exit) ? asked : "refused"
}
describe("Plain command lines", () => {
  // The parser explains what it refuses.
  beforeAll(() => {
    for (const method of ["log", "error", "info"] as const)
      vi.spyOn(console, method).mockImplementation(() => undefined)
  })
  afterAll(() => {
    vi.restoreAllMocks()
  })

  it("mean the same to the short reader as to the parser, or are left to the parser", async () => {
    const words = [
      [
        "gen",
        "check",
        "diff",
        "store",
        "projections",
        "reactions",
        "verify",
        "--watch",
        "-w",
        "--fix",
        "--quiet",
        "--json",
        "--format",
        "text",
        "json"
      ],
      ["github", "--help", "--no-json", "--format=json", "--json=false", "-q", "--", "", "constructor"]
    ].flat()
    const word = fc.constantFrom(...words)
    const flag = fc.constantFrom(["--watch"], ["-w"], ["--fix"], ["--quiet"], ["--json"], ["--format", "github"])
    const plain = fc
      .tuple(fc.constantFrom("gen", "check", "diff"), fc.array(flag, { maxLength: 4 }))
      .map(([name, flags]) => [name, ...flags.flat()])
    let short = 0
    await fc.assert(
      fc.asyncProperty(fc.oneof(plain, fc.array(word, { maxLength: 5 })), async (args) => {
        const found = await shortly(args)
        if (found === undefined) return
        short++
        expect(found).toEqual(await parsed(args))
      }),
      { numRuns: 300 }
    )
    expect(short).toBeGreaterThan(25)
  })

  it("are read without the parser, with every flag", async () => {
    const all = [
      ["gen", "--watch", "--fix", "--quiet", "--format", "json", "--json"],
      ["gen", "-w"],
      ["check", "--format", "github"],
      ["diff", "--json"]
    ]
    for (const args of all) expect([args, await shortly(args)]).toEqual([args, await parsed(args)])
    expect(await shortly(["gen", "--fix", "--json"])).toEqual([["gen", { format: "json", switches: ["fix"] }]])
  })

  it("load no module of Effect if nothing has changed", async () => {
    const project = new Project({
      "schemas/count/counter.ts": `import { Schema } from "effect"
import { Aggregate } from "eventfold"
export const Counter = Aggregate.make("Counter", {
  id: Schema.String, state: Schema.Struct({ count: Schema.Int }), initial: { count: 0 },
  events: { Counted: { by: Schema.Int } }, errors: {}, commands: {}
})
`
    })
    expect((await project.eventfold(["gen"])).code).toBe(0)
    // The first check after `gen` also checks the handlers.
    expect((await project.check()).code).toBe(0)
    project.write(
      "note.mjs",
      `import { registerHooks } from "node:module"
const loaded = []
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
process.on("exit", () => console.error(loaded.filter((url) => /node_modules.*(effect|ts-morph)/.test(url)).length, "loaded"))
`
    )
    const env = { NODE_OPTIONS: `--import=${project.root}/note.mjs` }
    expect(await project.eventfold(["check"], { env })).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+ files, up to date, 1 handler not written yet\n0 loaded\n$/m)
    })
    // A command line that is left to the parser shows that the hook counts modules.
    expect((await project.eventfold(["check", "--no-json"], { env })).out).toMatch(
      /up to date, 1 handler not written yet\n\d{2,} loaded\n$/
    )
  })
})
