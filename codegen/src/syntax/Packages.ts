/**
 * Import specifiers between files of a project: by the name of a package that is a dependency,
 * otherwise by a relative path.
 */
import { existsSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import { type Manifest, manifestAt } from "./Texts.ts"

interface Package {
  /** Relative to the root; `""` for the root. */
  readonly folder: string
  readonly manifest: Manifest
}

const nearest = (root: string, folder: string): Package | undefined => {
  for (let at = folder; ; at = dirname(at)) {
    const here = at === "." ? "" : at
    const path = join(root, here, "package.json")
    if (existsSync(path)) return { folder: here, manifest: manifestAt(path) ?? {} }
    if (here === "") return undefined
  }
}

/** Returns `true` if a package allows imports of its files by their paths. */
const isOpen = ({ exports }: Manifest): boolean =>
  exports === undefined ||
  (typeof exports === "object" && exports !== null && "./*" in exports && exports["./*"] === "./*")

export const relativeSpecifier = (from: string, file: string): string => {
  const path = posix.relative(from, file)
  return path.startsWith(".") ? path : `./${path}`
}

/**
 * Returns a function that gives the specifier of a file in modules of a folder, both relative to
 * the root. It reads each manifest once.
 */
export const specifiers = (root: string): ((from: string, file: string) => string) => {
  const known = new Map<string, Package | undefined>()
  const of = (folder: string): Package | undefined => {
    if (!known.has(folder)) known.set(folder, nearest(root, folder))
    return known.get(folder)
  }
  return (from, file) => specifier(from, file, of(dirname(file)), of(from))
}

const specifier = (from: string, file: string, owner: Package | undefined, importer: Package | undefined): string => {
  const name = owner?.manifest.name
  if (owner === undefined || importer === undefined || name === undefined || owner.folder === importer.folder) {
    return relativeSpecifier(from, file)
  }
  const { dependencies, devDependencies, peerDependencies } = importer.manifest
  const depends = [dependencies, devDependencies, peerDependencies].some((list) => list !== undefined && name in list)
  return depends && isOpen(owner.manifest)
    ? `${name}/${posix.relative(owner.folder, file)}`
    : relativeSpecifier(from, file)
}
