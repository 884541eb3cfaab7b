/** What is wrong with an import that leads nowhere, and what to write. */
import { existsSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import { at, type Context, importOf } from "./LoadContext.ts"
import * as PathAliases from "../syntax/PathAliases.ts"
import { packageFolder } from "../syntax/Resolution.ts"
import * as Workspace from "../syntax/Workspace.ts"

/** The path of a file as an import in another file says it. */
const relativePath = (from: string, to: string): string => {
  const path = relative(dirname(from), to).replaceAll("\\", "/")
  return path.startsWith(".") ? path : `./${path}`
}

/** What is wrong with an import of a path that leads to no file. */
const noFile = (path: string, specifier: string): Pick<Diagnostic, "message" | "fix"> => {
  const stem = resolve(dirname(path), specifier.replace(/\.[cm]?js$/, ""))
  const ending = [".ts", "/index.ts"].find((one) => existsSync(stem + one))
  return {
    message: `imports ${specifier}, and there is no such file`,
    fix:
      ending === undefined
        ? "write the path of a file that is there"
        : `write ${JSON.stringify(specifier.replace(/\.[cm]?js$/, "") + ending)}: Node takes paths as they are`
  }
}

const byPath = "write the relative path of the file, which Node takes as it is"

/** What is wrong with an import of a package, or of what looks like one. */
const noPackage = (path: string, specifier: string): Pick<Diagnostic, "message" | "fix"> => {
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")
  const alias = PathAliases.find(path, specifier)
  if (alias !== undefined) {
    const of = alias.name === "baseUrl" ? "`baseUrl`" : `the alias ${JSON.stringify(alias.name)}`
    const to = alias.to === undefined ? undefined : relativePath(path, alias.to)
    return {
      message: `imports ${specifier} by ${of} of tsconfig.json, which Node doesn't follow`,
      fix: `${to === undefined ? byPath : `write ${JSON.stringify(to)}`}; for a short name, declare one that begins with # under \`imports\` in package.json`
    }
  }
  if (specifier.startsWith("#")) {
    return {
      message: `imports ${specifier}, which \`imports\` of the nearest package.json doesn't lead to a file`,
      fix: `declare it there, as in \`"imports": { "#shared/*": "./shared/*" }\`, or ${byPath}`
    }
  }
  // Such as `@/shared` and `~/shared`: nothing of that name can be installed.
  if (!/^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name) || name.startsWith("~")) {
    return { message: `imports ${specifier}, which is no name of a package`, fix: byPath }
  }
  const folder = packageFolder(path, name)
  if (folder === undefined) {
    const own = Workspace.unlinked(path, name)
    if (own !== undefined) return { message: `imports ${specifier}, ${own.what}`, fix: own.fix }
    return { message: `imports ${specifier}, which is not installed here`, fix: `npm install ${name}` }
  }
  return {
    message: `imports ${specifier}, which the package ${name} doesn't export`,
    fix: `import what \`exports\` in its package.json names${folder.includes("node_modules") ? "" : ", or add it there"}`
  }
}

export const notFound = (context: Context, path: string, specifier: string): Diagnostic => ({
  code: codes.threw,
  file: context.pathOf(path),
  ...at(importOf(context, path, specifier)?.at),
  ...(/^[./]/.test(specifier) ? noFile(path, specifier) : noPackage(path, specifier))
})
