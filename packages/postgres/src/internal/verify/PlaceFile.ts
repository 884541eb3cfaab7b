/** The file that a verification leaves its place in, so that one that was broken off goes on. */
import { Effect, Result, Schema } from "effect"
import * as fs from "node:fs"
import { UsageError } from "../CommandLine.ts"
import { Place } from "./VerifyPlace.ts"
import { StoredJson } from "eventfold/store"

const attempt = <A>(file: string, what: string, step: () => A): Effect.Effect<A, UsageError> =>
  Effect.try({
    try: step,
    catch: (error) =>
      new UsageError({ message: `can't ${what} ${file}: ${error instanceof Error ? error.message : String(error)}` })
  })

/** What is in it; undefined where there is none. */
export const read = Effect.fnUntraced(function* (file: string) {
  if (!fs.existsSync(file)) return undefined
  const text = yield* attempt(file, "read", () => fs.readFileSync(file, "utf8"))
  const mend = "remove it to begin anew, or name another file"
  const json = Result.try({ try: (): unknown => StoredJson.parse(text), catch: String })
  if (Result.isFailure(json)) {
    return yield* new UsageError({ message: `${file} holds no place of a verification: ${json.failure}; ${mend}` })
  }
  const { format } = Object(json.success) as { readonly format?: unknown }
  if (typeof format === "number" && format > 1) {
    return yield* new UsageError({
      message: `${file} has format ${format}, which a newer Eventfold wrote; this one knows format 1: ${mend}`
    })
  }
  const place = Schema.decodeUnknownResult(Place)(json.success)
  return Result.isSuccess(place)
    ? place.success
    : yield* new UsageError({
        message: `${file} holds no place of a verification: ${place.failure.message.replace(/\s+/g, " ")}; ${mend}`
      })
})

/** Whether a place can be left there, which is better known before the work than after it. */
export const probe = (file: string): Effect.Effect<void, UsageError> =>
  attempt(file, "write", () => {
    const part = `${file}.${process.pid}.part`
    fs.writeFileSync(part, "")
    fs.rmSync(part)
  })

/** All of it or nothing: whoever is killed meanwhile leaves the one before. */
export const write = (file: string, place: Place): Effect.Effect<void, UsageError> =>
  attempt(file, "write", () => {
    const part = `${file}.${process.pid}.part`
    fs.writeFileSync(part, `${JSON.stringify(place)}\n`)
    fs.renameSync(part, file)
  })

export const remove = (file: string): Effect.Effect<void, UsageError> =>
  attempt(file, "remove", () => fs.rmSync(file, { force: true }))
