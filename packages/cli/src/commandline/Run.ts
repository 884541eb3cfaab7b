/** Runs a command line. */
import { fileError } from "@eventfold/codegen"
import { checkCommand } from "../generation/CheckCommand.ts"
import { diffCommand } from "../generation/DiffCommand.ts"
import { genCommand } from "../generation/GenCommand.ts"
import { exitCodes } from "./ExitCodes.ts"
import type { Host } from "./Host.ts"
import { read } from "./PlainArguments.ts"

export const plainCommands = [genCommand, checkCommand, diffCommand]

/** Describes any error: one of the file system in a line, and any other with its stack. */
export const describeError = (error: unknown): string =>
  fileError(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))

/**
 * Runs the arguments of a command line, and returns the exit code. Writes only to the streams of
 * the host, and does not change the process.
 */
export const run = async (args: ReadonlyArray<string>, host: Host): Promise<number> => {
  const plain = read(args, plainCommands)
  if (plain === undefined) {
    const { runParsed } = await import("./ParsedRun.ts")
    return runParsed(args, host, plainCommands)
  }
  try {
    return await plain.command.run(plain.given, host)
  } catch (error) {
    // Problems of a project are diagnostics, so an error is a defect.
    host.stderr.write(`${describeError(error)}\n`)
    return exitCodes.internal
  }
}
