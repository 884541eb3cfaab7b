/**
 * Packages of the workspace of pnpm, npm, Yarn or Bun that a file belongs to. They are read only if
 * an import cannot be resolved.
 */
import { existsSync, globSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { type Manifest, manifestAt, textIfThere } from "./Texts.ts"

type Manager = "pnpm" | "yarn" | "bun" | "npm"

interface Workspace {
  readonly root: string
  readonly manager: Manager
  /** Patterns of the packages' folders. A pattern that begins with `!` excludes folders. */
  readonly patterns: ReadonlyArray<string>
}

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/, "$2")

/**
 * Returns the list under `packages` of a pnpm-workspace.yaml, in either of YAML's two notations of
 * a list.
 */
const pnpmPatterns = (yaml: string): ReadonlyArray<string> => {
  const lines = yaml.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, ""))
  const start = lines.findIndex((line) => /^packages\s*:/.test(line))
  if (start < 0) return []
  const inline = /\[(.*)\]/.exec(lines.slice(start).join(" "))
  if (/^packages\s*:\s*\[/.test(lines[start] ?? "")) return (inline?.[1] ?? "").split(",").map(unquoted).filter(Boolean)
  const patterns: Array<string> = []
  for (const line of lines.slice(start + 1)) {
    const item = /^\s*-\s+(.+)$/.exec(line)
    if (item !== null) patterns.push(unquoted(item[1] ?? ""))
    else if (line.trim() !== "") break
  }
  return patterns
}

const isText = (value: unknown): value is string => typeof value === "string"

const listedIn = ({ workspaces }: Manifest): ReadonlyArray<string> | undefined => {
  const list: unknown =
    typeof workspaces === "object" && workspaces !== null && "packages" in workspaces ? workspaces.packages : workspaces
  return Array.isArray(list) ? list.filter(isText) : undefined
}

const workspaceAt = (root: string): Workspace | undefined => {
  const yaml = textIfThere(join(root, "pnpm-workspace.yaml"))
  if (yaml !== undefined) return { root, manager: "pnpm", patterns: pnpmPatterns(yaml) }
  const patterns = listedIn(manifestAt(join(root, "package.json")) ?? {})
  if (patterns === undefined) return undefined
  const has = (...locks: ReadonlyArray<string>) => locks.some((lock) => existsSync(join(root, lock)))
  return { root, manager: has("yarn.lock") ? "yarn" : has("bun.lock", "bun.lockb") ? "bun" : "npm", patterns }
}

const above = (folder: string): Workspace | undefined => {
  const found = workspaceAt(folder)
  return found !== undefined || dirname(folder) === folder ? found : above(dirname(folder))
}

/** Finds the folder of a package of the workspace by name. */
const folderOf = ({ patterns, root }: Workspace, name: string): string | undefined => {
  const manifests = (pattern: string) => globSync(`${pattern.replace(/\/+$/, "")}/package.json`, { cwd: root })
  const without = new Set(patterns.filter((one) => one.startsWith("!")).flatMap((one) => manifests(one.slice(1))))
  return patterns
    .filter((one) => !one.startsWith("!"))
    .flatMap(manifests)
    .filter((path) => !without.has(path) && !/(^|[\\/])node_modules[\\/]/.test(path))
    .sort()
    .map((path) => join(root, dirname(path)))
    .find((folder) => manifestAt(join(folder, "package.json"))?.name === name)
}

const nearestManifest = (folder: string): string | undefined => {
  const path = join(folder, "package.json")
  if (existsSync(path)) return path
  return dirname(folder) === folder ? undefined : nearestManifest(dirname(folder))
}

/**
 * Returns the fix for an import of a workspace package that is not linked; none if the workspace
 * has no package of that name.
 */
export const unlinked = (from: string, name: string): { readonly what: string; readonly fix: string } | undefined => {
  const workspace = above(dirname(from))
  const folder = workspace === undefined ? undefined : folderOf(workspace, name)
  const importer = nearestManifest(dirname(from))
  if (workspace === undefined || folder === undefined || importer === undefined) return undefined
  const { dependencies, devDependencies, peerDependencies } = manifestAt(importer) ?? {}
  const isDeclared = [dependencies, devDependencies, peerDependencies].some((list) => list?.[name] !== undefined)
  const shown = (path: string) => relative(workspace.root, path).replaceAll("\\", "/")
  // npm has no `workspace:` protocol. It uses the workspace's package if the version matches.
  const version = workspace.manager === "npm" ? "*" : "workspace:*"
  const install = `${workspace.manager} install`
  return {
    what: `the package in ${shown(folder)} of this workspace, which is not linked here`,
    fix: isDeclared ? install : `add "${name}": "${version}" to the dependencies in ${shown(importer)}, then ${install}`
  }
}
