/** Whose a file is: the project's, or an installed package's. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { manifestAt } from "../syntax/Texts.ts"

const known = new Map<string, boolean>()

/** Whether the nearest manifest above a folder is one of Eventfold's own, which may be linked instead of installed. */
const isOurs = (folder: string): boolean => {
  const before = known.get(folder)
  if (before !== undefined) return before
  const manifest = join(folder, "package.json")
  const found = existsSync(manifest)
    ? isOurName(manifestAt(manifest) ?? {})
    : dirname(folder) !== folder && isOurs(dirname(folder))
  known.set(folder, found)
  return found
}

const isOurName = ({ name = "" }: { readonly name?: string }): boolean =>
  name === "eventfold" || name.startsWith("@eventfold/")

/** Whether a file is the project's own: neither in an installed package, nor in Eventfold. Takes an absolute path. */
export const isOfProject = (path: string): boolean => !/[\\/]node_modules[\\/]/.test(path) && !isOurs(dirname(path))
