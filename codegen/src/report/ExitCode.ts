/** Exit codes of the command. */
export const exitCodes = {
  ok: 0,
  /** A file is missing, or differs from what `gen` would write. */
  stale: 1,
  /** A change of the declarations that stored events do not survive. */
  breaking: 2,
  /** Invalid declarations: `gen` can't generate code from them. */
  schema: 3,
  /** A usage error: `EX_USAGE` of sysexits.h. */
  usage: 64,
  /** A bug in this command, or a failure of the system: `EX_SOFTWARE`. */
  internal: 70
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
