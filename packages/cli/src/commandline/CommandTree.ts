/** All commands, for Effect's parser. */
import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { explainCommand } from "../generation/ExplainCommand.ts"
import { initCommand } from "../init/InitCommand.ts"
import { groupNames, type LoadedCommand } from "./CommandGroups.ts"
import { formats, type PlainCommand } from "./PlainCommand.ts"
import { Session } from "./Session.ts"

const switchFlag = (name: string, { alias, description }: PlainCommand["switches"][string]) => {
  const flag = Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withDescription(description))
  return alias === undefined ? flag : Flag.withAlias(flag, alias)
}

const parsed = ({ description, examples, name, run, switches }: PlainCommand) =>
  Command.make(
    name,
    {
      switches: Object.fromEntries(Object.entries(switches).map(([name, one]) => [name, switchFlag(name, one)])),
      format: Flag.Literals("format", formats).pipe(
        Flag.withDefault("text"),
        Flag.withDescription("text for a terminal, json for a program (one object a line), github for annotations")
      ),
      json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("The same as --format json"))
    },
    ({ format, json, switches }) =>
      Session.use(({ end, host }) => {
        const given = new Set(Object.keys(switches).filter((name) => switches[name] === true))
        return Effect.promise(async () => end(await run({ format: json ? "json" : format, switches: given }, host)))
      })
  ).pipe(Command.withDescription(description), Command.withExamples(examples))

/** Names of all commands, given the plain ones. */
export const commandNames = (plain: ReadonlyArray<PlainCommand>): ReadonlySet<string> =>
  new Set(["init", "explain", ...plain.map(({ name }) => name), ...groupNames])

export const commandTree = (plain: ReadonlyArray<PlainCommand>, groups: ReadonlyArray<LoadedCommand>) =>
  Command.make("eventfold").pipe(
    Command.withDescription(
      "Declare events once: typed events, an exhaustive fold, projections, and the proof that replay is deterministic"
    ),
    Command.withSubcommands([initCommand, ...plain.map(parsed), explainCommand, ...groups])
  )
