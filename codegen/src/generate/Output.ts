/**
 * Compares the files that `gen` would write with the files on disk, and writes only those that
 * differ.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { codes, compare, type Diagnostic, type Problem } from "../report/Diagnostic.ts"
import { state, unix, withEndsOf } from "../emit/Header.ts"
import { isMergeOfSealed } from "./MergedFile.ts"
import { sidesOf } from "../project/MergeConflict.ts"
import { textIfThere } from "../syntax/Texts.ts"

export interface File {
  /** Path relative to the root, with `/`. */
  readonly path: string
  readonly text: string
}

/** All files that should exist after `gen`. */
export interface Plan {
  /** Generated files. */
  readonly files: ReadonlyArray<File>
  /** Files that are created if they do not exist, and never overwritten. */
  readonly bodies: ReadonlyArray<File>
  /** Folders for generated files, of current and of former domains. */
  readonly folders: ReadonlyArray<string>
}

export interface Difference {
  readonly missing: ReadonlyArray<File>
  readonly stale: ReadonlyArray<File>
  readonly newBodies: ReadonlyArray<File>
  /** Files with a header of Eventfold that no declaration generates. */
  readonly orphans: ReadonlyArray<string>
  /** Files that must not be overwritten, because they were edited by hand or are not generated. */
  readonly refused: ReadonlyArray<Diagnostic>
  /** The generated texts of the files that were edited by hand. */
  readonly edited: ReadonlyArray<File>
}

type Owner = "machine" | "edited" | "conflicted" | "foreign"

/** Decides from the text of a file who wrote it. */
const ownerOf = (path: string, text: string): Owner => {
  const own = state(text)
  if (own === "ours" || isMergeOfSealed(path, text)) return "machine"
  const sides = sidesOf(text)
  if (sides.length === 0) return own
  return [text, ...sides].every((one) => state(one) === "foreign") ? "foreign" : "conflicted"
}

const refusals: Readonly<Record<Exclude<Owner, "machine">, Problem>> = {
  edited: {
    message: "is generated, but was edited by hand",
    fix: "undo the edit or delete the file, then run `eventfold gen`"
  },
  conflicted: {
    message: "has a merge conflict, and one side, or the file after the merge, was edited by hand",
    fix: "check out the side that was not edited, with `git checkout --ours` or `--theirs`, or delete the file, then run `eventfold gen`"
  },
  foreign: {
    message: "has the name of a generated file, but was not generated",
    fix: "move or delete it, then run `eventfold gen`"
  }
}

const refusal = (path: string, owner: keyof typeof refusals): Diagnostic => ({
  code: owner === "foreign" ? codes.foreign : codes.edited,
  file: path,
  ...refusals[owner]
})

/** Reads the text of a file; `undefined` if it does not exist. */
export type Read = (path: string) => string | undefined

export const read: Read = (path) => textIfThere(path)

/** `true` if two texts of a file differ only in their formatting. */
export type IsSame = (path: string, existing: string, wanted: string) => boolean

/**
 * `true` for output of a compiler, which it wrote beside the source, with the header and the code
 * of the source.
 *
 * `gen` itself writes no JavaScript and no declaration files.
 */
const isEmitted = (name: string): boolean => /\.(?:[cm]?js|d\.[cm]?ts)$/.test(name)

/**
 * `true` for compiled codecs of an earlier `gen`, which wrote JavaScript. Output of a compiler has
 * no valid seal.
 */
const isFormerCodec = (name: string): boolean => /\.codec\.aot\.(?:js|d\.ts)$/.test(name)

/**
 * Gives new files the line ends of an existing file of the same kind in the same folder. It looks
 * for that file once for each folder: in a new project, no planned file exists.
 */
const withEndsOfSiblings = (
  files: ReadonlyArray<File>,
  siblings: ReadonlyArray<File>,
  read: Read
): ReadonlyArray<File> => {
  const paths = Map.groupBy(
    siblings.map(({ path }) => path),
    (path) => dirname(path)
  )
  const known = new Map<string, string | undefined>()
  const siblingIn = (folder: string): string | undefined => {
    for (const path of paths.get(folder) ?? []) {
      const text = read(path)
      if (text !== undefined) return text
    }
    return undefined
  }
  return files.map(({ path, text }) => {
    const folder = dirname(path)
    if (!known.has(folder)) known.set(folder, siblingIn(folder))
    return { path, text: withEndsOf(known.get(folder), text) }
  })
}

/**
 * Computes the changes that `gen` would make. A file that only a formatter changed is up to date.
 */
export const compareWith = (root: string, plan: Plan, isSame: IsSame, text: Read = read): Difference => {
  const missing: Array<File> = []
  const stale: Array<File> = []
  const refused: Array<Diagnostic> = []
  const edited: Array<File> = []
  for (const planned of plan.files) {
    const existing = text(join(root, planned.path))
    if (existing === undefined) {
      missing.push(planned)
      continue
    }
    if (unix(existing) === planned.text || isSame(planned.path, existing, planned.text)) continue
    // Git may check files out with Windows line ends, and then expects those.
    const file = { path: planned.path, text: withEndsOf(existing, planned.text) }
    const owner = ownerOf(join(root, file.path), existing)
    if (owner === "machine") stale.push(file)
    else {
      refused.push(refusal(file.path, owner))
      if (owner !== "foreign") edited.push(file)
    }
  }
  const planned = new Set(plan.files.map(({ path }) => path))
  const orphans: Array<string> = []
  for (const folder of [...plan.folders].sort(compare)) {
    if (!existsSync(join(root, folder))) continue
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      // Some file systems decompose letters and their marks (NFD).
      const path = `${folder}/${entry.name}`
      const mayBeEmitted = isEmitted(entry.name)
      if (!entry.isFile() || planned.has(path.normalize("NFC"))) continue
      if (mayBeEmitted && !isFormerCodec(entry.name)) continue
      const owner = ownerOf(join(root, path), textIfThere(join(root, path)) ?? "")
      if (owner === "machine") orphans.push(path)
      else if (owner !== "foreign" && !mayBeEmitted) refused.push(refusal(path, owner))
    }
  }
  return {
    missing: withEndsOfSiblings(missing, plan.files, (path) => text(join(root, path))),
    stale,
    newBodies: withEndsOfSiblings(
      plan.bodies.filter(({ path }) => !existsSync(join(root, path))),
      plan.bodies,
      (path) => textIfThere(join(root, path))
    ),
    orphans: orphans.sort(compare),
    refused,
    edited
  }
}

/** Writes files, and creates their folders. */
export const writeAll = (root: string, files: ReadonlyArray<File>): void => {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/**
 * Writes the difference. If a file is refused, writes nothing, because an incomplete generation
 * does not compile.
 */
export const write = (root: string, difference: Difference): void => {
  if (difference.refused.length > 0) return
  writeAll(root, [...difference.missing, ...difference.stale, ...difference.newBodies])
  for (const path of difference.orphans) rmSync(join(root, path))
  for (const folder of new Set(difference.orphans.map((path) => dirname(join(root, path))))) {
    if (readdirSync(folder).length === 0) rmdirSync(folder)
  }
}

/** Reports the difference as problems, for `check`. */
export const report = (difference: Difference): ReadonlyArray<Diagnostic> => [
  ...difference.refused,
  ...difference.missing.map(({ path }) => ({
    code: codes.missing,
    file: path,
    message: "is missing",
    fix: "run `eventfold gen`"
  })),
  ...difference.stale.map(({ path }) => ({
    code: codes.stale,
    file: path,
    message: "is out of date: a schema, or code that a fold uses, has changed",
    fix: "run `eventfold gen`"
  })),
  ...difference.orphans.map((path) => ({
    code: codes.orphan,
    file: path,
    message: "is generated, but its declaration no longer exists",
    fix: "run `eventfold gen`, which deletes it"
  })),
  ...difference.newBodies.map(({ path }) => ({
    code: codes.noBody,
    file: path,
    message: "is missing: it is the file for your handlers",
    fix: "run `eventfold gen`, which creates it"
  }))
]
