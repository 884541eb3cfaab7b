/**
 * `eventfold explain`: its example for a code has that problem, and its fix removes the problem.
 */
import { describe, expect, it } from "vitest"
import { type Code, codes } from "../../src/report/Diagnostic.ts"
import { explanations } from "../../src/report/Explanations.ts"
import { Project } from "../Project.ts"

type Files = Readonly<Record<string, string>>

interface Case {
  /** A project that has what the example shows. */
  readonly given: (example: string) => Files
  /** Prepares the problem after files have been generated, if that is needed. */
  readonly after?: (project: Project, example: string) => void
  /** `true` if the fix is in the config: a process loads that once. */
  readonly isConfig?: true
  /** `true` if it stops nothing, except `check --strict`. */
  readonly isWarning?: true
  /** Applies the fix. */
  readonly repair: (project: Project) => Promise<unknown> | void
}

const head = `import { Schema } from "effect"\nimport { Aggregate, Projection } from "eventfold"\n`
const file = "schemas/bank/account.ts"

/** The rest of an aggregate, besides what an example says. */
const rest = (said: string): string =>
  Object.entries({
    id: "Schema.String",
    state: "Schema.Struct({ open: Schema.Boolean })",
    initial: "{ open: false }",
    events: "{ Opened: {} }",
    errors: "{}",
    commands: "{}"
  })
    .filter(([key]) => !new RegExp(`(^|[\\s{,])${key}:`, "m").test(said))
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")

const aggregate = (said: string, name = "Account") =>
  `export const ${name} = Aggregate.make("${name}", {\n${said}${said === "" ? "" : ",\n"}${rest(said)} })\n`

const account = (text: string, more: Files = {}): Files => ({ [file]: `${head}${text}\n`, ...more })
const parts = (example: string) => account(aggregate(example.replace(/ \/\/.*$/gm, "")))
const projection = (said: string) =>
  account(
    `${aggregate("events: { Opened: { shop: Schema.String } }")}export const P = Projection.make("P", {\n${said},\n${[
      ["from", "[Account]"],
      ["key", "Schema.String"],
      ["row", "Schema.Struct({ shop: Schema.String })"]
    ]
      .filter(([key]) => !said.includes(`${key}:`))
      .map(([key, value]) => `${key}: ${value}`)
      .join(",\n")} })`
  )
const edit =
  (from: string, to: string, at = file) =>
  (project: Project): void =>
    project.edit(at, from, to)
const gen = (project: Project) => project.gen()

const card = aggregate("events: { CardIssued: {}, CardRedeemed: { shop: Schema.String } }", "GiftCard")
const cards = (text = "") => ({ "schemas/cards/gift-card.ts": `${head}${card}${text}` })
const src = "src/cards"
/** An example that names a file describes a change of that file. */
const path = (example: string) => /^src\/cards\/[\w./-]+/.exec(example)![0]
const body = (project: Project, name: string, text: string) => project.write(`${src}/${name}`, text)

/** A handler of gift cards as an example shows it, and what is written in its place. */
const handler = (from: string, to: string): Case => ({
  given: () => ({
    "schemas/cards/gift-card.ts": `${head}${aggregate(
      "state: Schema.Struct({ left: Schema.Int, at: Schema.Int, number: Schema.Int, tags: Schema.Array(Schema.String) }),\ninitial: { left: 0, at: 0, number: 0, tags: [] },\nevents: { CardIssued: { amount: Schema.Int, tags: Schema.Array(Schema.String) } }",
      "GiftCard"
    )}`
  }),
  after: (project, example) =>
    body(
      project,
      "gift-card.apply.ts",
      `import { GiftCard, type GiftCardState } from "./generated/gift-card.ts"\nlet last = 0\nconst converted = (amount: number) => amount\nexport const apply = GiftCard.apply({\n${example}\n})\n`
    ),
  repair: (project) => {
    edit(from, to, `${src}/gift-card.apply.ts`)(project)
    // What the fold does has changed with it.
    return project.gen()
  }
})

const cases: Readonly<Record<Code, Case>> = {
  EF0001: {
    given: (example) => ({
      ...account(aggregate("")),
      "eventfold.config.ts": `import { defineConfig } from "@eventfold/cli"\n${example}\n`
    }),
    isConfig: true,
    repair: edit("declarations", "schemas", "eventfold.config.ts")
  },
  EF0002: { given: (example) => account(aggregate("") + example), repair: edit("const =", "const Count =") },
  EF0003: { given: (example) => account(aggregate("") + example), repair: edit("make(-1)", "make(1)") },
  EF0004: { given: (example) => account(aggregate("") + example), repair: edit("await new Promise(() => {})", "[1]") },
  EF0005: {
    given: (example) => account(example.replace("…", rest(""))),
    repair: edit("const Account", "export const Account")
  },
  EF0006: {
    given: (example) => ({ "schemas/account.ts": head + example.replace("…", rest("")) }),
    repair: (project) => {
      project.write(file, project.read("schemas/account.ts"))
      project.remove("schemas/account.ts")
    }
  },
  EF0007: {
    given: (example) => account(aggregate("") + example),
    repair: edit(
      'import { readFileSync } from "node:fs"\nexport const kinds = readFileSync("kinds.txt", "utf8").split(",")',
      'export const kinds = ["gold"]'
    )
  },
  EF0008: {
    given: (example) => account(aggregate("") + example),
    repair: edit("new Date()", 'new Date("2020-01-01")')
  },
  EF0009: {
    given: (example) => {
      const [, first = "", second = ""] = example.split(/^\/\/ .*\n/m)
      return { "schemas/a/account.ts": `${head}${first}${aggregate("")}`, "schemas/a/loan.ts": `${head}${second}` }
    },
    repair: (project) => {
      const ids = /^export const \w+Id = .*\n/gm
      const files = ["schemas/a/account.ts", "schemas/a/loan.ts"]
      const moved = files.flatMap((one) => [...project.read(one).matchAll(ids)].map(([line]) => line))
      project.write("schemas/a/ids.ts", head + moved.join(""))
      for (const one of files)
        project.write(
          one,
          project
            .read(one)
            .replace(ids, "")
            .replace(/"\.\/(loan|account)\.ts"/, '"./ids.ts"')
        )
    }
  },
  EF0010: { given: parts, repair: edit('"was opened": {}, Array: {}', "WasOpened: {}") },
  EF0011: { given: parts, repair: edit("commands: { Opened:", "commands: { Open:") },
  EF0012: {
    given: (example) => account(example.replace("…", rest("events:"))),
    repair: edit("events: {}", "events: { Opened: {} }")
  },
  EF0013: { given: parts, repair: edit("balance: 0 ", "balance: 0n ") },
  EF0014: { given: parts, repair: edit('"Opend"', '"Opened"') },
  EF0015: {
    given: (example) =>
      account(
        aggregate("") +
          aggregate("events: { Lent: {} }", "Loan") +
          example.replace("…", "row: Schema.Struct({ n: Schema.Int })")
      ),
    repair: edit('"streamId"', "Schema.String")
  },
  EF0016: { given: parts, repair: edit("Schema.Symbol", "Schema.String") },
  EF0017: {
    given: (example) => account(example.replace("…", rest("events:"))),
    repair: edit("class Point", "export class Point")
  },
  EF0018: {
    given: parts,
    repair: edit('Schema.Number.pipe(Schema.brand("Id"))', 'Schema.Number.pipe(Schema.brand("Nr"))')
  },
  EF0019: {
    given: (example) => ({ ...account(aggregate("")), "eventfold.config.ts": example }),
    isConfig: true,
    repair: edit("{ schema:", "{ schemas:", "eventfold.config.ts")
  },
  EF0020: {
    given: projection,
    repair: edit("Schema.Array(Schema.String)", "Schema.Struct({ year: Schema.Int, month: Schema.Int })")
  },
  EF0021: { given: projection, repair: edit("shopp", "shop") },
  EF0022: { given: projection, repair: edit("shop_id", "place") },
  EF0023: {
    given: (example) =>
      account(
        aggregate("") + example.replace("…", 'from: [Account], key: "streamId", row: Schema.Struct({ n: Schema.Int })')
      ),
    repair: (project) =>
      project.write(
        file,
        project
          .read(file)
          .replaceAll("TakingsOfEachShopByMonthAndWeekdayAndChannelAndPaymentMethodAndCurrency", "Takings")
      )
  },
  EF0024: {
    given: (example) => cards(example),
    repair: (project) => {
      edit('key: "shop"', "key: Schema.NonEmptyString", "schemas/cards/gift-card.ts")(project)
      edit("[GiftCard], //", '[Projection.events(GiftCard, "CardRedeemed")], //', "schemas/cards/gift-card.ts")(project)
    }
  },
  EF0025: { given: parts, repair: edit("Number }", "Schema.Number }") },
  EF0026: {
    given: (example) => {
      const [list = "", ...events] = example.split("\n")
      return account(`${list}\n${aggregate(events.join("\n"))}`)
    },
    repair: edit('["gift", "refund"]', '["gift", "refund"] as const')
  },
  EF0027: {
    given: (example) => account(example.replace("…", rest("id:"))),
    repair: edit(
      "Schema.Struct({ country: Schema.String, number: Schema.Int })",
      'Schema.TemplateLiteral([Schema.NonEmptyString, "/", Schema.Int])'
    )
  },
  EF0028: {
    given: parts,
    isWarning: true,
    repair: edit("events: {", "// eventfold-clear: encrypted by the schema\nevents: {")
  },
  EF0029: {
    given: (example) => {
      const [, account = "", , shop = ""] = example.split("\n")
      return {
        [file]: head + account.replace("…", rest("")),
        "schemas/shop/account.ts": head + shop.replace("…", rest(""))
      }
    },
    isConfig: true,
    repair: (project) => project.write("eventfold.config.ts", 'export default { separateStores: ["shop"] }\n')
  },
  EF0030: {
    given: (example) => ({
      [file]: `import { DateTime, Effect } from "effect"\n${head}${aggregate(`events: { Opened: { ${example} } }`)}`
    }),
    repair: edit("DateTime.now", "Effect.succeed(DateTime.makeUnsafe(0))")
  },
  EF0031: { given: parts, repair: edit("Schema.Never", "Schema.String") },
  EF0101: {
    given: () => cards(),
    after: (project) => edit("events: { ", "events: { CardExpired: {}, ", "schemas/cards/gift-card.ts")(project),
    repair: (project) => project.gen({ fix: true })
  },
  EF0102: { given: () => cards(), after: (project, example) => project.remove(path(example)), repair: gen },
  EF0103: {
    given: () => ({ "schemas/cards/gift-card.ts": `${head}${card.replaceAll("GiftCard", "Voucher")}` }),
    after: (project, example) => {
      expect(project.has(path(example))).toBe(true)
      edit(
        'GiftCard = Aggregate.make("GiftCard"'.replaceAll("GiftCard", "Voucher"),
        'GiftCard = Aggregate.make("GiftCard"',
        "schemas/cards/gift-card.ts"
      )(project)
    },
    repair: async (project) => {
      await project.gen()
      for (const name of ["apply", "decide"]) project.remove(`${src}/voucher.${name}.ts`)
    }
  },
  EF0104: {
    given: () => cards(),
    after: (project, example) => project.write(path(example), `${project.read(path(example))}// mine\n`),
    repair: (project) => {
      project.remove(`${src}/generated/gift-card.ts`)
      return project.gen()
    }
  },
  EF0105: {
    given: (example) => ({ ...cards(), [path(example)]: "export const mine = 1\n" }),
    repair: (project) => {
      project.remove(`${src}/generated/values.ts`)
      return project.gen()
    }
  },
  EF0106: {
    given: () => cards(),
    after: (project, example) =>
      body(
        project,
        "gift-card.apply.ts",
        `import { GiftCard, type GiftCardState } from "./generated/gift-card.ts"\n${example.replace("(state, { amount }): GiftCardState => ({ ...state, issued: true, left: amount })", "(state): GiftCardState => state")}`
      ),
    repair: (project) => project.gen({ fix: true })
  },
  EF0107: { given: () => cards(), after: (project, example) => project.remove(path(example)), repair: gen },
  EF0108: {
    given: () =>
      cards(
        'export const P = Projection.make("P", { from: [GiftCard], key: Schema.String, row: Schema.Struct({ n: Schema.Int }) })\n'
      ),
    after: (project, example) =>
      body(
        project,
        "p.projection.ts",
        `import { P } from "./generated/p.ts"\nexport const project = P.project({\n  ${example.replace(/ \/\/.*/, "")},\n  on: { CardIssued: (row) => row, CardRedeemed: (row) => row }\n})\n`
      ),
    repair: (project) => {
      edit(
        "({ shop }) => shop",
        '(event) => (event._tag === "CardRedeemed" ? event.shop : [])',
        `${src}/p.projection.ts`
      )(project)
      // What rows depend on has changed with it.
      return project.gen()
    }
  },
  EF0109: {
    given: () => ({ "schemas/cards/gift-card.ts": `${head}${card.replaceAll("GiftCard", "Voucher")}` }),
    after: (project, example) => {
      expect(project.has(path(example))).toBe(true)
      project.write("schemas/cards/gift-card.ts", head + card)
    },
    repair: async (project) => {
      await project.gen()
      for (const name of ["apply", "decide"]) project.remove(`${src}/voucher.${name}.ts`)
    }
  },
  EF0110: {
    given: () => cards(),
    after: (project, example) => {
      const file = example.replace(/,.*/, "")
      const conflict = "<<<<<<< HEAD\n// mine\n=======\n// theirs\n>>>>>>> other\n"
      project.write(file, conflict + project.read(file))
    },
    repair: (project) => {
      const file = `${src}/gift-card.apply.ts`
      project.write(file, project.read(file).replace(/^(?:[<=>]{7}.*|\/\/ mine|\/\/ theirs)\n/gm, ""))
    }
  },
  EF0111: {
    given: () => cards(),
    isWarning: true,
    after: (project, example) =>
      body(
        project,
        "gift-card.apply.ts",
        `import { Fold } from "eventfold"\nimport { GiftCard, type GiftCardState } from "./generated/gift-card.ts"\nexport const apply = GiftCard.apply({\n${example},\n  CardRedeemed: (state) => state\n})\n`
      ),
    repair: (project) => {
      edit(
        '(_state, _event): GiftCardState => Fold.notWritten("GiftCard.apply CardIssued")',
        "(state) => state",
        `${src}/gift-card.apply.ts`
      )(project)
      return project.gen()
    }
  },
  EF0201: handler("at: Date.now()", "at: 0"),
  EF0202: handler("a.localeCompare(b)", "(a < b ? -1 : 1)"),
  EF0203: handler(
    "async (state, { amount }): Promise<GiftCardState> => ({ ...state, left: await converted(amount)",
    "(state, { amount }): GiftCardState => ({ ...state, left: converted(amount)"
  ),
  EF0204: handler("state.tags.sort()", "state.tags.toSorted()"),
  EF0205: handler("++last", "state.number + 1"),
  EF0206: handler("eventfold-pure", "eventfold-pure: counts calls for the log, and no state depends on it"),
  EF0207: handler("// eventfold-pure: the rates are compiled in", "")
}

const found = (lines: ReadonlyArray<string>) => new Set(lines.flatMap((line) => /\bEF\d{4}\b/.exec(line)?.[0] ?? []))

/** All of them in the soak run. */
const tried = Object.values(codes).filter((_, i) => process.env["EVENTFOLD_SOAK"] !== undefined || i % 5 === 0)

describe("a code's example has the problem, and the fix removes it", () => {
  it.each(tried)("%s", async (code) => {
    const { given, isConfig, isWarning, repair, after } = cases[code]
    const { example } = explanations[code]
    const project = new Project({ "eventfold.config.ts": "export default {}\n", ...given(example) })
    if (after !== undefined || isWarning === true) {
      await project.gen()
      after?.(project, example)
      // A warning is all that there is to say.
      if (isWarning === true) await project.gen()
    }
    const { code: exit, err, out } = await project.check()
    expect([...found(isWarning === true ? out : err)]).toContain(code)
    if (isWarning === true) {
      expect(exit).toBe(0)
      const strict = await project.check({ strict: true })
      expect([...found(strict.err)]).toContain(code)
      expect(strict.code).toBe(1)
      await repair(project)
      await project.gen()
      const after = await project.check()
      expect([...found(after.out)]).not.toContain(code)
      expect(after.code).toBe(0)
      return
    }
    // Nothing else is wrong with it, but what has not been generated yet, or has to be again.
    if (code < "EF0100") expect([...found(err)]).toEqual([code])
    expect(exit).toBe(code < "EF0100" ? 3 : 1)
    await repair(project)
    if (isConfig) {
      expect(await project.process(["gen"])).toMatchObject({ code: 0 })
      return
    }
    if (code < "EF0100") await project.gen()
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
  })
})
