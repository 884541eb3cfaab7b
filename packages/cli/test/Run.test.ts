/**
 * The command line without a process: all output goes to the host, and the exit code is returned.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { run } from "../src/commandline/Run.ts"
import { Project } from "../../../codegen/test/Project.ts"
import { host } from "./TestHost.ts"

const called = async (args: ReadonlyArray<string>, cwd?: string) => {
  const made = host(cwd)
  return { code: await run(args, made.host), out: made.out(), err: made.err() }
}

describe("run", () => {
  const written: Array<unknown> = []
  beforeEach(() => {
    written.length = 0
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, "write").mockImplementation((text) => written.push(text) > 0)
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each([
    ["a plain command", ["check"], 3, "", /^schemas EF0001 /],
    ["help", ["--help"], 0, /eventfold <subcommand> \[flags\]/, ""],
    ["help of a group", ["store", "--help"], 0, /export[^]*import[^]*grants/, ""],
    ["a usage error of the parser", ["gen", "--qiet"], 64, /USAGE/, /--qiet/],
    ["a usage error of a command", ["store", "export"], 64, "", /^which store\? Give --url/],
    ["an explanation", ["explain", "106"], 0, /^EF0106 {2}/, ""],
    ["SQL", ["store", "grants", "--role", "app"], 0, /^GRANT USAGE/, ""]
  ] as const)("%s: writes to the host alone, and returns the code", async (_, args, code, out, err) => {
    const before = process.exitCode
    const result = await called(args, new Project({}).root)
    expect(result).toEqual({
      code,
      out: out === "" ? "" : expect.stringMatching(out),
      err: err === "" ? "" : expect.stringMatching(err)
    })
    expect({ written, exitCode: process.exitCode }).toEqual({ written: [], exitCode: before })
  })
})
