/** What an error says to a person, in the words of where it came from. */
import { Cause } from "effect"

/** Schema errors take several lines; one of an adapter of Effect says only what went wrong beneath. */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (/ adapter can only /.test(error.message)) {
    const beneath = defectIn(error.cause)
    if (beneath !== undefined) return messageOf(beneath)
  }
  if (error.name === "AsyncFiberError" || "asyncEffectFiber" in error || isAsync.test(error.message))
    return asynchronous
  const [, service] = missing.exec(error.message) ?? []
  if (service !== undefined)
    return `its schema needs the service ${service}, and schemas of a declaration may need none`
  return error.message.replaceAll("\n", "\n    ")
}

const isAsync = /^An asynchronous Effect was executed with /
const missing = /^Service not found: (\S+)/
const asynchronous =
  "its schema waits for something, and what is stored is encoded and decoded at once: write a transformation without promises and timers"

const defectIn = (cause: unknown): unknown => (Cause.isCause(cause) ? Cause.squash(cause) : cause)
