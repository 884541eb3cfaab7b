/** Codec and fingerprint of an aggregate. */
import type { Aggregate } from "../model/Model.ts"
import { kebab } from "../model/Names.ts"
import { compiledModule } from "./codec/CompiledModule.ts"
import { type Context, declarationName } from "./text/Layout.ts"
import { type Emitted, Imports, width } from "./text/Text.ts"
import { flat, module } from "./text/TypeText.ts"

/**
 * Writes a constant with its type. If the line is too long, each type argument gets its own line,
 * as in the formatter's layout.
 */
export const annotated = (head: string, args: ReadonlyArray<string>, value: string): string => {
  const line = `${head}<${args.join(", ")}> = ${value}`
  return line.split("\n", 1)[0]!.length <= width ? line : `${head}<\n  ${args.join(",\n  ")}\n> = ${value}`
}

/** Emits `account.codec.ts` and the module of its compiled codecs. */
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
  // Last, because only the name of a value type can change in this file.
  const key = flat(id, { imports, values: "./values.ts", schema: layout.schema })
  const body =
    `${imports.render()}\n\n` +
    "/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */\n" +
    `const codec = Codec.make<${event}, ${state}>()({\n` +
    `  event: ${local}.event,\n  state: ${local}.state,\n  compiled: install,\n  target: ${JSON.stringify(compiled.target)}\n})\n\n` +
    "// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.\n\n" +
    `${annotated(`export const ${name}Codec: Codec.Codec`, [event, state], "codec")}\n` +
    `${annotated(`export const ${declaration}: Aggregate.Typed`, [key, state, event, command], local)}\n`
  return [
    { name: `${kebab(name)}.codec.ts`, from: file, body },
    { name: `${kebab(name)}.codec.aot.ts`, from: file, body: compiledModule(compiled.code) }
  ]
}

/** Emits `account.fingerprint.ts`, the only generated file that an edit of `apply` changes. */
export const fingerprintFile = ({ layout }: Context, { compiled, file, name }: Aggregate, apply: string): Emitted => ({
  name: `${kebab(name)}.fingerprint.ts`,
  from: `${file} and the code that ${layout.bodies}/${kebab(name)}.apply.ts uses`,
  body: `/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */\nexport const fingerprint = "${apply}-${compiled.shape}"\n`
})
