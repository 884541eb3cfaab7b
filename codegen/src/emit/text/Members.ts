/** Events, commands and errors in a contract: an interface, a constructor and a guard for each. */
import { access, key } from "../../model/Names.ts"
import type { Member, Type } from "../../model/Model.ts"
import { doc } from "./Text.ts"
import { fieldLine, flat, pretty, type Scope } from "./TypeText.ts"

/** Writes the interface, with the doc comment of the declaration. */
export const memberInterface = (member: Member, scope: Scope): string => {
  const fields = member.fields.map((field) => `${fieldLine(field, scope, "  ")}\n`)
  return `${doc(member.doc)}export interface ${member.name} {\n  readonly _tag: ${JSON.stringify(member.name)}\n${fields.join("")}}\n`
}

/** Parameter type of a guard. */
export const isTag = "{ readonly _tag: string }"

/**
 * Writes the constructor and the guard. `make` copies only declared fields, so that no field of a
 * command gets into an event.
 */
export const memberValue = ({ fields, name }: Member, scope: Scope, noun: string): string => {
  const tag = JSON.stringify(name)
  const guard = `  is: (${noun}: ${isTag}): ${noun} is ${name} => ${noun}._tag === ${tag}\n`
  if (fields.length === 0) return `export const ${name} = {\n  make: (): ${name} => ({ _tag: ${tag} }),\n${guard}}\n`
  const bare: Type = {
    kind: "struct",
    fields: fields.map(({ doc: _, ...field }) => (field.fallback === undefined ? field : { ...field, optional: true })),
    index: []
  }
  // If all fields have a default, the argument is optional.
  const none = fields.every(({ fallback }) => fallback !== undefined) ? " = {}" : ""
  const head = pretty(bare, scope, "  ", "make: (fields: ", `${none}): ${name} => ({`)
  const lines = fields.map((field) => {
    const value = access("fields", field.name)
    if (field.fallback !== undefined) {
      for (const module of field.fallback.modules) scope.imports.value("effect", module)
      const fallback = `${field.fallback.text} as ${flat(field.type, scope)}`
      return `    ${key(field.name)}: ${value} === undefined ? (${fallback}) : ${value}`
    }
    // With exact optional properties, a field without a value must have no key.
    return field.optional
      ? `    ...(${value} === undefined ? {} : { ${key(field.name)}: ${value} })`
      : `    ${key(field.name)}: ${value}`
  })
  return `export const ${name} = {\n  ${head}\n    _tag: ${tag},\n${lines.join(",\n")}\n  }),\n${guard}}\n`
}
