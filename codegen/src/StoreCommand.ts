/**
 * `eventfold store`, which @eventfold/postgres has: it is loaded from the project that the command runs in, and only when it
 * is asked for. Code is generated without a database, in projects without that package, and must not wait for it.
 */
import * as Command from "effect/cli/Command"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const packageName = "@eventfold/postgres"

/** For the list of commands, where the real one isn't loaded. */
export const placeholder = Command.make("store").pipe(
  Command.withDescription("Back up, restore and copy a store's log, grant roles what they need, and drop snapshots")
)

export type StoreCommand = Command.Command<"store", never, {}, never, Command.Environment>

/** Whether the command line is about all commands, so that this one's own belong to the answer if they can be had. */
export const isAboutAll = (args: ReadonlyArray<string>): boolean =>
  args.some((arg) => arg === "--wizard" || arg.startsWith("--completions"))

const commands: ReadonlySet<string> = new Set(["init", "gen", "check", "diff", "explain", "store"])

/** Whether the command line asks for it: `store` is the first of the commands that are named. */
export const isAsked = (args: ReadonlyArray<string>): boolean => args.find((arg) => commands.has(arg)) === "store"

const isStoreCommand = (value: unknown): value is StoreCommand => Command.isCommand(value) && value.name === "store"

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

/** Why the command can't be had. */
export interface Missing {
  readonly problem: string
  /** Whether the project could mend it by installing something. */
  readonly isToInstall: boolean
}

/** The command as the project has it. */
export const load = async (cwd: string): Promise<StoreCommand | Missing> => {
  // Any name: only the folder counts.
  const { resolve } = createRequire(join(cwd, "eventfold.config.ts"))
  let file: string
  try {
    file = resolve(`${packageName}/Commands`)
  } catch (error) {
    const problem =
      codeOf(error) === "ERR_PACKAGE_PATH_NOT_EXPORTED"
        ? `the ${packageName} of this project is too old for \`eventfold store\``
        : `\`eventfold store\` needs ${packageName}, which is not installed in this project`
    return { problem: `${problem}: npm install ${packageName}`, isToInstall: true }
  }
  let module: { readonly store?: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    const problem = `${file} can't be loaded: ${error instanceof Error ? error.message : String(error)}`
    return { problem, isToInstall: false }
  }
  return isStoreCommand(module.store)
    ? module.store
    : { problem: `${file} has no \`eventfold store\`: npm install ${packageName}@latest`, isToInstall: true }
}
