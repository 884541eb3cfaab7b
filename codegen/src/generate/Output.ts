/** Compares what `gen` would write with what is there, and writes only files whose bytes change. */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { codes, compare, type Diagnostic } from "../report/Diagnostic.ts"
import { state, unix, withEndsOf } from "../emit/Header.ts"
import { isOfMerge, sidesOf } from "../project/MergeConflict.ts"
import { textIfThere } from "../syntax/Texts.ts"

export interface File {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly text: string
}

/** Everything that `gen` would have on disk. */
export interface Plan {
  /** Generated files. */
  readonly files: ReadonlyArray<File>
  /** Files that are created where they are missing, and never touched again. */
  readonly bodies: ReadonlyArray<File>
  /** Folders that hold generated files only, or did. */
  readonly folders: ReadonlyArray<string>
}

export interface Difference {
  readonly missing: ReadonlyArray<File>
  readonly stale: ReadonlyArray<File>
  readonly newBodies: ReadonlyArray<File>
  /** Files with our header that nothing generates any more. */
  readonly orphans: ReadonlyArray<string>
  /** Files that must not be written over: edited by hand, or not ours. */
  readonly refused: ReadonlyArray<Diagnostic>
  /** What would stand in those of them that are ours, were they not edited. */
  readonly edited: ReadonlyArray<File>
}

type Owner = "machine" | "edited" | "conflicted" | "foreign"

/** Whose a file is that stands where generated ones go, by what it says. */
const ownerOf = (path: string, text: string): Owner => {
  const what = state(text)
  if (what === "ours" || isOfMerge(path, text)) return "machine"
  const sides = sidesOf(text)
  if (sides.length === 0) return what
  return [text, ...sides].every((one) => state(one) === "foreign") ? "foreign" : "conflicted"
}

const messages: Readonly<Record<Exclude<Owner, "machine">, string>> = {
  edited: "is generated, but was edited by hand; undo the edit, or delete the file, then run `eventfold gen`",
  conflicted:
    "holds a merge conflict, and was edited by hand, on one side or since; take a side that was not, with `git checkout --ours` or `--theirs`, or delete the file, then run `eventfold gen`",
  foreign: "stands where a generated file goes, but was not generated; move or delete it, then run `eventfold gen`"
}

const refusal = (path: string, owner: keyof typeof messages): Diagnostic => ({
  code: owner === "foreign" ? codes.foreign : codes.edited,
  file: path,
  message: messages[owner]
})

/** A file's text, if there is one. */
export type Read = (path: string) => string | undefined

export const read: Read = (path) => textIfThere(path)

/** Whether a file says what is wanted, laid out otherwise. */
export type IsSame = (path: string, there: string, wanted: string) => boolean

/**
 * Whether a compiler has emitted a file, beside the source: with the head that the source has, and its code.
 *
 * `gen` writes no JavaScript and no declaration files itself, so all of them are a compiler's.
 */
const isEmitted = (name: string): boolean => /\.(?:[cm]?js|d\.[cm]?ts)$/.test(name)

/** Compiled codecs as `gen` wrote them before they were TypeScript. A compiler's output of this name has no valid seal. */
const isFormerCodec = (name: string): boolean => /\.codec\.aot\.(?:js|d\.ts)$/.test(name)

/** A new file with the line ends of one that is there already, of the same kind and in the same folder. */
const besideOthers = (file: File, others: ReadonlyArray<File>, read: Read): File => {
  for (const { path } of others) {
    const there = dirname(path) === dirname(file.path) ? read(path) : undefined
    if (there !== undefined) return { path: file.path, text: withEndsOf(there, file.text) }
  }
  return file
}

/** What `gen` would change; a file that a formatter ran over is as it should be. */
export const compareWith = (root: string, plan: Plan, isSame: IsSame, text: Read = read): Difference => {
  const missing: Array<File> = []
  const stale: Array<File> = []
  const refused: Array<Diagnostic> = []
  const edited: Array<File> = []
  for (const planned of plan.files) {
    const there = text(join(root, planned.path))
    if (there === undefined) {
      missing.push(planned)
      continue
    }
    if (unix(there) === planned.text || isSame(planned.path, there, planned.text)) continue
    // Git may write line ends of Windows on the way out, and then takes them for those of the file.
    const file = { path: planned.path, text: withEndsOf(there, planned.text) }
    const owner = ownerOf(join(root, file.path), there)
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
      // Some file systems take the marks of letters apart.
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
    missing: missing.map((file) => besideOthers(file, plan.files, (path) => text(join(root, path)))),
    stale,
    newBodies: plan.bodies
      .filter(({ path }) => !existsSync(join(root, path)))
      .map((file) => besideOthers(file, plan.bodies, (path) => textIfThere(join(root, path)))),
    orphans: orphans.sort(compare),
    refused,
    edited
  }
}

/** Writes files, and the folders that they go to. */
export const writeAll = (root: string, files: ReadonlyArray<File>): void => {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/** Writes the difference; with refusals nothing at all, since half of a generation does not compile. */
export const write = (root: string, difference: Difference): void => {
  if (difference.refused.length > 0) return
  writeAll(root, [...difference.missing, ...difference.stale, ...difference.newBodies])
  for (const path of difference.orphans) rmSync(join(root, path))
  for (const folder of new Set(difference.orphans.map((path) => dirname(join(root, path))))) {
    if (readdirSync(folder).length === 0) rmdirSync(folder)
  }
}

const command = "run `eventfold gen`"

/** The difference in words, for `check`. */
export const report = (difference: Difference): ReadonlyArray<Diagnostic> => [
  ...difference.refused,
  ...difference.missing.map(({ path }) => ({ code: codes.missing, file: path, message: `is missing; ${command}` })),
  ...difference.stale.map(({ path }) => ({
    code: codes.stale,
    file: path,
    message: `is not what the schema, or the code that a fold reaches, gives now; ${command}`
  })),
  ...difference.orphans.map((path) => ({
    code: codes.orphan,
    file: path,
    message: `is generated from nothing any more; ${command}, which removes it`
  })),
  ...difference.newBodies.map(({ path }) => ({
    code: codes.noBody,
    file: path,
    message: `is missing: your code goes there; ${command}, which begins it`
  }))
]
