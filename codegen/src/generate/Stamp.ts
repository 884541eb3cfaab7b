/**
 * Remembers that everything was up to date, and what that was concluded from: while not a byte of it has changed, neither the
 * schemas need to be run nor the parser loaded.
 *
 * A stamp is kept in `node_modules/.cache`, so that a fresh clone has none. It covers every file that is read on the way,
 * imports of schema files and bodies and this command itself included; what a schema file reads by other means, it does not.
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
import * as JsonText from "../syntax/JsonText.ts"

/** What is known where nothing has changed. */
export interface Known {
  /** How many generated files there are. */
  readonly count: number
  /** What may be meant, and was said: it is said each time. */
  readonly warnings: ReadonlyArray<Diagnostic>
  /** What comments suppress of what handlers touch; nothing where handlers have not been looked at. */
  readonly suppressed?: ReadonlyArray<Suppressed>
  /** Handlers that are still stubs. */
  readonly unwritten: ReadonlyArray<Unwritten>
}

/** What a look at the handlers came to, where nothing is wrong with them. */
export interface Looked {
  readonly suppressed: ReadonlyArray<Suppressed>
  /** Every file that was read for it, or looked for in vain. */
  readonly files: ReadonlyArray<string>
}

interface Stamp extends Known {
  readonly project: Project
  /** Which schema files and output folders there are. */
  readonly lists: string
  /** Absolute path → hash of the content, or none if there is no such file. */
  readonly files: ReadonlyArray<readonly [path: string, hash: string]>
}

const pathOf = (root: string): string => join(root, "node_modules/.cache/eventfold/check.json")

const hashOf = (path: string): string =>
  existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("base64") : ""

const contents = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name))
    .sort()

const listsOf = (project: Project): string =>
  JSON.stringify([
    SchemaFiles.find(project.root, project.schemas),
    folders(project).map((folder) => contents(join(project.root, folder)))
  ])

/** What a text holds that was written as a stamp; nothing if it was damaged since, which is no reason not to look again. */
const stampIn = (text: string): Stamp | undefined => {
  try {
    const stamp: unknown = JsonText.parse(text)
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

/** What was found when all was up to date, and still is; nothing if that has to be found out. */
export const upToDate = (project: Project): Known | undefined => {
  const path = pathOf(project.root)
  if (!existsSync(path)) return undefined
  const stamp = stampIn(readFileSync(path, "utf8"))
  if (stamp === undefined) return undefined
  const holds =
    JSON.stringify(stamp.project) === JSON.stringify(project) &&
    stamp.lists === listsOf(project) &&
    stamp.files.every(([path, hash]) => hashOf(path) === hash)
  return holds ? stamp : undefined
}

/** The files of this command: another version of it may find otherwise. */
const own = (folder = dirname(import.meta.dirname)): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? own(join(folder, entry.name)) : [join(folder, entry.name)]
  )

/** Whatever looks like an import, in comments too: one file too many in a stamp does no harm. */
const specifiers = /\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g

/** Everything that files import, and what that imports in turn; packages by their manifests. */
const closure = (entries: ReadonlyArray<string>): ReadonlySet<string> => {
  const reached = new Set(entries)
  for (const path of reached) {
    if (!/\.[cm]?[jt]s$/.test(path) || !existsSync(path)) continue
    for (const [, specifier = ""] of (textIfThere(path) ?? "").matchAll(specifiers)) {
      const to = resolveFrom(path, specifier, existsSync)
      if (to.kind === "file") reached.add(to.path)
      else if (to.manifest !== undefined) reached.add(to.manifest)
    }
  }
  return reached
}

/** Every manifest that decides how files import each other. */
const manifests = (root: string, folder: string): ReadonlyArray<string> => {
  const here = join(root, folder, "package.json")
  return folder === "." || folder === "" ? [here] : [here, ...manifests(root, dirname(folder))]
}

/** Every file of a project that generated code depends on, by absolute path. */
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

/** Everything that was generated and read. */
export interface Generated {
  readonly count: number
  readonly bodies: ReadonlyArray<string>
  readonly unwritten: ReadonlyArray<Unwritten>
  readonly warnings: ReadonlyArray<Diagnostic>
}

/** Notes that everything is up to date now, and with `looked` that handlers are pure. */
export const write = (project: Project, { bodies, count, unwritten, warnings }: Generated, looked?: Looked): void => {
  const { root } = project
  if (!existsSync(join(root, "node_modules"))) return
  const files = new Set([
    ...inputs(project, bodies, own()),
    ...(looked?.files ?? []),
    ...folders(project).flatMap((folder) => contents(join(root, folder)))
  ])
  const stamp: Stamp = {
    project,
    count,
    unwritten,
    warnings,
    ...(looked === undefined ? {} : { suppressed: looked.suppressed }),
    lists: listsOf(project),
    files: [...files].sort().map((path) => [path, hashOf(path)])
  }
  const path = pathOf(root)
  mkdirSync(dirname(path), { recursive: true })
  // Another run may read meanwhile: it finds the old stamp or the new one, never half of one.
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, JSON.stringify(stamp))
  renameSync(fresh, path)
}
