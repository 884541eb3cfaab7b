/** `eventfold golden verify`: compares today's folds with the recorded states. */
import * as Golden from "@eventfold/testing/Golden"
import { Effect, Result } from "effect"
import { Command } from "effect/cli"
import { exitCodes } from "../commandline/ExitCodes.ts"
import { json } from "../commandline/Options.ts"
import { endWith, inform, run, write } from "../commandline/Session.ts"
import { chosenMembers, names } from "./ChosenMembers.ts"
import { type GoldenMember, readGolden } from "./GoldenFile.ts"

const verifyMember = Effect.fnUntraced(function* (member: GoldenMember, isJson: boolean) {
  const { shown, subject } = member
  const { name } = subject.aggregate
  const read = readGolden(member)
  if (Result.isFailure(read) || read.success === undefined) {
    yield* inform(
      Result.isFailure(read) ? read.failure : `${name} has no golden histories: eventfold golden record ${name}`
    )
    return yield* endWith(exitCodes.failed)
  }
  const golden = read.success
  const differences = Golden.differences(subject, golden)
  const count = golden.histories.length
  if (differences.length > 0) yield* endWith(exitCodes.failed)
  if (isJson) {
    return yield* write(`${JSON.stringify({ aggregate: name, file: shown, histories: count, differences })}\n`)
  }
  if (differences.length === 0) {
    const isChanged = golden.fingerprint !== subject.fold.fingerprint
    const note = isChanged ? `; the fold has changed since (eventfold golden record ${name} notes that)` : ""
    return yield* write(`${name}: ${count} ${count === 1 ? "history" : "histories"} as recorded${note}\n`)
  }
  for (const one of differences) yield* write(`${Golden.describe(name, one)}\n`)
  yield* inform(
    `${name} returns other states than were recorded. If the change is intended, give the reason: eventfold golden record ${name} --accept "…"`
  )
})

export const verifyCommand = Command.make("verify", { json, names }, (options) =>
  run(
    Effect.gen(function* () {
      for (const member of yield* chosenMembers(options.names)) yield* verifyMember(member, options.json)
    })
  )
).pipe(
  Command.withShortDescription("Compare today's folds with the recorded states"),
  Command.withDescription(
    "Fold the recorded histories, and compare each state with the recorded one. Reports the first event of each history after which the state differs, and exits with 1 then."
  )
)
