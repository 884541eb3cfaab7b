/**
 * Describes why the request of a webhook failed, without secrets: errors of an HTTP client repeat
 * addresses, headers and bodies, so only their codes are passed on.
 */
import { Predicate, Result } from "effect"

export interface RequestFailure {
  readonly problem: string
  readonly isRetryable: boolean
}

type Kind = readonly [codes: RegExp, problem: string]

/** Problems by the error codes of Node, undici, OpenSSL and llhttp. */
const kinds: ReadonlyArray<Kind> = [
  [/^(ECONNREFUSED|ConnectionRefused)$/, "refused the connection: nothing listens there"],
  [
    /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|ConnectionClosed)$/,
    "closed the connection without an answer: whether the message arrived is not known"
  ],
  [/^ENOTFOUND$/, "is no host that is known: no address was found for its name"],
  [/^EAI_/, "could not be looked up: the name service did not answer"],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, "did not take the connection in time"],
  [/^(UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/, "took the message and did not answer in time"],
  [/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/, "can't be reached from here"],
  [/^(HPE_|UND_ERR_RES|UND_ERR_HEADERS_OVERFLOW)/, "did not answer in HTTP"],
  [/CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/, "offers no secure connection that this process accepts"]
]

/** Returns the codes of an error and of its causes. */
const codesOf = (error: unknown): ReadonlyArray<string> => {
  const codes: Array<string> = []
  let at = error
  // Causes can form a circle, so the search has an end.
  for (let depth = 0; depth < 10 && Predicate.isObject(at); depth++) {
    const code: unknown = Reflect.get(at, "code")
    if (typeof code === "string" && /^[A-Za-z0-9_]{1,60}$/.test(code)) codes.push(code)
    if (Reflect.get(at, "name") === "HTTPParserError") codes.push("HPE_UNKNOWN")
    at = Reflect.get(at, "cause") ?? Reflect.get(at, "reason")
  }
  return codes
}

/** Returns whether `fetch` refused the port, because it belongs to another protocol. */
const isForbiddenPort = (error: unknown): boolean => {
  let at = error
  for (let depth = 0; depth < 10 && Predicate.isObject(at); depth++) {
    if (Reflect.get(at, "message") === "bad port") return true
    at = Reflect.get(at, "cause") ?? Reflect.get(at, "reason")
  }
  return false
}

/**
 * Describes an error. `where` is the part of the address that messages may show; `tag` is that of
 * the client's reason.
 */
export const of = (where: string, tag: string, error: unknown): RequestFailure => {
  if (tag !== "TransportError") {
    return { problem: `${where} was sent nothing: the request can't be made (${tag})`, isRetryable: false }
  }
  if (isForbiddenPort(error)) {
    return { problem: `${where} was sent nothing: fetch does not allow its port`, isRetryable: false }
  }
  const codes = codesOf(error)
  for (const code of codes) {
    const kind = kinds.find(([pattern]) => pattern.test(code))
    if (kind !== undefined) return { problem: `${where} ${kind[1]} (${code})`, isRetryable: true }
  }
  const code = codes[0] === undefined ? "" : ` (${codes[0]})`
  return { problem: `${where} could not be asked: the connection failed${code}`, isRetryable: true }
}

/** Minimum length of a secret. Shorter values occur in many texts. */
const minSecretCharacters = 5

/**
 * Returns the forms in which a response can contain a value: plain, in JSON (where slashes can be
 * escaped), in a URL, and decoded from one.
 */
const formsOf = (value: string): ReadonlyArray<string> => {
  const decoded = Result.getOrElse(
    Result.try(() => decodeURIComponent(value)),
    () => value
  )
  return [value, decoded].flatMap((plain) => {
    const json = JSON.stringify(plain).slice(1, -1)
    return [plain, json, json.replaceAll("/", "\\/"), encodeURIComponent(plain.toWellFormed())]
  })
}

/**
 * Makes a function that removes values from the text of a response, which can repeat the request.
 */
export const redacting = (values: ReadonlyArray<string>): ((text: string) => string) => {
  const secrets = [...new Set(values.filter(({ length }) => length >= minSecretCharacters).flatMap(formsOf))]
    // A secret can be part of a longer one.
    .sort((a, b) => b.length - a.length)
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text)
}
