/** Messages of errors in the terms of the declaration, and not of the library that threw them. */
import { Cause } from "effect"

/**
 * Returns the message of an error, indented for a law. The message of an adapter of Effect is
 * replaced by its cause.
 */
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
    return `its schema needs the service ${service}: use a schema without services in a declaration`
  return error.message.replaceAll("\n", "\n    ")
}

const isAsync = /^An asynchronous Effect was executed with /
const missing = /^Service not found: (\S+)/
const asynchronous =
  "its schema is asynchronous, but values are encoded and decoded synchronously: use a transformation without promises and timers"

const defectIn = (cause: unknown): unknown => (Cause.isCause(cause) ? Cause.squash(cause) : cause)
