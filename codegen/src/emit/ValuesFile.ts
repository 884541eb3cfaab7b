/** `values.ts`: definitions of a domain's value types. */
import type { Context } from "./text/Layout.ts"
import { doc, type Emitted, Imports } from "./text/Text.ts"
import { declaration, flat, type Scope } from "./text/TypeText.ts"

export const valuesFile = ({ domain, layout }: Context, from: string): Emitted => {
  const imports = new Imports(domain.values.map(({ name }) => name))
  const scope: Scope = { imports, values: undefined, schema: layout.schema }
  const parts = domain.values.map(({ brands, doc: comment, name, type }) => {
    if (brands.length === 0) return doc(comment) + declaration(name, type, scope)
    imports.type("effect", "Brand")
    const base = flat(type, scope)
    const both = [
      type.kind === "union" ? `(${base})` : base,
      ...brands.map((brand) => `Brand.Brand<${JSON.stringify(brand)}>`)
    ]
    return `${doc(comment)}export type ${name} = ${both.join(" & ")}\n`
  })
  const head = imports.render()
  const why = "// Written out instead of `typeof Money.Type`, so that hovers and errors show the names.\n"
  const body = `${head === "" ? "" : `${head}\n\n`}${why}${parts.join("")}`
  return { name: "values.ts", from, body: parts.length === 0 ? "export {}\n" : body }
}
