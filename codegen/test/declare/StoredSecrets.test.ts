/**
 * Redacted values in what is stored: a warning at each place, at each run, until a comment says
 * why.
 */
import { describe, expect, it } from "vitest"
import { check as checkIn } from "../../src/index.ts"
import { render } from "../../../packages/cli/src/generation/Rendering.ts"
import { Project } from "../Project.ts"
import { counter, head, one } from "../Refusals.ts"

const why =
  "is redacted, but is stored unencrypted: Redacted hides a value from logs, not in the store, its backups and snapshots; store a reference, such as the id of a secret in another system, or give the reason in a comment on the line before: `// eventfold-clear: …`"
const redacted = "Schema.Redacted(Schema.String)"
const file = "schemas/a/counter.ts"

const declared = `${head}export class Card extends Schema.Class<Card>("Card")({ number: Schema.RedactedFromValue(Schema.String) }) {}
${counter({
  state: `Schema.Struct({ count: Schema.Int, token: Schema.NullOr(${redacted}) })`,
  initial: "{ count: 0, token: null }",
  events: `{\n    Counted: { by: Schema.Int,\n      deep: Schema.Array(Schema.Struct({ secret: ${redacted} })) },\n    Paid: { card: Card }\n  }`,
  commands: `{ Count: { payload: { password: ${redacted} }, emits: ["Counted"], fails: [] } }`
})}export const P = Projection.make("P", {
  from: [Projection.events(Counter, "Paid")],
  key: "streamId",
  row: Schema.Struct({ at: ${redacted} })
})
`

const warnings = (lines: ReadonlyArray<string>) => lines.filter((line) => line.includes("EF0028"))

describe("a redacted value in what is stored", () => {
  it("is reported for events, states and rows, also within a class, and stops nothing", async () => {
    const project = new Project({ [file]: declared })
    const places = [
      `${file}:6:45 EF0028 Counter.state.token ${why}`,
      `${file}:10:42 EF0028 Counter.events.Counted.deep.secret ${why}`,
      `${file}:11:13 EF0028 Counter.events.Paid.card.number ${why}`,
      `${file}:19:24 EF0028 P.row.at ${why}`
    ]
    const first = await project.gen()
    expect(first).toMatchObject({ code: 0, err: [] })
    expect(warnings(first.out)).toEqual(places)
    // What is up to date is no reason to be silent about it.
    expect(warnings((await project.gen()).out)).toEqual(places)
    for (const _ of ["first", "from the stamp"]) {
      const { code, out } = await project.check()
      expect(code).toBe(0)
      expect(warnings(out)).toEqual(places)
      expect(out.at(-1)).toMatch(/^\d+ files, up to date, 4 warnings, 4 handlers not written yet$/)
    }
  })
  it("is a problem with --strict, also from the stamp, and a warning without it after that", async () => {
    const project = new Project({ [file]: declared })
    await project.gen()
    for (const strict of [true, true, false, true]) {
      const report = await checkIn(project.root, { strict })
      const kinds = {
        outcome: report.outcome,
        severities: [...new Set(report.diagnostics.map(({ severity }) => severity))]
      }
      const found = report.diagnostics.filter(({ code }) => code === "EF0028")
      expect({ ...kinds, count: found.length }).toEqual({
        outcome: strict ? "stale" : "ok",
        severities: strict ? [undefined] : ["warning"],
        count: 4
      })
      expect(report.summary).toBe(
        strict
          ? "7 problems, 4 handlers not written yet"
          : "16 files, up to date, 4 warnings, 4 handlers not written yet"
      )
      const kind = strict ? "error" : "warning"
      expect(render(report, { format: "github" }).out.match(new RegExp(`^::${kind} `, "gm"))).toHaveLength(
        report.diagnostics.length
      )
    }
  })
  it("is a warning beside errors, too, and no problem that is counted", async () => {
    const project = new Project({ [file]: declared })
    const report = await checkIn(project.root)
    expect(report.outcome).toBe("stale")
    const errors = report.diagnostics.filter(({ severity }) => severity !== "warning").length
    expect(report.diagnostics.length).toBe(errors + 4)
    expect(report.summary).toBe(`${errors} problems`)
    const { diagnostics }: { readonly diagnostics: ReadonlyArray<{ readonly severity: string }> } = JSON.parse(
      render(report, { format: "json" }).out
    )
    expect(diagnostics.filter(({ severity }) => severity === "warning")).toHaveLength(4)
    expect(render(report, { format: "github" }).out).toContain(`::warning file=${file},line=6,col=45,title=EF0028::`)
  })
  it("is silent where a comment says why, and says which comments do nothing", async () => {
    const project = new Project({
      [file]:
        head + counter({ events: `{ Counted: {\n  // eventfold-clear: encrypted by the schema\n  by: ${redacted} } }` })
    })
    expect(warnings((await project.gen()).out)).toEqual([])
    const { suppressed } = await checkIn(project.root)
    expect(suppressed).toEqual([
      expect.objectContaining({ code: "EF0028", file, at: { line: 9, column: 3 }, reason: "encrypted by the schema" })
    ])
    project.edit(file, ": encrypted by the schema", "")
    project.edit(file, "  id:", "  // eventfold-clear: nothing is there\n  id:")
    const { code, out } = await project.check()
    expect(code).toBe(0)
    expect(out.filter((line) => /EF02|EF0028/.test(line)).map((line) => line.split(";")[0])).toEqual([
      `${file}:4:3 EF0207 eventfold-clear suppresses nothing, because no redacted value is stored there`,
      `${file}:9:3 EF0206 eventfold-clear has no reason, so it suppresses nothing`,
      `${file}:10:3 EF0028 Counter.events.Counted.by ${why.split(";")[0]}`
    ])
  })
  it("is reported for each field that shares its schema, and a comment is for one of them alone", async () => {
    const declared = `${head}const Secret = ${redacted}
const Place = Schema.Struct({ door: Secret })
${counter({ events: `{\n    Counted: {\n      // eventfold-clear: encrypted by the schema\n      one: Secret,\n      two: Secret\n    },\n    Moved: { from: Place, to: Place }\n  }` })}`
    const project = new Project({ [file]: declared })
    expect(warnings((await project.gen()).out).map((line) => line.split(" is ")[0])).toEqual([
      `${file}:4:31 EF0028 Counter.events.Moved.from.door`,
      `${file}:4:31 EF0028 Counter.events.Moved.to.door`,
      `${file}:13:7 EF0028 Counter.events.Counted.two`
    ])
  })
  it("is reported for each field of a schema that contains itself", async () => {
    const declared = `${head}interface Tree { readonly secret: Redacted.Redacted<string>; readonly inner: ReadonlyArray<Tree> }
export const Tree = Schema.Struct({ secret: ${redacted}, inner: Schema.Array(Schema.suspend((): Schema.Codec<Tree, Tree> => Tree as never)) })
${counter({ events: "{ Counted: { left: Schema.Array(Tree), right: Tree } }" })}`
    const project = new Project({ [file]: declared.replace("{ Schema }", "{ type Redacted, Schema }") })
    expect(warnings((await project.gen()).out).map((line) => line.split(" is ")[0])).toEqual([
      expect.stringMatching(/Counter\.events\.Counted\.left\.secret$/),
      expect.stringMatching(/Counter\.events\.Counted\.right\.secret$/)
    ])
  })
  it("is at the line that JavaScript counts, also where texts hold other ends of lines", async () => {
    const odd = 'export const odd = ["\u2028", `\u2029\u2028`]\n'
    const declared = (reason: string) =>
      head + odd + counter({ events: `{ Counted: {\n  // eventfold-clear: ${reason}\n  by: ${redacted} } }` })
    const project = new Project({ [file]: declared("encrypted by the schema") })
    expect(warnings((await project.gen()).out)).toEqual([])
    project.write(file, declared(""))
    const { out } = render(await checkIn(project.root), { format: "text" })
    expect(out + render(await checkIn(project.root), { format: "text" }).err).toContain(`| ${"  "}by: ${redacted} } }`)
  })
  it("is refused where its schema forbids it", async () => {
    const forbidden = "Schema.Redacted(Schema.Int, { disallowJsonEncode: true })"
    expect(await one(counter({ events: `{ Counted: { by: ${forbidden} } }` }))).toEqual([
      `${file}:7:24 EF0016 Counter.events.Counted.by can't be stored as JSON: its schema forbids it (\`disallowJsonEncode\`, \`disallowEncode\`); store a reference to the secret, such as its id in another system`
    ])
  })
})
