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
  const file = readGolden(member)
  const verified = Result.flatMap(file, (file) =>
    file === undefined
      ? Result.fail(`${name} has no golden histories: eventfold golden record ${name}`)
      : Golden.verify(subject, file)
  )
  if (Result.isFailure(verified)) {
    yield* inform(verified.failure)
    return yield* endWith(exitCodes.failed)
  }
  const { descriptions, differences, histories, isSameFold } = verified.success
  if (differences.length > 0) yield* endWith(exitCodes.failed)
  if (isJson) {
    return yield* write(`${JSON.stringify({ aggregate: name, file: shown, histories, differences })}\n`)
  }
  if (differences.length === 0) {
    const note = isSameFold ? "" : `; the fold has changed since (eventfold golden record ${name} notes that)`
    return yield* write(`${name}: ${histories} ${histories === 1 ? "history" : "histories"} as recorded${note}\n`)
  }
  for (const one of descriptions) yield* write(`${one}\n`)
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
