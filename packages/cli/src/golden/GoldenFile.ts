/** The file of an aggregate's golden histories. */
import type { Laws } from "@eventfold/testing"
import { Result } from "effect"
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** An aggregate of the project with the subject of its laws. */
export interface GoldenMember {
  readonly subject: Laws.Subject<unknown, Laws.Tagged, Laws.Tagged>
  /** Absolute path of the file of its golden histories. */
  readonly file: string
  /** Path of that file, relative to the root, for messages. */
  readonly shown: string
}

interface GoldenFile {
  /** The name of the file in messages. */
  readonly name: string
  readonly text: string
}

/** Reads the file of golden histories. Returns `undefined` if there is none. */
export const readGolden = ({ file, shown }: GoldenMember): Result.Result<GoldenFile | undefined, string> => {
  if (!existsSync(file)) return Result.succeed(undefined)
  return Result.try({
    try: () => ({ name: shown, text: readFileSync(file, "utf8") }),
    catch: (error) => `can't read ${shown}: ${error instanceof Error ? error.message : String(error)}`
  })
}

/** Replaces the file at once. */
export const writeGolden = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}
