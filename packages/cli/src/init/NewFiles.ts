/** Writes files that aren't there yet: all of them, or none. */
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

interface File {
  readonly path: string
  readonly text: string
}

/** The folders that have to be made for a file, outermost first. */
const lacking = (folder: string): ReadonlyArray<string> =>
  existsSync(folder) ? [] : [...lacking(dirname(folder)), folder]

/** Takes back what it wrote where one of them can't be written. */
export const writeAllOrNone = (root: string, files: ReadonlyArray<File>): void => {
  const made: Array<() => void> = []
  try {
    for (const { path, text } of files) {
      const file = join(root, path)
      for (const folder of lacking(dirname(file))) {
        mkdirSync(folder)
        made.push(() => rmdirSync(folder))
      }
      // One that came meanwhile is somebody's, and nothing is written over.
      if (!existsSync(file)) made.push(() => rmSync(file, { force: true }))
      writeFileSync(file, text, { flag: "wx" })
    }
  } catch (error) {
    for (const undo of made.toReversed()) undo()
    throw error
  }
}
