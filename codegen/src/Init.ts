/** `eventfold init`: begins a project, and writes over nothing. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { basename, join, relative, resolve } from "node:path"
import type { Printed } from "./Invocation.ts"
import { exitCodes } from "./ExitCode.ts"
import { initFiles, type Manifest } from "./InitFiles.ts"
import { writeAll } from "./Output.ts"

const manifest: Manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

/** A folder's name as npm takes it for a package. */
const packageName = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "") || "app"

const commands = ["npm install", "npx eventfold gen", "npm test", "npm start"]

/** Writes the example to a folder, which may be there or not. */
export const init = (cwd: string, folder: string, { json }: { readonly json: boolean }): Printed => {
  const root = resolve(cwd, folder)
  if (existsSync(root) && !statSync(root).isDirectory()) {
    return { code: exitCodes.usage, out: "", err: `${folder} is a file; name a folder\n` }
  }
  const files = initFiles(packageName(root), manifest)
  const paths = Object.keys(files)
  const there = paths.filter((path) => existsSync(join(root, path)))
  if (there.length > 0) {
    const message = `${there.join(", ")} ${there.length === 1 ? "is" : "are"} there already, so nothing was written; name a new folder, as in \`eventfold init my-app\``
    const out = json
      ? `${JSON.stringify({ command: "init", exitCode: exitCodes.stale, there, summary: message })}\n`
      : ""
    return { code: exitCodes.stale, out, err: json ? "" : `${message}\n` }
  }
  writeAll(
    root,
    paths.map((path) => ({ path, text: files[path] ?? "" }))
  )
  // What is not to be committed is the person's to say, where they have said it.
  const ignore = join(root, ".gitignore")
  if (!existsSync(ignore)) writeFileSync(ignore, "node_modules\n")
  const enter = relative(cwd, root)
  const next = [...(enter === "" ? [] : [`cd ${enter}`]), ...commands]
  const summary = `${paths.length} files written`
  if (json) {
    return {
      code: exitCodes.ok,
      out: `${JSON.stringify({ command: "init", exitCode: 0, folder: root, files: paths, next, summary })}\n`,
      err: ""
    }
  }
  const why: Readonly<Record<string, string>> = {
    "npm install": "",
    "npx eventfold gen": "writes typed events, folds, services and law tests",
    "npm test": "runs the law tests",
    "npm start": "runs src/main.ts"
  }
  const width = Math.max(...next.map((command) => command.length))
  const lines = next.map((command) => `  ${command.padEnd(width)}  ${why[command] ?? ""}`.trimEnd())
  return {
    code: exitCodes.ok,
    out: `${paths.map((path) => `wrote ${path}`).join("\n")}\n\nNext:\n\n${lines.join("\n")}\n`,
    err: ""
  }
}
