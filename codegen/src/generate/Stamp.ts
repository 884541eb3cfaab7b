/**
 * Records that everything was up to date, with the hashes of all files that this depends on. As
 * long as no hash changes, the schemas do not have to be run, and the parser does not have to be
 * loaded.
 *
 * The stamp is stored in `node_modules/.cache`, so a fresh clone has none. It covers all files that
 * a run reads, including the imports of schema files and bodies, and the files of this command. It
 * does not cover files that a schema file reads itself.
 */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Project } from "../project/ConfigFile.ts"
import type { Diagnostic, Suppressed } from "../report/Diagnostic.ts"
import { folders } from "../project/Folders.ts"
import { resolveFrom } from "../syntax/Resolution.ts"
import * as SchemaFiles from "../project/SchemaFiles.ts"
import type { Unwritten } from "../bodies/Stubs.ts"
import { textIfThere } from "../syntax/Texts.ts"
import { StoredJson } from "eventfold/tables"

/** Results of the last run, which are valid if nothing has changed. */
export interface Known {
  /** Number of generated files. */
  readonly count: number
  /** Warnings, which are repeated at each run. */
  readonly warnings: ReadonlyArray<Diagnostic>
  /** Suppressed impurities of handlers; `undefined` if the handlers were not checked. */
  readonly suppressed?: ReadonlyArray<Suppressed>
  /** Handlers that are still stubs. */
  readonly unwritten: ReadonlyArray<Unwritten>
}

/** Result of a check of the handlers that found no problems. */
export interface CheckedHandlers {
  readonly suppressed: ReadonlyArray<Suppressed>
  /** All files that were read, or that do not exist. */
  readonly files: ReadonlyArray<string>
}

interface Stamp extends Known {
  readonly project: Project
  /** Lists of schema files and of files in output folders. */
  readonly lists: string
  /** Hashes by absolute path; an empty hash for a file that does not exist. */
  readonly files: ReadonlyArray<readonly [path: string, hash: string]>
}

const pathOf = (root: string): string => join(root, "node_modules/.cache/eventfold/check.json")

const hashOf = (path: string): string =>
  existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("base64") : ""

const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name))
    .sort()

const listsOf = (project: Project): string =>
  JSON.stringify([
    SchemaFiles.find(project.root, project.schemas),
    folders(project).map((folder) => filesIn(join(project.root, folder)))
  ])

/**
 * Parses a stamp; `undefined` for an invalid one, which only means that everything is computed
 * again.
 */
const parseStamp = (text: string): Stamp | undefined => {
  try {
    const stamp: unknown = StoredJson.parse(text)
    const { count, files, lists, project, suppressed, unwritten, warnings } = (stamp ?? {}) as Partial<Stamp>
    const areListed = [files, unwritten, warnings].every(Array.isArray)
    return typeof count === "number" && areListed && lists !== undefined && project !== undefined
      ? {
          count,
          files: files!,
          lists,
          project,
          unwritten: unwritten!,
          warnings: warnings!,
          ...(Array.isArray(suppressed) ? { suppressed } : {})
        }
      : undefined
  } catch {
    return undefined
  }
}

/** Returns the results of the last run; `undefined` if something has changed since. */
export const upToDate = (project: Project): Known | undefined => {
  const path = pathOf(project.root)
  if (!existsSync(path)) return undefined
  const stamp = parseStamp(readFileSync(path, "utf8"))
  if (stamp === undefined) return undefined
  const isValid =
    JSON.stringify(stamp.project) === JSON.stringify(project) &&
    stamp.lists === listsOf(project) &&
    stamp.files.every(([path, hash]) => hashOf(path) === hash)
  return isValid ? stamp : undefined
}

/** Returns the files of this command, because another version can have other results. */
const commandFiles = (folder = dirname(import.meta.dirname)): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? commandFiles(join(folder, entry.name)) : [join(folder, entry.name)]
  )

/** Matches imports, also in comments, because additional files in a stamp do no harm. */
const importPattern = /\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g

/** Returns all files that files import, directly or not, and the manifests of packages. */
const closure = (entries: ReadonlyArray<string>): ReadonlySet<string> => {
  const reached = new Set(entries)
  for (const path of reached) {
    if (!/\.[cm]?[jt]s$/.test(path) || !existsSync(path)) continue
    for (const [, specifier = ""] of (textIfThere(path) ?? "").matchAll(importPattern)) {
      const to = resolveFrom(path, specifier, existsSync)
      if (to.kind === "file") reached.add(to.path)
      else if (to.manifest !== undefined) reached.add(to.manifest)
    }
  }
  return reached
}

/**
 * Returns the manifests of a folder and of all folders above it, which decide how imports are
 * resolved.
 */
const manifests = (root: string, folder: string): ReadonlyArray<string> => {
  const here = join(root, folder, "package.json")
  return folder === "." || folder === "" ? [here] : [here, ...manifests(root, dirname(folder))]
}

/** Returns the absolute paths of all files that generated code depends on. */
export const inputs = (
  project: Project,
  bodies: ReadonlyArray<string>,
  more: ReadonlyArray<string> = []
): ReadonlySet<string> => {
  const { root, schemas } = project
  const sources = SchemaFiles.find(root, schemas).map(({ file }) => file)
  return new Set([
    ...closure([...[...sources, ...bodies].map((file) => join(root, file)), ...more]),
    ...[...sources.map((file) => dirname(file)), ...folders(project)].flatMap((folder) => manifests(root, folder))
  ])
}

/** Results of a run. */
export interface Generated {
  readonly count: number
  readonly bodies: ReadonlyArray<string>
  readonly unwritten: ReadonlyArray<Unwritten>
  readonly warnings: ReadonlyArray<Diagnostic>
}

/** Records that everything is up to date, and with `checked` also that handlers are pure. */
export const write = (
  project: Project,
  { bodies, count, unwritten, warnings }: Generated,
  checked?: CheckedHandlers
): void => {
  const { root } = project
  if (!existsSync(join(root, "node_modules"))) return
  const files = new Set([
    ...inputs(project, bodies, commandFiles()),
    ...(checked?.files ?? []),
    ...folders(project).flatMap((folder) => filesIn(join(root, folder)))
  ])
  const stamp: Stamp = {
    project,
    count,
    unwritten,
    warnings,
    ...(checked === undefined ? {} : { suppressed: checked.suppressed }),
    lists: listsOf(project),
    files: [...files].sort().map((path) => [path, hashOf(path)])
  }
  const path = pathOf(root)
  mkdirSync(dirname(path), { recursive: true })
  // A concurrent run reads the old stamp or the new one, never a part of one.
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, JSON.stringify(stamp))
  renameSync(fresh, path)
}
