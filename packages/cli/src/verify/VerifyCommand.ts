/** `eventfold verify`: replays a store's log with the project's code. */
import { generatedModules } from "@eventfold/codegen"
import { SqlEventStore, Verification } from "@eventfold/postgres"
import { Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Command, Flag } from "effect/cli"
import { exitCodes } from "../commandline/ExitCodes.ts"
import { UsageError } from "../commandline/Failures.ts"
import type { Host } from "../commandline/Host.ts"
import { database, json } from "../commandline/Options.ts"
import { ProgressLine } from "../commandline/ProgressLine.ts"
import { endWith, host, inform, run, Session, write } from "../commandline/Session.ts"
import { grouped } from "../commandline/TextTable.ts"
import { connect } from "../store/Connection.ts"
import * as MismatchText from "./MismatchText.ts"
import { ProgressFile } from "./ProgressFile.ts"
import * as ReportText from "./ReportText.ts"

const flags = {
  ...database,
  progress: Flag.String("progress").pipe(
    Flag.withDescription(
      "A file for the progress: an interrupted verification continues from it. It is removed when all streams are done"
    ),
    Flag.optional
  ),
  connections: Flag.Int("connections").pipe(
    Flag.withDescription("Number of connections that read at once. Defaults to 4, and to 1 in a PGlite directory"),
    Flag.optional
  ),
  maxRows: Flag.Int("max-rows").pipe(
    Flag.withDescription(
      "Maximum number of rows of a projection in memory. A projection with more is reported, and not compared. Defaults to 1,000,000"
    ),
    Flag.withDefault(1_000_000)
  ),
  json
}

const checkRange = (name: string, value: number, min: number, max: number): Effect.Effect<void, UsageError> =>
  Number.isSafeInteger(value) && value >= min && value <= max
    ? Effect.void
    : Effect.fail(
        new UsageError({ message: `--${name} must be a whole number from ${min} to ${grouped(max)}, and is ${value}` })
      )

/** Time after which a verification reports progress to an output that is no terminal. */
const quietMs = 5_000

/** Shows how many events were replayed, and what for. */
class EventCounter {
  readonly #line: ProgressLine
  readonly #isTerminal: boolean
  readonly #began = performance.now()
  #done = 0
  #subject = "streams"
  #hasMismatches = false

  constructor(host: Host) {
    this.#line = new ProgressLine(host)
    this.#isTerminal = host.stderr.isTTY === true
  }

  readonly clear = Effect.suspend(() => this.#line.clear)

  mismatch(): void {
    this.#hasMismatches = true
  }

  add(events: number, subject: string): void {
    if (subject !== this.#subject) this.#done = 0
    this.#subject = subject
    this.#done += events
    const elapsedMs = performance.now() - this.#began
    if (!this.#isTerminal && elapsedMs <= quietMs) return
    const rate = (1_000 * this.#done) / Math.max(1, elapsedMs)
    const mismatches = this.#hasMismatches ? ", with mismatches" : ""
    this.#line.show(`${subject}: ${grouped(this.#done)} events, ${grouped(rate)}/s${mismatches}`)
  }
}

/**
 * Returns the progress to continue from: none if there is none, or if the folds have changed since.
 */
const continued = Effect.fnUntraced(function* (
  progress: Verification.Progress | undefined,
  name: string,
  aggregates: ReadonlyArray<ReturnType<typeof Verification.aggregate>>
) {
  if (progress === undefined) return undefined
  const folds = Object.fromEntries(aggregates.map(({ fingerprint, name }) => [name, fingerprint]))
  const names = [...Object.keys(folds), ...Object.keys(progress.folds)]
  const isSame = names.every((name) => folds[name] === progress.folds[name])
  yield* inform(
    isSame ? `continuing after ${progress.after}` : `${name} was written by other folds: all streams are replayed again`
  )
  return isSame ? progress : undefined
})

export const verifyCommand = Command.make("verify", flags, (options) =>
  run(
    Effect.gen(function* () {
      const isServer = getOrUndefined(options.dataDir) === undefined
      const connections = getOrUndefined(options.connections) ?? (isServer ? 4 : 1)
      yield* checkRange("connections", connections, 1, 64)
      yield* checkRange("max-rows", options.maxRows, 0, Number.MAX_SAFE_INTEGER)
      const current = yield* host
      const named = getOrUndefined(options.progress)
      const file = named === undefined ? undefined : new ProgressFile(named, current.cwd)
      const earlier = yield* file?.read ?? Effect.undefined
      yield* file?.probe ?? Effect.void
      const connector = yield* connect(options, true, connections + 1)
      const storeId = yield* SqlEventStore.storeId(connector, { schema: options.schema })
      if (earlier !== undefined && earlier.storeId !== storeId) {
        return yield* new UsageError({
          message: `${named} is of store ${earlier.storeId}, and this is store ${storeId}: remove it, or name another file`
        })
      }
      // After the database was found: the code of a project takes its time to load.
      const project = yield* Effect.promise(() => generatedModules(current.cwd))
      if ("problem" in project) {
        yield* endWith(exitCodes.schema)
        return yield* inform(project.problem)
      }
      const aggregates = project.aggregates.map((one) => Verification.aggregate(one))
      const from = yield* continued(earlier, named ?? "", aggregates)
      const counter = new EventCounter(current)
      const session = yield* Session
      const report = yield* Verification.run(
        connector,
        { aggregates, projections: project.projections },
        {
          schema: options.schema,
          connections,
          maxRows: options.maxRows,
          ...(from === undefined ? {} : { from }),
          onMismatch: (mismatch) => {
            counter.mismatch()
            const text = options.json ? `${JSON.stringify({ mismatch })}\n` : MismatchText.text(mismatch)
            const written = Effect.provideService(write(text), Session, session)
            return Effect.andThen(counter.clear, Effect.orDie(written))
          },
          onEvents: (events, subject) => counter.add(events, subject),
          // If the disk becomes full, the verification continues: the next run repeats a part of
          // it.
          ...(file === undefined
            ? {}
            : {
                onProgress: (progress) =>
                  Effect.catch(file.write(progress), ({ message }) =>
                    Effect.provideService(inform(message), Session, session)
                  )
              })
        }
      ).pipe(Effect.ensuring(counter.clear))
      yield* file?.remove ?? Effect.void
      yield* write(options.json ? `${JSON.stringify(ReportText.toJson(report))}\n` : ReportText.text(report))
      if (report.mismatches > 0) yield* endWith(exitCodes.failed)
    }),
    // 1 means that the log was replayed, and mismatches were found.
    exitCodes.internal
  )
).pipe(
  Command.withDescription(
    "Replay a store's whole log with the project's code, and write nothing: each event is decoded, each stream folded twice, and the states compared with the stored snapshots; rows of stored projections are rebuilt in memory and compared. Exits with 0 if nothing is wrong, 1 for mismatches, 70 if the log could not be replayed."
  ),
  Command.withExamples([
    {
      command: "eventfold verify --progress verify.json",
      description: "Of the store at DATABASE_URL, to continue if interrupted"
    }
  ])
)
