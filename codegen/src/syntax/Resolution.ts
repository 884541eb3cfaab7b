/**
 * Resolution of imports: to files of the workspace, which are followed, or to packages, which are
 * not.
 */
import { existsSync, realpathSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { type Manifest, manifestAt } from "./Texts.ts"

/** Target of a specifier. */
export type Resolved =
  | { readonly kind: "file"; readonly path: string }
  /** An installed package by name and version, or a module of Node, which are not followed. */
  | { readonly kind: "package"; readonly id: string; readonly manifest?: string }

const manifestOf = (folder: string): Manifest => manifestAt(join(folder, "package.json")) ?? {}

/** Finds the folder of an installed or linked package, as Node does for a file. */
export const packageFolder = (from: string, name: string): string | undefined => {
  for (let at = dirname(from); ; at = dirname(at)) {
    const installed = join(at, "node_modules", name)
    if (existsSync(join(installed, "package.json"))) return realpathSync(installed)
    if (existsSync(join(at, "package.json")) && manifestOf(at).name === name) return at
    if (dirname(at) === at) return undefined
  }
}

/** Returns the file that a simple entry of `exports` names: a path, or a pattern with one star. */
const exported = (exports: unknown, subpath: string): string | undefined => {
  if (exports === undefined) return subpath
  if (typeof exports === "string") return subpath === "." ? exports : undefined
  if (typeof exports !== "object" || exports === null) return undefined
  for (const [pattern, value] of Object.entries(exports)) {
    const [head = "", tail] = pattern.split("*")
    const isMatch = tail === undefined ? pattern === subpath : subpath.startsWith(head) && subpath.endsWith(tail)
    if (!isMatch || typeof value !== "string") continue
    return tail === undefined ? value : value.replaceAll("*", subpath.slice(head.length, subpath.length - tail.length))
  }
  return undefined
}

/**
 * Returns the files that an import can mean if it omits the extension, or names the compiled file.
 */
export const candidates = (path: string): ReadonlyArray<string> => [
  path,
  path.replace(/\.([cm]?)js$/, ".$1ts"),
  ...["ts", "mts", "js", "mjs"].map((ending) => `${path}.${ending}`),
  `${path}/index.ts`,
  `${path}/index.js`
]

/** Resolves a specifier in a file to a file of the workspace, or to a package. */
export const resolveFrom = (from: string, specifier: string, exists: (path: string) => boolean): Resolved => {
  if (specifier.startsWith(".")) {
    // Even if the file does not exist: a fingerprint ignores generated files also before they are
    // first written.
    return { kind: "file", path: resolve(dirname(from), specifier) }
  }
  if (specifier.startsWith("node:") || specifier.startsWith("#")) return { kind: "package", id: specifier }
  const parts = specifier.split("/")
  const name = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/")
  const folder = packageFolder(from, name)
  if (folder === undefined) return { kind: "package", id: `missing ${name}` }
  const { exports, version } = manifestOf(folder)
  if (!folder.includes("node_modules")) {
    const file = exported(exports, [".", ...parts.slice(name.split("/").length)].join("/"))
    const path = file === undefined ? undefined : resolve(folder, file)
    if (path !== undefined && exists(path)) return { kind: "file", path }
  }
  return { kind: "package", id: `${name}@${version ?? ""}`, manifest: join(folder, "package.json") }
}
