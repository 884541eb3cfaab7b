/**
 * The run of one command by Effect's parser: its host, its output, and the exit code that it ends
 * with.
 */
import { Context, Effect, References, type Scope } from "effect"
import type { EventStoreError } from "eventfold"
import { exitCodes, type ExitCode } from "./ExitCodes.ts"
import {
  type FileFailed,
  fileFailed,
  type NotFound,
  type NotRebuilt,
  OutputClosed,
  type UsageError
} from "./Failures.ts"
import { type Host, isClosed } from "./Host.ts"

export interface Service {
  readonly host: Host
  /** Sets the exit code of the command. */
  readonly end: (code: ExitCode) => void
}

export class Session extends Context.Service<Session, Service>()("@eventfold/cli/Session") {}

export const host: Effect.Effect<Host, never, Session> = Session.useSync(({ host }) => host)

/** Sets the exit code of the command, which continues. */
export const endWith = (code: ExitCode): Effect.Effect<void, never, Session> => Session.useSync(({ end }) => end(code))

/** Writes text to the standard output, at the pace of its reader. */
export const write = (text: string): Effect.Effect<void, FileFailed | OutputClosed, Session> =>
  Session.use(({ host: { stdout } }) =>
    Effect.callback((resume) => {
      stdout.write(text, (cause) => {
        if (cause === null || cause === undefined) resume(Effect.void)
        else if (isClosed(cause)) resume(Effect.fail(new OutputClosed({ message: "the output was closed" })))
        else resume(Effect.fail(fileFailed("write the output", cause)))
      })
    })
  )

/** Writes a line to the standard error output. */
export const inform = (line: string): Effect.Effect<void, never, Session> =>
  Session.useSync(({ host: { stderr } }) => void stderr.write(`${line}\n`))

/**
 * Reports what a command did: a line for the operator, and JSON for a program if it asked for that.
 */
export const report = Effect.fnUntraced(function* (isJson: boolean, line: string, value: object) {
  yield* inform(line)
  if (isJson) yield* write(`${JSON.stringify(value)}\n`)
})

type Failure = EventStoreError.EventStoreError | FileFailed | NotFound | NotRebuilt | OutputClosed | UsageError

/**
 * Runs a command: prints its failure in one line, and sets the exit code. `failed` is the code
 * unless the usage is wrong.
 */
export const run = (
  effect: Effect.Effect<void, Failure, Scope.Scope | Session>,
  failed: ExitCode = exitCodes.failed
): Effect.Effect<void, never, Session> =>
  effect.pipe(
    Effect.scoped,
    // The standard output may be the file that the command writes.
    Effect.provideService(References.LogToStderr, true),
    Effect.catch((error) =>
      Effect.andThen(
        endWith(error._tag === "UsageError" ? exitCodes.usage : failed),
        error._tag === "OutputClosed" ? Effect.void : inform(error.message)
      )
    )
  )
