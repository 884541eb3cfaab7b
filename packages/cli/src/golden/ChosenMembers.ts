/** The aggregates that a golden command works on. */
import { lawSubjects } from "@eventfold/codegen"
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { exitCodes } from "../commandline/ExitCodes.ts"
import { endWith, host, inform } from "../commandline/Session.ts"
import type { GoldenMember } from "./GoldenFile.ts"

export const names = Argument.String("aggregate").pipe(
  Argument.withDescription("Only these aggregates. Defaults to all"),
  Argument.variadic()
)

/**
 * Loads the aggregates of the project. Returns none, and reports the problem, if one that is wanted
 * does not exist.
 */
export const chosenMembers = Effect.fnUntraced(function* (wanted: ReadonlyArray<string>) {
  const none: ReadonlyArray<GoldenMember> = []
  const { cwd } = yield* host
  const loaded = yield* Effect.promise(() => lawSubjects(cwd))
  if ("problem" in loaded) {
    yield* inform(loaded.problem)
    yield* endWith(exitCodes.schema)
    return none
  }
  // Generated code, so a subject is one of this version of `@eventfold/testing`.
  const all = loaded as ReadonlyArray<GoldenMember>
  const known = all.map(({ subject }) => subject.aggregate.name)
  const unknown = wanted.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    yield* inform(`there is no aggregate ${JSON.stringify(unknown)}: the project has ${known.join(", ")}`)
    yield* endWith(exitCodes.usage)
    return none
  }
  return wanted.length === 0 ? all : all.filter(({ subject }) => wanted.includes(subject.aggregate.name))
})
