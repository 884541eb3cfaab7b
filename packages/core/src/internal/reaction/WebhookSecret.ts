/** Keys of webhooks, as Standard Webhooks writes them. */
import { Effect, Redacted, Result } from "effect"

const prefix = "whsec_"
const [shortest, longest] = [24, 64]

/** `atob`, which throws; the alphabet of URLs is not meant. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const decoded = Result.try(() => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** The bytes of a secret, or what is wrong with it; never what it says. */
export const bytesOf = (secret: Redacted.Redacted): Result.Result<Uint8Array<ArrayBuffer>, string> => {
  const text = Redacted.value(secret)
  if (!text.startsWith(prefix)) return Result.fail(`it does not begin with ${prefix}`)
  const bytes = fromBase64(text.slice(prefix.length))
  if (bytes === undefined) return Result.fail(`what follows ${prefix} is not base64`)
  return bytes.length < shortest || bytes.length > longest
    ? Result.fail(`it holds ${bytes.length} bytes; from ${shortest} to ${longest} are allowed`)
    : Result.succeed(bytes)
}

const algorithm = { name: "HMAC", hash: "SHA-256" } as const

/** Ready for signing. */
export const importKey = (bytes: Uint8Array<ArrayBuffer>) =>
  Effect.promise(() => globalThis.crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]))

export type Key = Effect.Success<ReturnType<typeof importKey>>

const utf8 = new TextEncoder()

/** HMAC-SHA256 of `id.timestamp.body`. */
export const signature = (key: Key, id: string, seconds: number | string, body: string): Effect.Effect<Uint8Array> =>
  Effect.map(
    Effect.promise(() => globalThis.crypto.subtle.sign("HMAC", key, utf8.encode(`${id}.${seconds}.${body}`))),
    (bytes) => new Uint8Array(bytes)
  )

/** Takes as long for what differs in its first byte as for what differs in its last one. */
export const isSame = (one: Uint8Array, other: Uint8Array): boolean => {
  if (one.length !== other.length) return false
  let difference = 0
  for (let i = 0; i < one.length; i++) difference |= one[i]! ^ other[i]!
  return difference === 0
}
