/** Finds the files of declarations, and which domain each belongs to. */
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { compare } from "../report/Diagnostic.ts"

export interface SchemaFile {
  /** Relative to the root, with `/`. */
  readonly file: string
  /** The folder of `schemas` that it is in; none for a file beside the folders, which may only hold shared values. */
  readonly domain: string | undefined
}

const isSchema = (name: string): boolean => name.endsWith(".ts") && !/\.(d|test|spec)\.ts$/.test(name)

/** Files of code that are none of them, by their endings; the first few. */
export const others = (root: string, schemas: string): ReadonlyArray<string> =>
  readdirSync(join(root, schemas), { recursive: true, encoding: "utf8" })
    .map((name) => `${schemas}/${name.replaceAll("\\", "/")}`)
    .filter((name) => /\.([cm]ts|tsx|[cm]?jsx?)$/.test(name) && !name.includes("/node_modules/"))
    .sort(compare)
    .slice(0, 3)

/** Every schema file, in the order of their paths, whatever order the file system has. */
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
