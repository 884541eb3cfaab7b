/** Writes the files of a new project. */
import { fileError } from "@eventfold/codegen"
import { existsSync, readFileSync, statSync } from "node:fs"
import { basename, dirname, join, relative, resolve } from "node:path"
import { exitCodes } from "../commandline/ExitCodes.ts"
import type { Printed } from "../commandline/Host.ts"
import { manifest } from "../commandline/Manifest.ts"
import { initFiles, type Manager, optionalFiles } from "./InitFiles.ts"
import { writeAllOrNone } from "./NewFiles.ts"

export interface Options {
  readonly json: boolean
  /** What the package manager that runs this says of itself: `pnpm/10.1.0 npm/? node/v24…`. */
  readonly agent?: string | undefined
}

/** A folder's name as npm takes it for a package. */
const packageName = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 200) || "app"

const managerOf = (agent: string | undefined): Manager => {
  const name = agent?.split("/")[0]
  return name === "pnpm" || name === "yarn" ? name : "npm"
}

/** As a shell takes it for one word. */
const word = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

/** The nearest folder above that says which folders belong to it: package managers go by that one. */
const workspaceAbove = (folder: string): string | undefined => {
  if (dirname(folder) === folder) return undefined
  const above = dirname(folder)
  const manifest = join(above, "package.json")
  const isOne =
    existsSync(join(above, "pnpm-workspace.yaml")) ||
    (existsSync(manifest) && /"workspaces"\s*:/.test(readFileSync(manifest, "utf8")))
  return isOne ? above : workspaceAbove(above)
}

const refusal = (message: string, code: Printed["code"], { json }: Options, more: object = {}): Printed => ({
  code,
  out: json ? `${JSON.stringify({ command: "init", exitCode: code, ...more, summary: message })}\n` : "",
  err: json ? "" : `${message}\n`
})

/** Writes the example to a folder, which may be there or not. */
export const init = (cwd: string, folder: string, options: Options): Printed => {
  const root = resolve(cwd, folder)
  if (existsSync(root) && !statSync(root).isDirectory()) {
    return refusal(`${folder} is a file; name a folder`, exitCodes.usage, options)
  }
  const manager = managerOf(options.agent)
  const files = initFiles(packageName(root), manifest)
  const paths = Object.keys(files)
  const there = paths.filter((path) => existsSync(join(root, path)))
  if (there.length > 0) {
    const message = `${there.join(", ")} ${there.length === 1 ? "is" : "are"} there already, so nothing was written; name a new folder, as in \`eventfold init my-app\``
    return refusal(message, exitCodes.failed, options, { there })
  }
  const all = { ...files, ...optionalFiles(packageName(root), manager) }
  const wanted = Object.keys(all).filter((path) => !existsSync(join(root, path)))
  try {
    writeAllOrNone(
      root,
      wanted.map((path) => ({ path, text: all[path] ?? "" }))
    )
  } catch (error) {
    const why = fileError(error)
    if (why === undefined) throw error
    return refusal(`${why}; nothing was written`, exitCodes.internal, options)
  }
  const enter = relative(cwd, root)
  const steps = commands(manager)
  const next = [...(enter === "" ? [] : [`cd ${word(enter)}`]), ...steps.map(([command]) => command)]
  const workspace = workspaceAbove(root)
  const note =
    workspace === undefined
      ? undefined
      : `${relative(cwd, workspace).replaceAll("\\", "/") || "this folder"} is a workspace: name ${relative(workspace, root).replaceAll("\\", "/")} among its packages before you install`
  if (options.json) {
    const said = {
      command: "init",
      exitCode: 0,
      folder: root,
      files: wanted,
      next,
      ...(note === undefined ? {} : { note })
    }
    return {
      code: exitCodes.ok,
      out: `${JSON.stringify({ ...said, summary: `${wanted.length} files written` })}\n`,
      err: ""
    }
  }
  const width = Math.max(...steps.map(([command]) => command.length))
  const lines = next.map((command) => {
    const why = steps.find(([one]) => one === command)?.[1] ?? ""
    return `  ${command.padEnd(why === "" ? 0 : width)}  ${why}`.trimEnd()
  })
  const said = note === undefined ? "" : `${note}\n\n`
  return {
    code: exitCodes.ok,
    out: `${wanted.map((path) => `wrote ${path}`).join("\n")}\n\n${said}Next:\n\n${lines.join("\n")}\n`,
    err: ""
  }
}

const commands = (manager: Manager): ReadonlyArray<readonly [command: string, why: string]> => [
  [`${manager} install`, ""],
  [
    manager === "npm" ? "npx eventfold gen" : `${manager} eventfold gen`,
    "writes typed events, folds, services and law tests"
  ],
  [`${manager} test`, "runs the law tests"],
  [`${manager} start`, "runs src/main.ts"]
]
