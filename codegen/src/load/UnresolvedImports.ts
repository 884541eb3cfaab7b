/** Reports imports that can't be resolved. */
import { existsSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { codes, type Diagnostic, positioned, type Problem } from "../report/Diagnostic.ts"
import { importOf, type LoadContext } from "./LoadContext.ts"
import * as PathAliases from "../syntax/PathAliases.ts"
import { packageFolder } from "../syntax/Resolution.ts"
import * as Workspace from "../syntax/Workspace.ts"

/** Returns the specifier by which a file imports another file. */
const relativePath = (from: string, to: string): string => {
  const path = relative(dirname(from), to).replaceAll("\\", "/")
  return path.startsWith(".") ? path : `./${path}`
}

const withoutExtension = (specifier: string): string => specifier.replace(/\.[cm]?js$/, "")

/** The import of a path without a file. */
const noFile = (path: string, specifier: string): Problem => {
  const stem = resolve(dirname(path), withoutExtension(specifier))
  const ending = [".ts", "/index.ts"].find((one) => existsSync(stem + one))
  return {
    message: `imports ${specifier}, which does not exist`,
    fix:
      ending === undefined
        ? "write the path of an existing file"
        : `write ${JSON.stringify(withoutExtension(specifier) + ending)}: Node needs the complete path`
  }
}

const relativeFix = "write the relative path of the file"

/** The import of a package, or of a specifier that looks like a package. */
const noPackage = (path: string, specifier: string): Problem => {
  const parts = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1)
  const name = parts.join("/")
  const alias = PathAliases.find(path, specifier)
  if (alias !== undefined) {
    const via = alias.name === "baseUrl" ? "`baseUrl`" : `the alias ${JSON.stringify(alias.name)}`
    const fix = alias.to === undefined ? relativeFix : `write ${JSON.stringify(relativePath(path, alias.to))}`
    return {
      message: `imports ${specifier} by ${via} of tsconfig.json, which Node does not support`,
      fix: `${fix}; for a short name, declare one that begins with # under \`imports\` in package.json`
    }
  }
  if (specifier.startsWith("#")) {
    return {
      message: `imports ${specifier}, which \`imports\` of the nearest package.json does not resolve to a file`,
      fix: `declare it there, such as \`"imports": { "#shared/*": "./shared/*" }\`, or ${relativeFix}`
    }
  }
  // Such as `@/shared` and `~/shared`: no package can have such a name.
  if (!/^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name) || name.startsWith("~")) {
    return { message: `imports ${specifier}, which is not a valid name of a package`, fix: relativeFix }
  }
  const folder = packageFolder(path, name)
  if (folder === undefined) {
    const own = Workspace.unlinked(path, name)
    if (own !== undefined) return { message: `imports ${specifier}, ${own.what}`, fix: own.fix }
    return { message: `imports ${specifier}, which is not installed`, fix: `npm install ${name}` }
  }
  return {
    message: `imports ${specifier}, which the package ${name} does not export`,
    fix: `import a path that \`exports\` in its package.json lists${folder.includes("node_modules") ? "" : ", or add it there"}`
  }
}

/** Returns the problem of an import that can't be resolved. */
export const notFound = (context: LoadContext, path: string, specifier: string): Diagnostic => ({
  code: codes.threw,
  file: context.pathOf(path),
  ...positioned(importOf(context, path, specifier)?.at),
  ...(/^[./]/.test(specifier) ? noFile(path, specifier) : noPackage(path, specifier))
})
