/** Distinguishes files of the project from files of installed packages. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { manifestAt } from "../syntax/Texts.ts"

const knownFolders = new Map<string, boolean>()

/**
 * `true` if the nearest manifest above a folder is that of an Eventfold package, which may be
 * linked, not installed.
 */
const isEventfold = (folder: string): boolean => {
  const before = knownFolders.get(folder)
  if (before !== undefined) return before
  const manifest = join(folder, "package.json")
  const found = existsSync(manifest)
    ? isEventfoldName(manifestAt(manifest) ?? {})
    : dirname(folder) !== folder && isEventfold(dirname(folder))
  knownFolders.set(folder, found)
  return found
}

const isEventfoldName = ({ name = "" }: { readonly name?: string }): boolean =>
  name === "eventfold" || name.startsWith("@eventfold/")

/** `true` if a file, by its absolute path, is neither in an installed package nor in Eventfold. */
export const isOfProject = (path: string): boolean =>
  !/[\\/]node_modules[\\/]/.test(path) && !isEventfold(dirname(path))
