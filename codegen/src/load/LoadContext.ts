/** Files of a project as far as problems of loading them need: their imports, errors and places. */
import { builtinModules } from "node:module"
import { relative } from "node:path"
import type { Position } from "../report/Diagnostic.ts"
import { dynamicImports, type FileSyntax, type Import, parse, read } from "../syntax/Syntax.ts"
import { textIfThere } from "../syntax/Texts.ts"

export type Sources = ReadonlyMap<string, FileSyntax>

export interface Context {
  readonly root: string
  /** A file of the project by its absolute path, schema file or not. */
  readonly syntaxOf: (path: string) => FileSyntax | undefined
  readonly pathOf: (path: string) => string
}

/** What problems of loading are told by. */
export const contextOf = (root: string, sources: Sources): Context => {
  const others = new Map<string, FileSyntax | undefined>()
  const pathOf = (path: string) => relative(root, path).replaceAll("\\", "/")
  return {
    root,
    pathOf,
    syntaxOf: (path) => {
      const known = sources.get(pathOf(path))
      if (known !== undefined) return known
      const text = others.has(path) ? undefined : textIfThere(path)
      if (text !== undefined) others.set(path, read(path, text))
      return others.get(path)
    }
  }
}

export const at = (position: Position | undefined): { readonly at?: Position } =>
  position === undefined ? {} : { at: position }

/** The import that says a specifier, or one that is put together at run time. */
export const importOf = ({ syntaxOf }: Context, path: string, specifier: string): Import | undefined => {
  const imports = syntaxOf(path)?.imports ?? []
  const isCode = (one: Import) => one.specifier.startsWith("data:")
  // A module that is written out in the specifier has no file of its own: its importer answers for it.
  const known =
    imports.find((one) => one.specifier === specifier) ?? (isNodeModule(specifier) ? imports.find(isCode) : undefined)
  if (known !== undefined) return known
  const text = textIfThere(path)
  const dynamic = text === undefined ? [] : dynamicImports(parse(path, text))
  return dynamic.find((one) => one.specifier === specifier) ?? dynamic.find((one) => one.specifier === "")
}

export const isNodeModule = (specifier: string): boolean =>
  specifier.startsWith("node:") || builtinModules.includes(specifier)
