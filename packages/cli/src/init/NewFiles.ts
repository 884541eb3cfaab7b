/** Writes new files: all of them, or none. */
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

interface File {
  readonly path: string
  readonly text: string
}

/** Returns the folders that have to be created, outermost first. */
const missingFolders = (folder: string): ReadonlyArray<string> =>
  existsSync(folder) ? [] : [...missingFolders(dirname(folder)), folder]

/** Writes files, and deletes those that it wrote if one of them can't be written. Never overwrites a file. */
export const writeAllOrNone = (root: string, files: ReadonlyArray<File>): void => {
  const undoSteps: Array<() => void> = []
  try {
    for (const { path, text } of files) {
      const file = join(root, path)
      for (const folder of missingFolders(dirname(file))) {
        mkdirSync(folder)
        undoSteps.push(() => rmdirSync(folder))
      }
      // If the file was created in the meantime, it is not deleted, and the write fails.
      if (!existsSync(file)) undoSteps.push(() => rmSync(file, { force: true }))
      writeFileSync(file, text, { flag: "wx" })
    }
  } catch (error) {
    for (const undo of undoSteps.toReversed()) undo()
    throw error
  }
}
