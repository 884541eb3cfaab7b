/**
 * docs/replay.md, step by step: on a copy of the bank, with two stores of some events beside it.
 */
import { PgliteEventStore } from "@eventfold/postgres"
import { Effect } from "effect"
import { EventId, EventStore } from "eventfold"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { CommandProcess } from "../../packages/cli/test/CommandCalls.ts"
import { copyEmpty } from "../../packages/postgres/test/server/EmptyDatabases.ts"
import { emptyPglite } from "../../packages/postgres/test/server/serverUrl.ts"
import { root } from "./Readme.ts"

const page = readFileSync(join(root, "docs", "replay.md"), "utf8")
const blocks = [...page.matchAll(/(?:`([\w./-]+)`[^\n`]*:\n\n)?```(\w+)\n([^]*?)```/g)].map(
  ([, path, language, text]) => ({ path, language: language!, text: text! })
)
const folder = mkdtempSync(join(tmpdir(), "replay-"))
let commands: CommandProcess
const restore = copyEmpty(emptyPglite)

const fill = (dataDir: string, events: ReadonlyArray<readonly [stream: string, data: { readonly _tag: string }]>) =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    for (const [stream, { _tag: type, ...data }] of events) {
      const event = { id: yield* EventId.make, type, schemaVersion: 1, data, metadata: {} }
      yield* store.append(stream, "any", [event])
    }
  }).pipe(Effect.provide(PgliteEventStore.layer({ dataDir: join(folder, dataDir) })), Effect.runPromise)

const opened = (limit: string) => ({ _tag: "AccountOpened", district: 1, statements: "monthly", overdraftLimit: limit })
const paid = (id: string) => ({ _tag: "CashDeposited", transactionId: id, amount: "900" })

beforeAll(async () => {
  cpSync(join(root, "eventfold.config.ts"), join(folder, "eventfold.config.ts"))
  cpSync(join(root, "schemas", "bank"), join(folder, "schemas", "bank"), { recursive: true })
  // What an app has beside it: the packages, and the example whose code the page uses.
  mkdirSync(join(folder, "node_modules"))
  for (const name of ["effect", "eventfold", "@eventfold", "@effect"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name))
  }
  symlinkSync(join(folder, "examples", "bank"), join(folder, "node_modules", "bank"))
  const bank = join(folder, "examples", "bank")
  mkdirSync(bank, { recursive: true })
  cpSync(join(root, "examples", "bank", "src"), join(bank, "src"), { recursive: true })
  rmSync(join(bank, "src", "golden"), { recursive: true })
  symlinkSync(join(root, "examples", "bank", "node_modules"), join(bank, "node_modules"))
  writeFileSync(join(folder, "package.json"), `{ "name": "copy", "private": true, "type": "module" }\n`)
  await fill(".data", [
    ["Account-jana", opened("0")],
    ["Account-jana", paid("1")],
    ["Account-petr", opened("500")],
    ["Account-petr", paid("2")]
  ])
  await fill(".damaged", [
    ["Account-petr", opened("0")],
    ["Account-petr", { _tag: "AccountRenamed" }]
  ])
}, 600_000)
afterAll(async () => {
  restore()
  await commands.end()
  rmSync(folder, { recursive: true, force: true })
})

const begin = () => new CommandProcess(folder, { FORCE_COLOR: "0" })
const run = async (args: ReadonlyArray<string>): Promise<string> => {
  const { err, out } = await commands.call(args)
  return `${out}${err}`
}

/**
 * Replaces parts that differ from run to run, as the page does: ids of stores and times of events,
 * which no state contains.
 */
const steady = (text: string): string =>
  text.replace(/in [\d.]+ m?s, [\d,]+ events\/s/g, "in … ms, … events/s").replace(/^(states: \w{10})\w+$/gm, "$1")

it("docs/replay.md is right in every step", async () => {
  let printed = ""
  let called = 0
  commands = begin()
  for (const { language, path, text } of blocks) {
    if (language === "sh") {
      called++
      printed = await run(
        text
          .trim()
          .replace(/^npx eventfold /, "")
          .split(" ")
      )
    } else if (language === "text") {
      for (const line of text.trimEnd().split("\n")) expect(steady(printed).split("\n")).toContain(line)
    } else if (language === "diff") {
      const file = join(folder, path!)
      const of = (marks: string) =>
        [...text.matchAll(/^(.)(.*)$/gm)].filter(([, mark]) => marks.includes(mark!)).map(([, , line]) => line)
      const before = readFileSync(file, "utf8")
      expect(before).toContain(of(" -").join("\n"))
      writeFileSync(file, before.replace(of(" -").join("\n"), of(" +").join("\n")))
      // The reader's editor has it generated again on saving. A process loads code once, so the
      // changed code gets another.
      await run(["gen"])
      await commands.end()
      commands = begin()
    } else expect(language).toBe("ts")
  }
  expect(called).toBeGreaterThan(4)
}, 600_000)
