/** The file of an aggregate's golden histories. */
import type { LawSubject } from "@eventfold/codegen"
import * as Golden from "@eventfold/testing/Golden"
import { Result } from "effect"
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** An aggregate of the project with the subject of its laws. */
export interface GoldenMember extends LawSubject {
  readonly subject: Parameters<typeof Golden.differences>[0]
}

/** Reads golden histories. Returns `undefined` if there are none, and a problem if the file is not of the aggregate. */
export const readGolden = ({
  file,
  shown,
  subject
}: GoldenMember): Result.Result<Golden.Golden | undefined, string> => {
  if (!existsSync(file)) return Result.succeed(undefined)
  const text = Result.try({
    try: () => readFileSync(file, "utf8"),
    catch: (error) => `can't read ${shown}: ${error instanceof Error ? error.message : String(error)}`
  })
  if (Result.isFailure(text)) return Result.fail(text.failure)
  const read = Golden.read(text.success, shown)
  if (Result.isFailure(read)) return Result.fail(read.failure.message)
  const { name } = subject.aggregate
  return read.success.aggregate === name
    ? Result.succeed(read.success)
    : Result.fail(`${shown} holds golden histories of ${read.success.aggregate}, instead of those of ${name}`)
}

/** Replaces the file at once. */
export const writeGolden = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}
