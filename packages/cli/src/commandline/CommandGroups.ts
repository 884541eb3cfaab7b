/**
 * The commands that need a package which a project may lack: code is generated in projects without
 * a store. A group is one folder of `src`: a command with subcommands, or one command without
 * (`verify`). It is loaded when one of its commands runs. The list of all commands shows a
 * placeholder with the same description.
 */
import * as Command from "effect/cli/Command"
import { createRequire } from "node:module"
import type { Session } from "./Session.ts"

interface GroupOptions<Name extends string, Input> {
  readonly name: Name
  readonly description: string
  /** The module that the commands import. */
  readonly needs: string
  readonly load: () => Promise<Command.Command<Name, Input, {}, never, Session>>
}

type GroupCommand<Name extends string> = Command.Command<Name, never, {}, never, Command.Environment | Session>

const group = <const Name extends string, Input>({ description, load, name, needs }: GroupOptions<Name, Input>) => ({
  name,
  needs,
  placeholder: (): GroupCommand<Name> => Command.make(name).pipe(Command.withDescription(description)),
  load: async (): Promise<GroupCommand<Name>> => {
    const loaded = await load()
    // A command without subcommands has a longer description of its own.
    return loaded.description === undefined
      ? Command.withDescription(loaded, description)
      : Command.withShortDescription(loaded, description)
  }
})

const groups = [
  group({
    name: "store",
    description: "Back up, restore and copy a store's log, print the grants of a role, and drop snapshots",
    needs: "@eventfold/postgres",
    load: async () => (await import("../store/StoreCommands.ts")).storeCommands
  }),
  group({
    name: "projections",
    description: "Operate projections in tables: status, parked keys, pause, rebuild, rollback",
    needs: "@eventfold/postgres",
    load: async () => (await import("../projections/ProjectionsCommands.ts")).projectionsCommands
  }),
  group({
    name: "reactions",
    description: "Operate reactions: status, parked events, pause, retry",
    needs: "@eventfold/postgres",
    load: async () => (await import("../reactions/ReactionsCommands.ts")).reactionsCommands
  }),
  group({
    name: "verify",
    description: "Replay a store's whole log, and compare states, snapshots and rows",
    needs: "@eventfold/postgres",
    load: async () => (await import("../verify/VerifyCommand.ts")).verifyCommand
  }),
  group({
    name: "golden",
    description: "Record golden histories, and compare later folds with them",
    needs: "@eventfold/testing/Golden",
    load: async () => (await import("../golden/GoldenCommands.ts")).goldenCommands
  })
] as const

type CommandGroup = (typeof groups)[number]

/** The commands of a group, or its placeholder. */
export type LoadedCommand = Awaited<ReturnType<CommandGroup["load"]>>

/** Names of the groups. */
export const groupNames: ReadonlyArray<string> = groups.map(({ name }) => name)

/** A problem that keeps a group from being loaded. */
export interface Unloadable {
  readonly problem: string
  /** `true` if the user can fix it by installing a package. */
  readonly isToInstall: boolean
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

const packageOf = (specifier: string): string => specifier.split("/").slice(0, 2).join("/")

/** Finds out why the package of a group cannot be imported, without importing it. */
const missing = ({ name, needs }: CommandGroup): Unloadable | undefined => {
  const packageName = packageOf(needs)
  try {
    createRequire(import.meta.url).resolve(needs)
    return undefined
  } catch (error) {
    const problem =
      codeOf(error) === "ERR_PACKAGE_PATH_NOT_EXPORTED"
        ? `the installed ${packageName} is too old for \`eventfold ${name}\``
        : `\`eventfold ${name}\` needs ${packageName}, which is not installed in this project`
    return { problem: `${problem}: npm install ${packageName}`, isToInstall: true }
  }
}

const load = async (group: CommandGroup): Promise<LoadedCommand | Unloadable> => {
  const problem = missing(group)
  if (problem !== undefined) return problem
  try {
    return await group.load()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const packageName = packageOf(group.needs)
    // Node throws it for an import of a name that a module does not export.
    return error instanceof SyntaxError && message.includes("does not provide an export named")
      ? {
          problem: `the installed ${packageName} does not fit \`eventfold ${group.name}\`: npm install ${packageName}@latest`,
          isToInstall: true
        }
      : { problem: `${packageName} can't be loaded: ${message}`, isToInstall: false }
  }
}

const isProblem = (loaded: LoadedCommand | Unloadable): loaded is Unloadable => "problem" in loaded

/** Returns all groups, with the commands of one of them; the other groups are placeholders. */
export const withGroup = async (name: string): Promise<ReadonlyArray<LoadedCommand> | Unloadable> => {
  const loaded: Array<LoadedCommand> = []
  for (const group of groups) {
    const one = group.name === name ? await load(group) : group.placeholder()
    if (isProblem(one)) return one
    loaded.push(one)
  }
  return loaded
}

/** Returns all groups, with the commands of those that can be loaded. */
export const withAllGroups = (): Promise<ReadonlyArray<LoadedCommand>> =>
  Promise.all(
    groups.map(async (group) => {
      const one = await load(group)
      return isProblem(one) ? group.placeholder() : one
    })
  )

/** All groups as placeholders, for the list of commands. */
export const placeholders: ReadonlyArray<LoadedCommand> = groups.map((group) => group.placeholder())
