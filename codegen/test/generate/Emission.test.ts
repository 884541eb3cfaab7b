/**
 * A process that goes on, as `gen --watch` does, emits from what it knows what another would emit
 * from nothing.
 */
import { expect, it } from "vitest"
import * as ConfigFile from "../../src/project/ConfigFile.ts"
import type { Remember } from "../../src/generate/Emission.ts"
import * as Evaluation from "../../src/load/Evaluation.ts"
import * as Generation from "../../src/generate/Generation.ts"
import * as Output from "../../src/generate/Output.ts"
import * as SchemaFiles from "../../src/project/SchemaFiles.ts"
import { Project } from "../Project.ts"

const amounts = `import { Schema } from "effect"

/** So much. */
export const Amount = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 })).pipe(Schema.brand("Amount"))
export const Price = Schema.Struct({ amount: Amount, per: Schema.NonEmptyString })
`
const aggregate = (name: string, price = "Price") => `import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
import { Amount, Price } from "./amounts.ts"

/** About ${name}. */
export const ${name} = Aggregate.make("${name}", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({ count: Schema.Natural }),
  initial: { count: 0 },
  events: {
    /** It was bought. */
    ${name}Bought: { price: ${price}, by: Schema.String },
    ${name}Sold: { amount: Amount }
  },
  errors: {},
  commands: { Buy${name}: { payload: { by: Schema.String }, emits: ["${name}Bought"], fails: [] } }
})
`
const projection = `
export const Totals = Projection.make("Totals", {
  from: [Projection.events(Apple, "AppleSold")],
  key: "streamId",
  row: Schema.Struct({ total: Schema.Natural })
})
`
const [apple, pear, values] = ["schemas/shop/apple.ts", "schemas/shop/pear.ts", "schemas/shop/amounts.ts"] as const
const body = "examples/shop/src/apple.apply.ts"

/** The same with the caches of `--watch`. */
const memory = (): Remember => {
  const known = new Map<string, { readonly text: string; readonly value: unknown }>()
  return <A>(kind: string, name: string, text: string, read: () => A): A => {
    const before = known.get(`${kind} ${name}`)
    // What a kind holds is always read by the same function.
    if (before !== undefined && before.text === text) return before.value as A
    const value = read()
    known.set(`${kind} ${name}`, { text, value })
    return value
  }
}

it("a process that keeps running emits the same as a new one, after any save", async () => {
  const project = new Project({ [values]: amounts, [apple]: aggregate("Apple"), [pear]: aggregate("Pear") })
  const settings = await ConfigFile.load(project.root)
  if (!("root" in settings)) throw new Error("the config is faulty")
  /** Every generated file: nothing is ever written here. */
  const emitted = async (evaluation: Evaluation.Outcome, remember: Remember) => {
    const warm = { evaluate: async () => evaluation, remember, read: Output.read }
    const generation = await Generation.run(settings, { warm })
    if (generation.kind === "refused") throw new Error(JSON.stringify(generation.diagnostics))
    return Object.fromEntries(generation.difference.missing.map(({ path, text }) => [path, text]))
  }
  const remember = memory()
  const saves: ReadonlyArray<readonly [what: string, save: () => void]> = [
    ["nothing yet", () => undefined],
    [
      "a field of an event",
      () => project.edit(apple, "by: Schema.String }", "by: Schema.String, at: Schema.Natural }")
    ],
    ["a check of a value type", () => project.edit(values, "maximum: 10", "maximum: 100")],
    ["the doc comment of a value type", () => project.edit(values, "So much.", "So much, or less.")],
    ["the doc comment of an event", () => project.edit(pear, "It was bought.", "A customer bought it.")],
    ["a field of a value type", () => project.edit(values, "per: Schema.NonEmptyString", "per: Schema.String")],
    ["a projection that listens", () => project.write(apple, aggregate("Apple") + projection)],
    ["a projection that listens to more", () => project.edit(apple, '"AppleSold")', '"AppleSold", "AppleBought")')],
    ["a value type of less use", () => project.write(pear, aggregate("Pear", "Schema.String"))],
    ["a body", () => project.write(body, "export const apply = () => 1\n")],
    ["a body once more", () => project.edit(body, "1", "1 + by\nconst by = 2")],
    ["the name of an event", () => project.edit(pear, "PearSold", "PearLost")],
    ["an aggregate gone", () => project.remove(pear)],
    [
      "its name for another",
      () => project.write("schemas/orchard/tree.ts", aggregate("Pear").replace("./", "../shop/"))
    ]
  ]
  let before = {}
  for (const [what, save] of saves) {
    save()
    const evaluation = await Evaluation.run({ root: settings.root, files: SchemaFiles.find(settings.root, "schemas") })
    const [known, anew] = [await emitted(evaluation, remember), await emitted(evaluation, memory())]
    expect({ what, files: known }).toEqual({ what, files: anew })
    // Each of them makes a difference.
    expect({ what, files: anew }).not.toEqual({ what, files: before })
    before = anew
  }
})
