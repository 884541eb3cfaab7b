/** Writes files that do not exist yet: all of them, or none. */
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

interface File {
  readonly path: string
  readonly text: string
}

/** Returns the folders that have to be created for a file, the outermost first. */
const missingFolders = (folder: string): ReadonlyArray<string> =>
  existsSync(folder) ? [] : [...missingFolders(dirname(folder)), folder]

/** Writes all files, or removes those that it wrote if one cannot be written. */
export const writeAllOrNone = (root: string, files: ReadonlyArray<File>): void => {
  const undoSteps: Array<() => void> = []
  try {
    for (const { path, text } of files) {
      const file = join(root, path)
      for (const folder of missingFolders(dirname(file))) {
        mkdirSync(folder)
        undoSteps.push(() => rmdirSync(folder))
      }
      // A file that another program has created since is kept: the exclusive write below fails
      // then.
      if (!existsSync(file)) undoSteps.push(() => rmSync(file, { force: true }))
      writeFileSync(file, text, { flag: "wx" })
    }
  } catch (error) {
    for (const undo of undoSteps.toReversed()) undo()
    throw error
  }
}
