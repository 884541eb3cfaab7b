/** Parsed files of a project, for the places of problems that loading found. */
import { builtinModules } from "node:module"
import { relative } from "node:path"
import { dynamicImports, type FileSyntax, type Import, parse, read } from "../syntax/Syntax.ts"
import { textIfThere } from "../syntax/Texts.ts"

/** Parsed schema files by their paths, relative to the root. */
export type Sources = ReadonlyMap<string, FileSyntax>

export interface LoadContext {
  readonly root: string
  /**
   * Returns a parsed file by its absolute path. Parses files that are not schema files on demand.
   */
  readonly syntaxOf: (path: string) => FileSyntax | undefined
  /** Returns a path relative to the root, with `/`. */
  readonly pathOf: (path: string) => string
}

export const contextOf = (root: string, sources: Sources): LoadContext => {
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

/** Returns the import of a specifier in a file, or a dynamic import whose specifier is computed. */
export const importOf = ({ syntaxOf }: LoadContext, path: string, specifier: string): Import | undefined => {
  const imports = syntaxOf(path)?.imports ?? []
  const isCode = (one: Import) => one.specifier.startsWith("data:")
  // The module of a `data:` URL has no file. Its imports are reported at the import of the URL.
  const known =
    imports.find((one) => one.specifier === specifier) ?? (isNodeModule(specifier) ? imports.find(isCode) : undefined)
  if (known !== undefined) return known
  const text = textIfThere(path)
  const dynamic = text === undefined ? [] : dynamicImports(parse(path, text))
  return dynamic.find((one) => one.specifier === specifier) ?? dynamic.find((one) => one.specifier === "")
}

export const isNodeModule = (specifier: string): boolean =>
  specifier.startsWith("node:") || builtinModules.includes(specifier)
