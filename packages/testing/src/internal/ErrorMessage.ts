/** What an error says to a person, in the words of where it came from. */
import { Cause } from "effect"

/** Schema errors take several lines; one of an adapter of Effect says only what went wrong beneath. */
export const messageOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  const beneath = error instanceof Error && / adapter can only /.test(message) ? defectIn(error.cause) : undefined
  return beneath === undefined ? message.replaceAll("\n", "\n    ") : messageOf(beneath)
}

const defectIn = (cause: unknown): unknown => (Cause.isCause(cause) ? Cause.squash(cause) : cause)
