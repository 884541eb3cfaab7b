/** Subjects of the laws for aggregates and projections, and the tests that call the laws. */
import type { Aggregate, Projection } from "../model/Model.ts"
import { kebab } from "../model/Names.ts"
import { annotated } from "./AggregateFiles.ts"
import { type Context, declarationName, keyOf } from "./text/Layout.ts"
import { idsOf, sourcesOf } from "./ProjectionFiles.ts"
import { type Emitted, Imports, width } from "./text/Text.ts"
import { flat, module, type Scope } from "./text/TypeText.ts"

type Claims = ReadonlyArray<readonly [claim: string, law: string]>

/** Laws of `@eventfold/testing`, with the claim that is the name of the test. */
const laws: Claims = [
  ["folding twice gives the same states and changes no input", "determinism"],
  ["folding from a snapshot at any version gives the same state", "snapshots"],
  ["handlers read only their arguments", "hermetic"],
  ["folding in segments of any size gives the same state", "segments"],
  ["events and states survive their codecs", "codecs"],
  ["decisions return what their commands declare, and apply accepts it", "decisions"],
  ["declared invariants hold in every reachable state", "invariants"],
  ["running a command again changes nothing", "repetition"],
  ["concurrent commands of two services have the outcome of some order", "contention"],
  ["instances do not depend on each other's events", "independence"],
  ["random histories reach every event, error, conflict and snapshot", "coverage"]
]

/** Laws of projections. */
const projectionLaws: Claims = [
  ["folding twice gives the same rows and changes no input", "determinism"],
  ["handlers and key functions read only their arguments", "hermetic"],
  ["the keys of an event depend only on the event and its origin", "keys"],
  ["folding in pages of any size gives the same rows", "pages"],
  ["continuing from any checkpoint gives the same rows", "restarts"],
  ["rows do not depend on the events of other rows", "independence"],
  ["rows match their schema, and rows and keys survive their codecs", "codecs"],
  ["inline, live, projected and rebuilt rows are the same", "keeping"],
  ["random logs reach every event", "coverage"]
]

/**
 * Timeout of a law. It is so long that it ends only a law that hangs, and a busy machine fails no
 * law.
 */
const timeoutMs = "600_000"

/** Writes the test file. `first` goes before the tests of the laws. */
const testFile = (name: string, namespace: string, claims: Claims, imports: Imports, first = ""): string => {
  const subject = `${name}Laws`
  imports.value("@eventfold/testing", namespace)
  for (const one of ["describe", "it"]) imports.value("vitest", one)
  imports.value(module(name, ".laws.ts"), subject)
  const guarded = { module: "@eventfold/testing", why: "first: its guards must be in place before your handlers load" }
  // `coverage` registers its counts and returns no promise to wait for.
  const call = (law: string) => `${law === "coverage" ? "void " : ""}${namespace}.${law}(${subject})`
  const tests = claims.map(([claim, law]) => `  it(${JSON.stringify(claim)}, () => ${call(law)})\n`)
  const head = `describe(${JSON.stringify(name)}, { timeout: ${timeoutMs} }, () => {`
  return `${imports.render(guarded)}\n\n${head}\n${first}${tests.join("")}})\n`
}

/**
 * Emits `account.laws.ts`, which is the aggregate as a subject of the laws, and the tests that call
 * the laws.
 */
export const lawsFiles = ({ file, name }: Aggregate): ReadonlyArray<Emitted> => {
  const imports = new Imports()
  imports.type("@eventfold/testing", "Laws")
  const local = imports.value(module(name, ".codec.ts"), declarationName(name))
  imports.value(`../${kebab(name)}.decide.ts`, "decide")
  imports.value(module(name, ".codec.ts"), `${name}Codec`)
  imports.value(module(name, ".service.ts"), `${name}Fold`)
  for (const one of ["Command", "Event", "State"]) imports.type(module(name, ".ts"), name + one)
  const subject =
    `${imports.render()}\n\n/** The aggregate as a subject of the laws. */\n` +
    `export const ${name}Laws: Laws.Subject<${name}State, ${name}Event, ${name}Command> = {\n` +
    `  name: "${name}Laws",\n  aggregate: ${local},\n  fold: ${name}Fold,\n  decide,\n  codec: ${name}Codec\n}\n`
  const tests = new Imports()
  tests.value("vitest", "expect")
  tests.value(module(name, ".codec.ts"), `${name}Codec`)
  const stale = `  it("generated code matches the schema", () => expect(${name}Codec.stale).toBe(false))\n`
  return [
    { name: `${kebab(name)}.laws.ts`, from: file, body: subject },
    { name: `${kebab(name)}.laws.test.ts`, from: file, body: testFile(name, "Laws", laws, tests, stale) }
  ]
}

/**
 * Emits `account-balances.laws.ts`, which is the projection as a subject of the laws, and the tests
 * that call the laws.
 */
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
  // Last, because only the name of a value type can change in this file.
  const key = keyed ? `${name}Key` : flat(keyOf(context, projection), sources[0]?.scope ?? scope)
  const head = `export const ${name}Laws: ProjectionLaws.ProjectionSubject`
  const args = [`${name}Row`, `${name}Event`, idsOf(sources), key]
  const object = (indent: string): string => {
    const line = `${indent}  from: [${subjects.join(", ")}]`
    const lines = subjects.map((subject) => `${indent}    ${subject}`)
    const from = line.length <= width ? line : `${indent}  from: [\n${lines.join(",\n")}\n${indent}  ]`
    return `{\n${indent}  name: "${name}Laws",\n${indent}  definition,\n${from}\n${indent}}`
  }
  // The layout of the formatter for a long line.
  const declared = `${head}<${args.join(", ")}> =`
  const value =
    declared.length + 2 > width && declared.length <= width
      ? `${declared}\n  ${object("  ")}`
      : annotated(head, args, object(""))
  const body = `${imports.render()}\n\n/** The projection as a subject of the laws. */\n${value}\n`
  return [
    { name: `${kebab(name)}.laws.ts`, from: file, body },
    {
      name: `${kebab(name)}.laws.test.ts`,
      from: file,
      body: testFile(name, "ProjectionLaws", projectionLaws, new Imports())
    }
  ]
}
