/** Codes that the process ends with. */
import type { Report } from "@eventfold/codegen"

export const exitCodes = {
  ok: 0,
  /** A command could not be carried out, or found something wrong: a stale file, a mismatch. */
  failed: 1,
  /**
   * Reserved for changes of declarations that stored events do not survive. No command returns it.
   */
  breaking: 2,
  /** Code cannot be generated from the declarations. */
  schema: 3,
  /** The command line could not be read: `EX_USAGE` of sysexits.h. */
  usage: 64,
  /** A defect of this command, or of what it runs on: `EX_SOFTWARE`. */
  internal: 70
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Exit codes of runs of the generator. */
export const exitCodeOf: Readonly<Record<Report["outcome"], ExitCode>> = {
  ok: exitCodes.ok,
  stale: exitCodes.failed,
  invalid: exitCodes.schema,
  failed: exitCodes.internal
}

/** Returns the exit code of a process that a signal ends: 128 and the number of the signal. */
export const exitCodeOfSignal = (signal: Signal): number => 128 + (signal === "SIGINT" ? 2 : 15)

export type Signal = "SIGINT" | "SIGTERM"
