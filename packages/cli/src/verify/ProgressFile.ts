/**
 * The file that holds the progress of a verification, so that one that was interrupted can
 * continue.
 */
import { Verification } from "@eventfold/postgres"
import { Effect, Result, Schema } from "effect"
import { StoredJson } from "eventfold/tables"
import * as fs from "node:fs"
import { resolve } from "node:path"
import { UsageError } from "../commandline/Failures.ts"

export class ProgressFile {
  /** The name of the file as the command line has it. */
  readonly name: string
  readonly #path: string

  constructor(name: string, cwd: string) {
    this.name = name
    this.#path = resolve(cwd, name)
  }

  #attempt<A>(action: string, step: () => A): Effect.Effect<A, UsageError> {
    return Effect.try({
      try: step,
      catch: (error) => {
        const reason = error instanceof Error ? error.message : String(error)
        return new UsageError({ message: `can't ${action} ${this.name}: ${reason}` })
      }
    })
  }

  #unreadable(problem: string): UsageError {
    return new UsageError({ message: `${this.name} ${problem}: remove it to start again, or name another file` })
  }

  #parse(text: string): Result.Result<Verification.Progress, UsageError> {
    const json = Result.try({ try: (): unknown => StoredJson.parse(text), catch: String })
    const noProgress = (reason: string) =>
      Result.fail(this.#unreadable(`does not hold the progress of a verification (${reason})`))
    if (Result.isFailure(json)) return noProgress(json.failure)
    const { format } = Object(json.success) as { readonly format?: unknown }
    if (typeof format === "number" && format > 1) {
      return Result.fail(
        this.#unreadable(`has format ${format}, which a newer Eventfold wrote; this one knows format 1`)
      )
    }
    const progress = Schema.decodeUnknownResult(Verification.Progress)(json.success)
    return Result.isSuccess(progress)
      ? Result.succeed(progress.success)
      : noProgress(progress.failure.message.replace(/\s+/g, " "))
  }

  /** Reads the progress. Returns `undefined` if the file does not exist. */
  readonly read: Effect.Effect<Verification.Progress | undefined, UsageError> = Effect.suspend(() =>
    fs.existsSync(this.#path)
      ? Effect.flatMap(
          this.#attempt("read", () => fs.readFileSync(this.#path, "utf8")),
          (text) => Effect.fromResult(this.#parse(text))
        )
      : Effect.undefined
  )

  /** Fails if the file cannot be written, before the work instead of after it. */
  readonly probe: Effect.Effect<void, UsageError> = Effect.suspend(() =>
    this.#attempt("write", () => {
      fs.writeFileSync(this.#part, "")
      fs.rmSync(this.#part)
    })
  )

  get #part(): string {
    return `${this.#path}.${process.pid}.part`
  }

  /** Replaces the file at once: a command that is killed leaves the file before. */
  write(progress: Verification.Progress): Effect.Effect<void, UsageError> {
    return this.#attempt("write", () => {
      fs.writeFileSync(this.#part, `${JSON.stringify(progress)}\n`)
      fs.renameSync(this.#part, this.#path)
    })
  }

  readonly remove: Effect.Effect<void, UsageError> = Effect.suspend(() =>
    this.#attempt("remove", () => fs.rmSync(this.#path, { force: true }))
  )
}
