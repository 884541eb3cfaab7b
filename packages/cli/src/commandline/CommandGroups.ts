/**
 * `eventfold store`, `projections`, `reactions` and `verify`, which @eventfold/postgres has, and `golden`, of @eventfold/testing: they are loaded
 * from the project that the command runs in, and only when one of them is asked for. Code is generated in projects without those packages, and
 * must not wait for them.
 */
import * as Command from "effect/cli/Command"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const names = ["store", "projections", "reactions", "verify", "golden"] as const

const packageOf = (name: Name): string => (name === "golden" ? "@eventfold/testing" : "@eventfold/postgres")

export type Name = (typeof names)[number]

export type StoreCommand = Command.Command<Name, never, {}, never, Command.Environment>

const placeholder = (name: Name, description: string): StoreCommand =>
  Command.make(name).pipe(Command.withDescription(description))

/** For the list of commands, where the real ones aren't loaded. */
export const placeholders: ReadonlyArray<StoreCommand> = [
  placeholder("store", "Back up, restore and copy a store's log, grant roles what they need, and drop snapshots"),
  placeholder(
    "projections",
    "Look after rows of projections in tables: how far they are, what is parked; pause them, make them anew, go back"
  ),
  placeholder(
    "reactions",
    "Look after reactions: how far they are, what they have put aside; pause them, deliver it again"
  ),
  placeholder("verify", "Replay a store's whole log, and compare states, snapshots and rows"),
  placeholder("golden", "Golden histories: record what today's folds make of them, and hold later folds to it")
]

/** Whether the command line is about all commands, so that what these have belong to the answer if they can be had. */
export const isAboutAll = (args: ReadonlyArray<string>): boolean =>
  args.some((arg) => arg === "--wizard" || arg.startsWith("--completions"))

const commands: ReadonlySet<string> = new Set(["init", "gen", "check", "diff", "explain", ...names])

/** Which of them the command line asks for: the first of the commands that are named is one. */
export const asked = (args: ReadonlyArray<string>): Name | undefined => {
  const first = args.find((arg) => commands.has(arg))
  return names.find((name) => name === first)
}

const isStoreCommand = (value: unknown, name: Name): value is StoreCommand =>
  Command.isCommand(value) && value.name === name

/** Those that fold are given how the project's folds are had. */
const made = (make: unknown, name: Name, cwd: string): unknown => {
  if (name !== "verify" && name !== "golden") return make
  if (typeof make !== "function") return undefined
  const load = async () => {
    const { load, subjects } = await import("./generate/GeneratedModules.ts")
    return name === "verify" ? load(cwd) : subjects(cwd)
  }
  return Reflect.apply(make, undefined, [load])
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

/** Why the command can't be had. */
export interface Missing {
  readonly problem: string
  /** Whether the project could mend it by installing something. */
  readonly isToInstall: boolean
}

/** The commands as the project has them, for one that is asked for: an older package may lack another. */
export const load = async (cwd: string, asked: Name): Promise<ReadonlyArray<StoreCommand> | Missing> => {
  // Any name: only the folder counts.
  const { resolve } = createRequire(join(cwd, "eventfold.config.ts"))
  const packageName = packageOf(asked)
  let file: string
  try {
    file = resolve(`${packageName}/Commands`)
  } catch (error) {
    const problem =
      codeOf(error) === "ERR_PACKAGE_PATH_NOT_EXPORTED"
        ? `the ${packageName} of this project is too old for \`eventfold ${asked}\``
        : `\`eventfold ${asked}\` needs ${packageName}, which is not installed in this project`
    return { problem: `${problem}: npm install ${packageName}`, isToInstall: true }
  }
  let module: { readonly [name: string]: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    const problem = `${file} can't be loaded: ${error instanceof Error ? error.message : String(error)}`
    return { problem, isToInstall: false }
  }
  const found = placeholders.map((instead) => {
    const name = instead.name as Name
    const command = made(module[name], name, cwd)
    return isStoreCommand(command, name) ? command : instead
  })
  return found.some((one) => one.name === asked && !placeholders.includes(one))
    ? found
    : { problem: `${file} has no \`eventfold ${asked}\`: npm install ${packageName}@latest`, isToInstall: true }
}
