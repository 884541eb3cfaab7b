/**
 * A domain that uses every kind of schema that generated code can write down: the schema files of
 * the golden project.
 */
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Folder of the golden project: its schemas, and everything that is generated from them. */
export const golden = join(import.meta.dirname, "golden")

/** Text by path, relative to the project. */
export const shop: Readonly<Record<string, string>> = Object.fromEntries(
  globSync("schemas/**/*.ts", { cwd: golden })
    .sort()
    .map((file) => [file, readFileSync(join(golden, file), "utf8")])
)
