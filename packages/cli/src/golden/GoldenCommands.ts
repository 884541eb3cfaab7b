/**
 * `eventfold golden`: records histories with the states that they come to, and holds later folds to them. `@eventfold/codegen` has the
 * `eventfold` command and takes this one from here when it is asked for, so that whoever only generates code needs no test library.
 */
import { Effect, Result } from "effect"
import { getOrUndefined } from "effect/Option"
import { Argument, Command, Flag } from "effect/cli"
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import * as Golden from "./Golden.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/** An aggregate of the project, and where its golden histories are. */
export interface Member {
  readonly subject: Subject<unknown, Tagged, Tagged>
  readonly file: string
  /** The file as a person knows it. */
  readonly shown: string
}

/** The project's code can't be had: what to say, and what to end with. */
export interface Unusable {
  readonly problem: string
  readonly code: number
}

type Load = () => Promise<ReadonlyArray<Member> | Unusable>

const exitCodes = { different: 1, usage: 64 } as const

const names = Argument.String("aggregate").pipe(
  Argument.withDescription("Only of these aggregates; of all of them unless given"),
  Argument.variadic()
)
const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Say what came of it as JSON, on stdout"),
  Flag.withDefault(false)
)

const out = (text: string) => Effect.sync(() => void process.stdout.write(text))
const err = (text: string) => Effect.sync(() => void process.stderr.write(text))
const end = (code: number) => Effect.sync(() => void (process.exitCode = code))

/** The aggregates that are asked for; none, and it is said why, where that can't be. */
const chosen = Effect.fnUntraced(function* (load: Load, wanted: ReadonlyArray<string>) {
  const all = yield* Effect.promise(load)
  if ("problem" in all) {
    yield* err(`${all.problem}\n`)
    yield* end(all.code)
    return undefined
  }
  const known = all.map(({ subject }) => subject.aggregate.name)
  const unknown = wanted.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    yield* err(`there is no aggregate ${JSON.stringify(unknown)}: there is ${known.join(", ")}\n`)
    yield* end(exitCodes.usage)
    return undefined
  }
  return wanted.length === 0 ? all : all.filter(({ subject }) => wanted.includes(subject.aggregate.name))
})

const readMember = ({ file, shown, subject }: Member): Result.Result<Golden.Golden | undefined, string> => {
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
    : Result.fail(`${shown} holds golden histories of ${read.success.aggregate}, and is where those of ${name} belong`)
}

/** Whole, or not at all. */
const writeFile = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}

const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`

const typesOf = ({ histories }: Golden.Golden): number =>
  new Set(histories.flatMap((steps) => steps.map(({ event }) => String(Reflect.get(Object(event), "_tag"))))).size

const recordCommand = (load: Load) =>
  Command.make(
    "record",
    {
      accept: Flag.String("accept").pipe(
        Flag.withDescription(
          "Record other states over those that were recorded, for this reason, which the file keeps"
        ),
        Flag.optional
      ),
      histories: Flag.Int("histories").pipe(
        Flag.withDescription("How many histories a new file has; 5 unless given, and more where events need them"),
        Flag.withDefault(5)
      ),
      seed: Flag.Int("seed").pipe(Flag.withDescription("The same seed draws the same histories"), Flag.withDefault(1)),
      json,
      names
    },
    (options) =>
      Effect.gen(function* () {
        const why = getOrUndefined(options.accept)
        if (why?.trim() === "") {
          yield* err('--accept wants a reason: --accept "fees count from the day after"\n')
          return yield* end(exitCodes.usage)
        }
        if (options.histories < 1 || options.histories > 1_000) {
          yield* err(`--histories is ${options.histories}; it is a whole number from 1 to 1,000\n`)
          return yield* end(exitCodes.usage)
        }
        const members = yield* chosen(load, options.names)
        for (const member of members ?? []) {
          const { file, shown, subject } = member
          const { name } = subject.aggregate
          const before = readMember(member)
          if (Result.isFailure(before)) {
            yield* err(`${before.failure}\n`)
            yield* end(exitCodes.different)
            continue
          }
          const recorded = Golden.record(subject, before.success, options, why?.trim())
          const { added, differences, dropped, golden } = recorded
          if (differences.length > 0 && why === undefined) {
            for (const one of differences) yield* err(`${Golden.describe(name, one)}\n`)
            yield* err(
              `nothing was recorded of ${name}. Where that is meant, say why: eventfold golden record ${name} --accept "…"\n`
            )
            yield* end(exitCodes.different)
            continue
          }
          const text = Golden.write(golden)
          const isSame = before.success !== undefined && Golden.write(before.success) === text
          if (!isSame) writeFile(file, text)
          const all = Object.keys(subject.aggregate.events).length
          const parts = [
            `${counted(golden.histories.length, "history", "histories")}, ${typesOf(golden)} of ${counted(all, "type")} of events`,
            ...(added > 0 && before.success !== undefined ? [`${added} added`] : []),
            ...(dropped > 0
              ? [`${counted(dropped, "history", "histories")} left out that can no longer be folded`]
              : []),
            ...(differences.length > 0 ? [`${counted(differences.length, "history", "histories")} recorded anew`] : [])
          ]
          yield* options.json
            ? out(
                `${JSON.stringify({ aggregate: name, file: shown, isChanged: !isSame, added, dropped, recordedAnew: differences.length })}\n`
              )
            : out(`${name}: ${isSame ? "unchanged" : shown}, ${parts.join(", ")}\n`)
        }
      })
  ).pipe(
    Command.withShortDescription("Record histories and the states that today's folds come to"),
    Command.withDescription(
      "Record histories of random commands, and the states that today's folds come to after each event, in a file for each aggregate: commit them. Histories that are recorded already stay; where today's fold comes to another state, nothing is recorded but with --accept, and the reason is kept in the file."
    ),
    Command.withExamples([
      { command: "eventfold golden record", description: "Of all aggregates" },
      {
        command: 'eventfold golden record Account --accept "fees count from the day after"',
        description: "A change that is meant"
      }
    ])
  )

const verifyCommand = (load: Load) =>
  Command.make("verify", { json, names }, (options) =>
    Effect.gen(function* () {
      const members = yield* chosen(load, options.names)
      for (const member of members ?? []) {
        const { shown, subject } = member
        const { name } = subject.aggregate
        const read = readMember(member)
        if (Result.isFailure(read) || read.success === undefined) {
          yield* err(
            `${Result.isFailure(read) ? read.failure : `${name} has no golden histories: eventfold golden record ${name}`}\n`
          )
          yield* end(exitCodes.different)
          continue
        }
        const golden = read.success
        const differences = Golden.differences(subject, golden)
        if (options.json)
          yield* out(
            `${JSON.stringify({ aggregate: name, file: shown, histories: golden.histories.length, differences })}\n`
          )
        if (differences.length === 0) {
          const isOther = golden.fingerprint !== subject.fold.fingerprint
          const what = `${counted(golden.histories.length, "history", "histories")} as recorded`
          const note = isOther ? `; the fold is another since (eventfold golden record ${name} notes that)` : ""
          if (!options.json) yield* out(`${name}: ${what}${note}\n`)
          continue
        }
        yield* end(exitCodes.different)
        if (options.json) continue
        for (const one of differences) yield* out(`${Golden.describe(name, one)}\n`)
        yield* err(
          `${name} comes to other states than were recorded. Where that is meant, say why: eventfold golden record ${name} --accept "…"\n`
        )
      }
    })
  ).pipe(
    Command.withShortDescription("Hold today's folds to the recorded states"),
    Command.withDescription(
      "Fold the recorded histories, and compare each state with the one that was recorded. Says the first event of each history that comes to another state, and ends with 1 then."
    )
  )

/**
 * `golden` with `record` and `verify`, for `Command.withSubcommands` of a command line; it is given how the project's aggregates are loaded,
 * which the `eventfold` command does from the generated code.
 *
 * @example
 * ```ts
 * import { Command } from "effect/cli"
 * import { golden } from "@eventfold/testing/Commands"
 *
 * const app = Command.make("app").pipe(Command.withSubcommands([golden(async () => [])]))
 * // Command.run(app, { version: "1.0.0" })
 * ```
 */
export const golden = (load: Load) =>
  Command.make("golden").pipe(
    Command.withDescription("Golden histories: record what today's folds make of them, and hold later folds to it"),
    Command.withSubcommands([recordCommand(load), verifyCommand(load)])
  )
