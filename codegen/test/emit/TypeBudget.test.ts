/**
 * Cost of generated code for the type checker, as counts: they are the same on every machine, and
 * grow before a user notices.
 *
 * Raise a budget only if you know why the types are needed.
 */
import { mkdirSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"

const workspace = join(import.meta.dirname, "../../..")

const counted = ["Types", "Instantiations"] as const
type Counts = Readonly<Record<(typeof counted)[number], number>>

const countsOf = async (project: Project): Promise<Counts> => {
  // One checker: several would count what they have in common several times.
  const { code, out } = await project.tsc("7", ["--extendedDiagnostics"])
  expect([code, code === 0 ? "" : out]).toEqual([0, ""])
  const count = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(out)?.[1])
  return { Types: count("Types"), Instantiations: count("Instantiations") }
}

const aggregate = (i: number): string => {
  const events = Array.from(
    { length: 8 },
    (_, at) =>
      `    Kind${i}Event${at}: { by: Schema.Int, at: Schema.DateTimeUtc, why: Schema.optionalKey(Reason), amount: Amount }`
  )
  const commands = Array.from(
    { length: 8 },
    (_, at) =>
      `    Kind${i}Do${at}: { payload: { by: Schema.Int, amount: Amount }, emits: ["Kind${i}Event${at}"], fails: ["Kind${i}Refused"] }`
  )
  return `import { Option, Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
import { Amount, Reason } from "./values.ts"

export const Kind${i} = Aggregate.make("Kind${i}", {
  id: Schema.NonEmptyString.pipe(Schema.brand("Kind${i}Id")),
  state: Schema.Struct({ total: Amount, last: Schema.Option(Reason) }),
  initial: { total: Amount.make(0n), last: Option.none() },
  events: {
${events.join(",\n")}
  },
  errors: { Kind${i}Refused: { most: Amount } },
  commands: {
${commands.join(",\n")}
  }
})
export const Kind${i}Totals = Projection.make("Kind${i}Totals", {
  from: [Kind${i}], key: "streamId", row: Schema.Struct({ total: Amount, reason: Schema.optionalKey(Reason) })
})
`
}

/**
 * 160 events show what one costs. The soak run takes 400, which show sooner that the cost of each
 * event grows with their number.
 */
const many = process.env["EVENTFOLD_SOAK"] === undefined ? 20 : 50

/** A project of so many aggregates, with eight events, eight commands and a projection each. */
const projectOf = async (aggregates: number): Promise<Project> => {
  const project = new Project({
    "schemas/kinds/values.ts": `import { Schema } from "effect"
export const Amount = Schema.BigInt.pipe(Schema.brand("Amount"))
export const Reason = Schema.Union([Schema.TaggedStruct("Told", { by: Schema.String }), Schema.TaggedStruct("Guessed", {})])
`,
    ...Object.fromEntries(Array.from({ length: aggregates }, (_, i) => [`schemas/kinds/kind${i}.ts`, aggregate(i)]))
  })
  expect(await project.gen()).toMatchObject({ code: 0, err: [] })
  return project
}

describe("the type checker's work", () => {
  it("grows by so much for an event, a command, and what comes with them, however many there are", async () => {
    const [small, large] = await Promise.all([2, many].map(async (aggregates) => countsOf(await projectOf(aggregates))))
    const each = (name: keyof Counts) => Math.round((large![name] - small![name]) / ((many - 2) * 8))
    // It was 222 and 660.
    expect(each("Types")).toBeLessThan(250)
    expect(each("Instantiations")).toBeLessThan(740)
  })
  it("for the bank stays within its budget", async () => {
    const project = new Project({})
    for (const folder of ["schemas", "examples/bank"]) {
      mkdirSync(dirname(join(project.root, folder)), { recursive: true })
      symlinkSync(join(workspace, folder), join(project.root, folder))
    }
    project.write(
      "tsconfig.json",
      `{ "extends": ${JSON.stringify(join(workspace, "tsconfig.base.json"))}, "include": ["schemas/bank", "examples/bank/src"] }`
    )
    const { Instantiations, Types } = await countsOf(project)
    // It was 80,901 and 177,760 before the order of releases, ranges of indexes, copies of kept
    // states, held streams and laws that name fields. Most of it is Effect and the library, whose
    // sources are checked here: what generated code adds is counted above. `Webhook` added 2,000
    // types and 4,000 instantiations, those of HTTP, when it became part of the package's door, and
    // the codecs of stored events and the headers 700 and 3,500.
    expect(Types).toBeLessThan(102_500)
    expect(Instantiations).toBeLessThan(234_000)
  })
})
