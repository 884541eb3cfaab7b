/** Subjects of the laws, and the tests that call them: of an aggregate, and of a projection. */
import type { Aggregate, Projection } from "../model/Model.ts"
import { kebab } from "../model/Names.ts"
import { annotated } from "./AggregateFiles.ts"
import { type Context, declarationName, keyOf } from "./text/Layout.ts"
import { idsOf, sourcesOf } from "./ProjectionFiles.ts"
import { type Emitted, Imports, width } from "./text/Text.ts"
import { flat, module, type Scope } from "./text/TypeText.ts"

type Claims = ReadonlyArray<readonly [claim: string, law: string]>

/** Each law of `@eventfold/testing`, and what a failing test claims not to hold. */
const laws: Claims = [
  ["folding twice gives the same states, inputs untouched", "determinism"],
  ["a snapshot at any cut changes nothing", "snapshots"],
  ["handlers read nothing but their arguments", "hermetic"],
  ["folding in pieces of any size gives the whole", "segments"],
  ["events and states survive their codecs", "codecs"],
  ["a decision is what its command declares, and apply accepts it", "decisions"],
  ["declared invariants hold in every reachable state", "invariants"],
  ["a command that is run again changes nothing", "repetition"],
  ["commands of two services at once come out as in some order", "contention"],
  ["instances do not depend on each other's events", "independence"],
  ["random histories come to every event, error, conflict and snapshot", "coverage"]
]

/** The same of projections. */
const projectionLaws: Claims = [
  ["folding twice gives the same rows, inputs untouched", "determinism"],
  ["handlers and key functions read nothing but their arguments", "hermetic"],
  ["the keys of an event depend on nothing but the event and its place", "keys"],
  ["folding in pages of any size gives the same rows", "pages"],
  ["beginning again from any checkpoint changes nothing", "restarts"],
  ["rows do not depend on the events of other rows", "independence"],
  ["rows fit their schema, and rows and keys survive their codecs", "codecs"],
  ["inline, live, followed and rebuilt rows are the same", "keeping"],
  ["random logs come to every event", "coverage"]
]

/** How long a law may take by the clock, in milliseconds: that only ends what hangs, so that a busy machine fails no law. */
const timeoutMs = "600_000"

/** `first` goes before the claims of the laws. */
const testFile = (name: string, namespace: string, claims: Claims, imports: Imports, first = ""): string => {
  const subject = `${name}Laws`
  imports.value("@eventfold/testing", namespace)
  for (const one of ["describe", "it"]) imports.value("vitest", one)
  imports.value(module(name, ".laws.ts"), subject)
  const guarded = { module: "@eventfold/testing", why: "first: its guards stand before your handlers load" }
  // What is counted is no promise that a test would wait for.
  const call = (law: string) => `${law === "coverage" ? "void " : ""}${namespace}.${law}(${subject})`
  const tests = claims.map(([claim, law]) => `  it(${JSON.stringify(claim)}, () => ${call(law)})\n`)
  const head = `describe(${JSON.stringify(name)}, { timeout: ${timeoutMs} }, () => {`
  return `${imports.render(guarded)}\n\n${head}\n${first}${tests.join("")}})\n`
}

/** `account.laws.ts`, the aggregate as the laws see it, and the tests that call them. */
export const lawsFiles = ({ file, name }: Aggregate): ReadonlyArray<Emitted> => {
  const imports = new Imports()
  imports.type("@eventfold/testing", "Laws")
  const local = imports.value(module(name, ".codec.ts"), declarationName(name))
  imports.value(`../${kebab(name)}.decide.ts`, "decide")
  imports.value(module(name, ".codec.ts"), `${name}Codec`)
  imports.value(module(name, ".service.ts"), `${name}Fold`)
  for (const one of ["Command", "Event", "State"]) imports.type(module(name, ".ts"), name + one)
  const subject =
    `${imports.render()}\n\n/** The aggregate as the laws see it. */\n` +
    `export const ${name}Laws: Laws.Subject<${name}State, ${name}Event, ${name}Command> = {\n` +
    `  name: "${name}Laws",\n  aggregate: ${local},\n  fold: ${name}Fold,\n  decide,\n  codec: ${name}Codec\n}\n`
  const tests = new Imports()
  tests.value("vitest", "expect")
  tests.value(module(name, ".codec.ts"), `${name}Codec`)
  const stale = `  it("generated code fits the schema", () => expect(${name}Codec.stale).toBe(false))\n`
  return [
    { name: `${kebab(name)}.laws.ts`, from: file, body: subject },
    { name: `${kebab(name)}.laws.test.ts`, from: file, body: testFile(name, "Laws", laws, tests, stale) }
  ]
}

/** `account-balances.laws.ts`, the projection as the laws see it, and the tests that call them. */
export const projectionLawsFiles = (context: Context, projection: Projection): ReadonlyArray<Emitted> => {
  const { file, name } = projection
  const imports = new Imports([`${name}Laws`])
  const scope: Scope = { imports, values: "./values.ts", schema: context.layout.schema }
  const sources = sourcesOf(context, projection, imports)
  imports.value("@eventfold/testing", "ProjectionLaws")
  imports.value(module(name, ".service.ts"), "definition")
  const keyed = projection.key !== "streamId"
  for (const one of ["Row", "Event", ...(keyed ? ["Key"] : [])]) imports.type(module(name, ".ts"), name + one)
  const subjects = sources.map(
    ({ folder, name }) => `ProjectionLaws.from(${imports.value(`${folder}/${kebab(name)}.laws.ts`, `${name}Laws`)})`
  )
  // Last, since of all these names a value type's alone may be another here.
  const key = keyed ? `${name}Key` : flat(keyOf(context, projection), sources[0]?.scope ?? scope)
  const head = `export const ${name}Laws: ProjectionLaws.ProjectionSubject`
  const args = [`${name}Row`, `${name}Event`, idsOf(sources), key]
  const object = (indent: string): string => {
    const line = `${indent}  from: [${subjects.join(", ")}]`
    const lines = subjects.map((subject) => `${indent}    ${subject}`)
    const from = line.length <= width ? line : `${indent}  from: [\n${lines.join(",\n")}\n${indent}  ]`
    return `{\n${indent}  name: "${name}Laws",\n${indent}  definition,\n${from}\n${indent}}`
  }
  // Broken as the formatter does where it is too long for a line.
  const declared = `${head}<${args.join(", ")}> =`
  const value =
    declared.length + 2 > width && declared.length <= width
      ? `${declared}\n  ${object("  ")}`
      : annotated(head, args, object(""))
  const body = `${imports.render()}\n\n/** The projection as the laws see it. */\n${value}\n`
  return [
    { name: `${kebab(name)}.laws.ts`, from: file, body },
    {
      name: `${kebab(name)}.laws.test.ts`,
      from: file,
      body: testFile(name, "ProjectionLaws", projectionLaws, new Imports())
    }
  ]
}
