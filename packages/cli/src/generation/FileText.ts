/** Reads the text of a file. */
import { readFileSync, statSync } from "node:fs"

/** Returns the text of a file, or `undefined` if there is no such file. */
export const fileText = (path: string): string | undefined =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, "utf8") : undefined
