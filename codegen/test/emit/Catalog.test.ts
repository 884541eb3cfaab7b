/** `catalog.md`, and the heads of the generated files that are no code. */
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { shop } from "../Shop.ts"

const generate = async (files: Readonly<Record<string, string>>): Promise<Project> => {
  const project = new Project(files)
  expect((await project.gen()).code).toBe(0)
  return project
}

const diagrams = (catalog: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...catalog.matchAll(/```mermaid\n([^`]*)```/g)].map(([, text = ""]) => text.trimEnd().split("\n"))

/** Nodes, boxes and arrows, and nothing else; both ends of each arrow are in the diagram. */
const read = ([first, ...lines]: ReadonlyArray<string>) => {
  expect(first).toBe("flowchart LR")
  const ids = new Set<string>()
  const arrows: Array<readonly [from: string, to: string]> = []
  for (const line of lines) {
    if (line === "  end") continue
    const [, id] =
      /^ {2,4}([cep]_\w+)(?:\[\("[^"]+"\)\]|\(\["[^"]+"\]\)|\["[^"]+"\])$/.exec(line) ??
      /^ {2}subgraph (a_\w+) \["events of \w+"\]$/.exec(line) ??
      []
    const [, from, to] = /^ {2}(\w+) --> (\w+)$/.exec(line) ?? []
    if (id !== undefined) ids.add(id)
    else if (from !== undefined && to !== undefined) arrows.push([from, to])
    else throw new Error(`a line that is none of a diagram's: ${line}`)
  }
  for (const end of arrows.flat()) expect(ids).toContain(end)
  return { ids, arrows }
}

const many = (count: number, doc = ""): string => {
  const numbers = Array.from({ length: count }, (_, i) => i)
  return `import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"

export const Machine = Aggregate.make("Machine", {
  id: Schema.String,
  state: Schema.Struct({}),
  initial: {},
  events: {
${numbers.map((i) => `    ${doc}\n    Happened${i}: { by: Schema.Int }`).join(",\n")}
  },
  errors: {},
  commands: {
${numbers.map((i) => `    Do${i}: { payload: {}, emits: ["Happened${i}"], fails: [] }`).join(",\n")}
  }
})
export const Log = Projection.make("Log", { from: [Machine], key: "streamId", row: Schema.Struct({}) })
export const Some = Projection.make("Some", {
  from: [Projection.events(Machine, "Happened0", "Happened1")],
  key: "streamId",
  row: Schema.Struct({}),
  indexes: {}
})
`
}

describe("catalog.md", () => {
  it("has each event with its fields, who emits it, and who reads it, of other domains too", async () => {
    const project = await generate(shop)
    const catalog = project.read("examples/shop/src/generated/catalog.md")
    expect(catalog).toContain(`#### OrderPlaced

The customer said yes.

Emitted by \`Place\`; read by \`depot/Outlook\`, \`depot/PlacedOrders\`, \`ByDay\`, \`Last\` and \`OrderTotals\`.

| field | type | | description |
| --- | --- | --- | --- |
| \`short\` | \`OrderId\` | optional | (a value with a length of at most 2) |
| \`lines\` | \`readonly [Line, ...ReadonlyArray<Line>]\` | | |
`)
    expect(catalog).toContain("#### Everything\n\nNo command emits it; read by `OrderTotals`.\n")
    expect(catalog).toContain("#### Drop\n\nGives it up.\n\nEmits `OrderDropped`; cannot be refused.\n\nNo fields.\n")
    expect(catalog).toContain("#### TooMuch\n\nRefuses `Place`.\n")
    expect(catalog).toContain(
      "The key of a row is the id of its stream, `OrderId`. Rows are also found by `status` (`byStatus`), by `status` and `gift-note` (`byStatusAndGiftNote`), "
    )
    expect(catalog).toContain("| `Cents` | `bigint`, branded | An amount in cents. |")
    expect(catalog).toContain("### Category\n\n| field |")
    expect(catalog).not.toMatch(/\n\n\n|\r|[ \t]\n/)
    const depot = project.read("examples/depot/src/generated/catalog.md")
    expect(depot).toContain("- shop/Order: `OrderPlaced`")
  })

  it("draws a small domain in one diagram", async () => {
    const project = await generate(shop)
    const [diagram, ...more] = diagrams(project.read("examples/shop/src/generated/catalog.md"))
    expect(more).toEqual([])
    expect(read(diagram ?? []).arrows).toEqual([
      ["c_Place", "e_OrderPlaced"],
      ["c_Drop", "e_OrderDropped"],
      ["e_OrderPlaced", "p_depot_Outlook"],
      ["e_OrderPlaced", "p_depot_PlacedOrders"],
      ["e_OrderPlaced", "p_shop_ByDay"],
      ["e_OrderDropped", "p_shop_ByDay"],
      ["e_OrderPlaced", "p_shop_Last"],
      ["a_Order", "p_shop_OrderTotals"],
      ["e_ParcelSent", "p_shop_ByDay"]
    ])
  })

  it("draws fifty events so that they can be followed: a diagram per aggregate, one arrow for a reader of all of them", async () => {
    const second = many(10)
      .replaceAll(/Machine|Happened|Do(?=\d)/g, (word) => `Other${word}`)
      .replaceAll(/\b(Log|Some)\b/g, "Other$1")
    const project = await generate({ "schemas/plant/machine.ts": many(50), "schemas/plant/other.ts": second })
    const all = diagrams(project.read("examples/plant/src/generated/catalog.md"))
    expect(all).toHaveLength(2)
    const { arrows, ids } = read(all[0] ?? [])
    expect(ids.size).toBe(50 + 50 + 2 + 1)
    expect(arrows).toHaveLength(50 + 1 + 2)
    expect(arrows).toContainEqual(["a_Machine", "p_plant_Log"])
  })

  it("copies doc comments, except for text that would be markup of the page", async () => {
    const doc =
      "/** A | bar, `code`, *stars*.\n     *\n     * # No heading\n     * <!-- prettier-ignore-end -->\n     */"
    const project = await generate({
      "schemas/plant/machine.ts": many(1, doc).replace(/\nexport const Some[^]*/, "\n")
    })
    expect(project.read("examples/plant/src/generated/catalog.md")).toContain(
      "#### Happened0\n\nA | bar, `code`, *stars*.\n\n\\# No heading\n&lt;!-- prettier-ignore-end -->\n\nEmitted by"
    )
  })
})

describe("generated files that are no code", () => {
  const folder = "examples/plant/src/generated"
  const names = ["asyncapi.json", "catalog.md", "events.schema.json"]

  it("are known by their heads: with other line ends, when edited, and when nothing gives them any more", async () => {
    const project = await generate({ "schemas/plant/machine.ts": many(2) })
    for (const name of names) {
      const file = `${folder}/${name}`
      const text = project.read(file)
      expect(text).toContain("Written by `eventfold gen` from schemas/plant. Do not edit")
      project.write(file, text.replaceAll("\n", "\r\n"))
      expect((await project.check()).code).toBe(0)
      project.write(file, text.replace("Happened0", "Happened9"))
      expect((await project.gen()).err.join("\n")).toContain(`${file} EF0104`)
      project.write(file, name.endsWith(".json") ? "{}\n" : "# Mine\n")
      expect((await project.gen()).err.join("\n")).toContain(`${file} EF0105`)
      project.write(file, text)
    }
    project.remove("schemas/plant/machine.ts")
    project.write("schemas/other/machine.ts", many(2))
    expect((await project.gen()).code).toBe(0)
    expect(names.filter((name) => project.has(`${folder}/${name}`))).toEqual([])
    expect(names.filter((name) => !project.has(`examples/other/src/generated/${name}`))).toEqual([])
  })
})
