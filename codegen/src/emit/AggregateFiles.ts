/** Codec and fingerprint of an aggregate: what is wired behind its contract. */
import type { Aggregate } from "../model/Model.ts"
import { kebab } from "../model/Names.ts"
import { compiledModule } from "./codec/CompiledModule.ts"
import { type Context, declarationName } from "./text/Layout.ts"
import { type Emitted, Imports, width } from "./text/Text.ts"
import { flat, module } from "./text/TypeText.ts"

/** A constant with its type, whose arguments the formatter breaks where they are too long. */
export const annotated = (head: string, args: ReadonlyArray<string>, value: string): string => {
  const line = `${head}<${args.join(", ")}> = ${value}`
  return line.split("\n", 1)[0]!.length <= width ? line : `${head}<\n  ${args.join(",\n  ")}\n> = ${value}`
}

/** `account.codec.ts`, and the compiled decoders beside it. */
export const codecFiles = (
  { layout }: Context,
  { compiled, exported, file, id, name }: Aggregate
): ReadonlyArray<Emitted> => {
  const declaration = declarationName(name)
  const imports = new Imports([`${name}Codec`, declaration, "codec"])
  imports.type("eventfold", "Aggregate")
  imports.value("eventfold/generated", "Codec")
  imports.value(module(name, ".codec.aot.ts"), "install")
  const [command, event, state] = [`${name}Command`, `${name}Event`, `${name}State`]
  for (const one of [command, event, state]) imports.type(module(name, ".ts"), one)
  const local = imports.value(layout.schema(file), exported, `${name}Schema`)
  // Last, since of all these names a value type's alone may be another here.
  const key = flat(id, { imports, values: "./values.ts", schema: layout.schema })
  const body =
    `${imports.render()}\n\n` +
    "/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */\n" +
    `const codec = Codec.make<${event}, ${state}>()({\n` +
    `  event: ${local}.event,\n  state: ${local}.state,\n  compiled: install,\n  target: ${JSON.stringify(compiled.target)}\n})\n\n` +
    "// What is exported names its types: the compiler looks into the declaration's schemas here, and in no other file.\n\n" +
    `${annotated(`export const ${name}Codec: Codec.Codec`, [event, state], "codec")}\n` +
    `${annotated(`export const ${declaration}: Aggregate.Typed`, [key, state, event, command], local)}\n`
  return [
    { name: `${kebab(name)}.codec.ts`, from: file, body },
    { name: `${kebab(name)}.codec.aot.ts`, from: file, body: compiledModule(compiled.code) }
  ]
}

/** `account.fingerprint.ts`: the only generated file that an edit of `apply` touches. */
export const fingerprintFile = ({ layout }: Context, { compiled, file, name }: Aggregate, apply: string): Emitted => ({
  name: `${kebab(name)}.fingerprint.ts`,
  from: `${file} and what ${layout.bodies}/${kebab(name)}.apply.ts reaches`,
  body: `/** Hash of what the fold depends on: no snapshot of another one is used. */\nexport const fingerprint = "${apply}-${compiled.shape}"\n`
})
