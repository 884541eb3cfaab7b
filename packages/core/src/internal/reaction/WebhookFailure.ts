/**
 * Why a webhook's request came to nothing, in words that hold no secret: a client's errors repeat addresses, headers and bodies, so nothing of their
 * text is passed on but codes.
 */
import { Predicate, Result } from "effect"

export interface Failure {
  readonly problem: string
  readonly isRetryable: boolean
}

type Kind = readonly [codes: RegExp, problem: string]

/** By the codes of Node, undici, OpenSSL and llhttp. */
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

/** The codes in an error and in what caused it. */
const codesOf = (error: unknown): ReadonlyArray<string> => {
  const codes: Array<string> = []
  let at = error
  // A chain that ends nowhere is none of a client's.
  for (let depth = 0; depth < 10 && Predicate.isObject(at); depth++) {
    const code: unknown = Reflect.get(at, "code")
    if (typeof code === "string" && /^[A-Za-z0-9_]{1,60}$/.test(code)) codes.push(code)
    if (Reflect.get(at, "name") === "HTTPParserError") codes.push("HPE_UNKNOWN")
    at = Reflect.get(at, "cause") ?? Reflect.get(at, "reason")
  }
  return codes
}

/** `fetch` sends nothing to ports that other protocols have. */
const isForbiddenPort = (error: unknown): boolean => {
  let at = error
  for (let depth = 0; depth < 10 && Predicate.isObject(at); depth++) {
    if (Reflect.get(at, "message") === "bad port") return true
    at = Reflect.get(at, "cause") ?? Reflect.get(at, "reason")
  }
  return false
}

/** `where` is what is shown of the address; `tag` that of the client's reason. */
export const of = (where: string, tag: string, error: unknown): Failure => {
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

/** Values shorter than this are no secrets, and stand in many a text. */
const shortestSecret = 5

/** How an answer may write a value: as it is, within JSON (where some escape slashes), within a URL, and taken out of one. */
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

/** Takes values out of what another side says, which may repeat what it was sent. */
export const redacting = (values: ReadonlyArray<string>): ((text: string) => string) => {
  const secrets = [...new Set(values.filter(({ length }) => length >= shortestSecret).flatMap(formsOf))]
    // One may be a part of another.
    .sort((a, b) => b.length - a.length)
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text)
}
