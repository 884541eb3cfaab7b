/** What the process ends with. */
export const exitCodes = {
  ok: 0,
  /** Something is not as `gen` would leave it, or is missing. */
  stale: 1,
  /** A change of the declarations that stored events do not survive. */
  breaking: 2,
  /** The declarations cannot be generated from. */
  schema: 3,
  /** The command line could not be read: `EX_USAGE` of sysexits.h. */
  usage: 64,
  /** A defect of this command, or of what it runs on: `EX_SOFTWARE`. */
  internal: 70
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
