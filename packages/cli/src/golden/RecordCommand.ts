/** `eventfold golden record`: records histories and their states. */
import * as Golden from "@eventfold/testing/Golden"
import { Effect, Result } from "effect"
import { getOrUndefined } from "effect/Option"
import { Command, Flag } from "effect/cli"
import { exitCodes } from "../commandline/ExitCodes.ts"
import { UsageError } from "../commandline/Failures.ts"
import { json } from "../commandline/Options.ts"
import { endWith, inform, run, write } from "../commandline/Session.ts"
import { counted } from "../commandline/TextTable.ts"
import { chosenMembers, names } from "./ChosenMembers.ts"
import { type GoldenMember, readGolden, writeGolden } from "./GoldenFile.ts"

const histories = (count: number): string => `${count} ${count === 1 ? "history" : "histories"}`

interface Options {
  readonly histories: number
  readonly seed: number
  readonly json: boolean
}

const recordMember = Effect.fnUntraced(function* (member: GoldenMember, options: Options, reason: string | undefined) {
  const { file, shown, subject } = member
  const { name } = subject.aggregate
  const before = readGolden(member)
  const recorded = Result.flatMap(before, (before) =>
    Golden.record(subject, before, {
      histories: options.histories,
      seed: options.seed,
      ...(reason === undefined ? {} : { reason })
    })
  )
  if (Result.isFailure(recorded)) {
    yield* inform(recorded.failure)
    return yield* endWith(exitCodes.failed)
  }
  const isNew = Result.isSuccess(before) && before.success === undefined
  const { added, differences, dropped, isChanged, text, ...counts } = recorded.success
  if (differences.length > 0 && reason === undefined) {
    for (const one of differences) yield* inform(one)
    yield* inform(
      `nothing was recorded of ${name}. If the change is intended, give the reason: eventfold golden record ${name} --accept "…"`
    )
    return yield* endWith(exitCodes.failed)
  }
  if (isChanged) writeGolden(file, text)
  if (options.json) {
    const result = { aggregate: name, file: shown, isChanged, added, dropped, recordedAnew: differences.length }
    return yield* write(`${JSON.stringify(result)}\n`)
  }
  const types = Object.keys(subject.aggregate.events).length
  const parts = [
    `${histories(counts.histories)}, ${counts.types} of ${counted(types, "event type")}`,
    ...(added > 0 && !isNew ? [`${added} added`] : []),
    ...(dropped > 0 ? [`${histories(dropped)} dropped that can no longer be folded`] : []),
    ...(differences.length > 0 ? [`${histories(differences.length)} recorded again`] : [])
  ]
  yield* write(`${name}: ${isChanged ? shown : "unchanged"}, ${parts.join(", ")}\n`)
})

const maxHistories = 1_000

export const recordCommand = Command.make(
  "record",
  {
    accept: Flag.String("accept").pipe(
      Flag.withDescription("Replace recorded states that differ, for this reason. The file keeps the reason"),
      Flag.optional
    ),
    histories: Flag.Int("histories").pipe(
      Flag.withDescription("Number of histories of a new file; more if some events need them. Defaults to 5"),
      Flag.withDefault(5)
    ),
    seed: Flag.Int("seed").pipe(
      Flag.withDescription("The seed of random histories: the same seed draws the same ones. Defaults to 1"),
      Flag.withDefault(1)
    ),
    json,
    names
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const reason = getOrUndefined(options.accept)?.trim()
        if (reason === "") {
          return yield* new UsageError({
            message: '--accept needs a reason: --accept "fees count from the day after"'
          })
        }
        if (options.histories < 1 || options.histories > maxHistories) {
          return yield* new UsageError({
            message: `--histories must be a whole number from 1 to 1,000, and is ${options.histories}`
          })
        }
        for (const member of yield* chosenMembers(options.names)) yield* recordMember(member, options, reason)
      })
    )
).pipe(
  Command.withShortDescription("Record histories and the states of today's folds"),
  Command.withDescription(
    "Record histories of random commands, and the state of today's folds after each event, in a file for each aggregate. Commit these files. Recorded histories stay; if today's fold returns another state, nothing is recorded without --accept, and the file keeps the reason."
  ),
  Command.withExamples([
    { command: "eventfold golden record", description: "Of all aggregates" },
    {
      command: 'eventfold golden record Account --accept "fees count from the day after"',
      description: "Accept an intended change"
    }
  ])
)
