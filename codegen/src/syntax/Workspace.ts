/** Packages of the workspace that a file belongs to: pnpm's, or that of npm, Yarn or Bun. Read where an import leads nowhere. */
import { existsSync, globSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { type Manifest, manifestAt, textIfThere } from "./Texts.ts"

type Manager = "pnpm" | "yarn" | "bun" | "npm"

interface Workspace {
  readonly root: string
  readonly manager: Manager
  /** Folders of its packages, as patterns; those that begin with `!` leave folders out. */
  readonly patterns: ReadonlyArray<string>
}

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/, "$2")

/** The list under `packages` of a pnpm-workspace.yaml, in either of the ways in which YAML writes a list. */
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

/** The folder of a package of the workspace, if it has one of that name. */
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

/** What to do about a package of the workspace that a file imports and that isn't linked; nothing if it has none of that name. */
export const unlinked = (from: string, name: string): { readonly what: string; readonly fix: string } | undefined => {
  const workspace = above(dirname(from))
  const folder = workspace === undefined ? undefined : folderOf(workspace, name)
  const importer = nearestManifest(dirname(from))
  if (workspace === undefined || folder === undefined || importer === undefined) return undefined
  const { dependencies, devDependencies, peerDependencies } = manifestAt(importer) ?? {}
  const isDeclared = [dependencies, devDependencies, peerDependencies].some((list) => list?.[name] !== undefined)
  const shown = (path: string) => relative(workspace.root, path).replaceAll("\\", "/")
  // npm knows no `workspace:`, and takes the workspace's own where the version fits.
  const version = workspace.manager === "npm" ? "*" : "workspace:*"
  const install = `${workspace.manager} install`
  return {
    what: `the package in ${shown(folder)} of this workspace, which is not linked here`,
    fix: isDeclared ? install : `add "${name}": "${version}" to the dependencies in ${shown(importer)}, then ${install}`
  }
}
