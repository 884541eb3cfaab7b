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
  /** The user agent of the package manager that runs the command: `pnpm/10.1.0 npm/? node/v24…`. */
  readonly agent?: string | undefined
}

/** Returns the name of a folder as a valid name of an npm package. */
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

/** Quotes a path for a shell, if it needs quotes. */
const word = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

/**
 * Returns the nearest folder above that is a workspace: package managers install its packages
 * together.
 */
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

/** Writes the example to a folder, and creates the folder if it does not exist. */
export const init = (cwd: string, folder: string, options: Options): Printed => {
  const root = resolve(cwd, folder)
  if (existsSync(root) && !statSync(root).isDirectory()) {
    return refusal(`${folder} is a file; name a folder`, exitCodes.usage, options)
  }
  const manager = managerOf(options.agent)
  const files = initFiles(packageName(root), manifest)
  const paths = Object.keys(files)
  const existing = paths.filter((path) => existsSync(join(root, path)))
  if (existing.length > 0) {
    const message = `${existing.join(", ")} ${existing.length === 1 ? "is" : "are"} there already, so nothing was written; name a new folder, as in \`eventfold init my-app\``
    return refusal(message, exitCodes.failed, options, { there: existing })
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
  return success(
    {
      root,
      files: wanted,
      steps: [...(enter === "" ? [] : [[`cd ${word(enter)}`, ""] as const]), ...commands(manager)]
    },
    workspaceNote(cwd, root),
    options
  )
}

type Step = readonly [command: string, purpose: string]

interface Written {
  readonly root: string
  readonly files: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step>
}

/** Returns a note if the project is a part of a workspace. */
const workspaceNote = (cwd: string, root: string): string | undefined => {
  const workspace = workspaceAbove(root)
  if (workspace === undefined) return undefined
  const name = (from: string, to: string) => relative(from, to).replaceAll("\\", "/")
  return `${name(cwd, workspace) || "this folder"} is a workspace: name ${name(workspace, root)} among its packages before you install`
}

const success = ({ files, root, steps }: Written, note: string | undefined, { json }: Options): Printed => {
  if (json) {
    const result = {
      command: "init",
      exitCode: 0,
      folder: root,
      files,
      next: steps.map(([command]) => command),
      ...(note === undefined ? {} : { note }),
      summary: `${files.length} files written`
    }
    return { code: exitCodes.ok, out: `${JSON.stringify(result)}\n`, err: "" }
  }
  const explained = steps.filter(([, purpose]) => purpose !== "")
  const width = Math.max(...explained.map(([command]) => command.length))
  const lines = steps.map(([command, purpose]) =>
    purpose === "" ? `  ${command}` : `  ${command.padEnd(width)}  ${purpose}`
  )
  const written = files.map((path) => `wrote ${path}`).join("\n")
  const noteText = note === undefined ? "" : `${note}\n\n`
  return { code: exitCodes.ok, out: `${written}\n\n${noteText}Next:\n\n${lines.join("\n")}\n`, err: "" }
}

const commands = (manager: Manager): ReadonlyArray<Step> => [
  [`${manager} install`, ""],
  [
    manager === "npm" ? "npx eventfold gen" : `${manager} eventfold gen`,
    "writes typed events, folds, services and law tests"
  ],
  [`${manager} test`, "runs the law tests"],
  [`${manager} start`, "runs src/main.ts"]
]
