/**
 * Secrets and signatures of webhooks in the format of Standard Webhooks.
 *
 * Written by hand, since the library `standardwebhooks` signs with one secret, takes the time from
 * the system's clock and has a fixed tolerance, and since `effect` is the only dependency of this
 * package. The tests verify both directions with that library.
 */
import { Effect, Redacted, Result } from "effect"

const prefix = "whsec_"
const [minSecretBytes, maxSecretBytes] = [24, 64]

/** Decodes base64, but not its URL alphabet; undefined for any other text. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const decoded = Result.try(() => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** Decodes a secret to its bytes, or returns its problem, which never contains the secret. */
export const bytesOf = (secret: Redacted.Redacted): Result.Result<Uint8Array<ArrayBuffer>, string> => {
  const text = Redacted.value(secret)
  if (!text.startsWith(prefix)) return Result.fail(`it does not begin with ${prefix}`)
  const bytes = fromBase64(text.slice(prefix.length))
  if (bytes === undefined) return Result.fail(`what follows ${prefix} is not base64`)
  return bytes.length < minSecretBytes || bytes.length > maxSecretBytes
    ? Result.fail(`it holds ${bytes.length} bytes; from ${minSecretBytes} to ${maxSecretBytes} are allowed`)
    : Result.succeed(bytes)
}

const algorithm = { name: "HMAC", hash: "SHA-256" } as const

/** Imports a key for signing. */
export const importKey = (bytes: Uint8Array<ArrayBuffer>) =>
  Effect.promise(() => globalThis.crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]))

export type Key = Effect.Success<ReturnType<typeof importKey>>

const utf8 = new TextEncoder()

/** Computes the HMAC-SHA256 of `id.timestamp.body`. */
export const signature = (key: Key, id: string, seconds: number | string, body: string): Effect.Effect<Uint8Array> =>
  Effect.map(
    Effect.promise(() => globalThis.crypto.subtle.sign("HMAC", key, utf8.encode(`${id}.${seconds}.${body}`))),
    (bytes) => new Uint8Array(bytes)
  )

/** Compares in constant time: a difference in the first byte takes as long as one in the last. */
export const isSame = (one: Uint8Array, other: Uint8Array): boolean => {
  if (one.length !== other.length) return false
  let difference = 0
  for (let i = 0; i < one.length; i++) difference |= one[i]! ^ other[i]!
  return difference === 0
}
