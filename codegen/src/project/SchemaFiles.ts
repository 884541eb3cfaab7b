/** Finds the schema files of a project, with their domains. */
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { compare } from "../report/Diagnostic.ts"

export interface SchemaFile {
  /** Path relative to the root, with `/`. */
  readonly file: string
  /**
   * Top-level folder in `schemas`; `undefined` for a file directly in `schemas`, which may only
   * hold shared values.
   */
  readonly domain: string | undefined
}

const isSchema = (name: string): boolean => name.endsWith(".ts") && !/\.(d|test|spec)\.ts$/.test(name)

const maxNamedFiles = 3

/** Returns the first files of code whose extension is not read, to name them in a message. */
export const otherCode = (root: string, schemas: string): ReadonlyArray<string> =>
  readdirSync(join(root, schemas), { recursive: true, encoding: "utf8" })
    .map((name) => `${schemas}/${name.replaceAll("\\", "/")}`)
    .filter((name) => /\.([cm]ts|tsx|[cm]?jsx?)$/.test(name) && !name.includes("/node_modules/"))
    .sort(compare)
    .slice(0, maxNamedFiles)

/**
 * Returns all schema files, sorted by path, because the order of the file system differs between
 * machines.
 */
export const find = (root: string, schemas: string): ReadonlyArray<SchemaFile> => {
  const found: Array<SchemaFile> = []
  const walk = (folder: string, domain: string | undefined) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue
      const file = `${folder}/${entry.name}`
      if (entry.isDirectory()) walk(file, domain ?? entry.name)
      else if (isSchema(entry.name)) found.push({ file, domain })
    }
  }
  if (statSync(join(root, schemas), { throwIfNoEntry: false })?.isDirectory() === true) walk(schemas, undefined)
  return found.sort((a, b) => compare(a.file, b.file))
}
