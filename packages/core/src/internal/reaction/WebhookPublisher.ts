/**
 * Publishes CloudEvents by HTTP POST. A module of its own, so that a program without webhooks does
 * not load HTTP.
 */
import { Clock, Effect, Option, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { type Broker, type Message, PublishFailed } from "../../Broker.ts"
import * as WebhookFailure from "./WebhookFailure.ts"
import { isHeaderValue, isSignable } from "./WebhookHeaders.ts"

/** Maximum length of a response in a message, in characters. */
const maxShownCharacters = 200
/** Maximum size of a response that is read completely, so that the connection can be reused. */
const maxReadBytes = 16_384

/** Minimum length of a secret in a path. Shorter parts are words. */
const minKeyCharacters = 12

/** Maximum time to read the rest of a successful response. */
const maxDrainMs = 500

/** Maximum wait that a `Retry-After` header can ask for: an hour. */
const maxRetryAfterMs = 3_600_000

const answerOf = (
  response: HttpClientResponse.HttpClientResponse,
  redact: (text: string) => string
): Effect.Effect<string> =>
  Effect.suspend(() => {
    // A chunk can end within a character.
    const decoder = new TextDecoder()
    return response.stream.pipe(
      Stream.scan(
        () => ({ bytes: 0, text: "" }),
        ({ bytes, text }, chunk) => ({
          bytes: bytes + chunk.length,
          text: text + decoder.decode(chunk.subarray(0, Math.max(0, maxReadBytes - bytes)), { stream: true })
        })
      ),
      Stream.takeUntil(({ bytes }) => bytes > maxReadBytes),
      Stream.runLast,
      Effect.map((last) => (last._tag === "Some" ? redact(last.value.text).slice(0, maxShownCharacters) : "")),
      // The status is enough if the body cannot be read.
      Effect.orElseSucceed(() => "")
    )
  })

/** Parses a `Retry-After` header: seconds, or a date. */
const waitOf = (header: string | undefined, now: number): { readonly retryAfterMillis?: number } => {
  if (header === undefined) return {}
  const wait = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now
  return Number.isNaN(wait) ? {} : { retryAfterMillis: Math.min(Math.max(0, wait), maxRetryAfterMs) }
}

/**
 * Returns whether the same request can succeed later: the receiver was too slow, busy or failed.
 */
const mayPassLater = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status)

/** Address and secrets of a webhook, which have been checked. */
interface Target {
  readonly address: URL
  readonly headers: Readonly<Record<string, string>>
  readonly sign: (id: string, body: string) => Effect.Effect<object>
  /** Secrets that no message repeats. */
  readonly confidential: ReadonlyArray<string>
  readonly timeoutMs: number
}

/** Makes a broker that posts each message to the address. */
export const publisher = Effect.fnUntraced(function* ({
  address,
  confidential,
  headers,
  sign,
  timeoutMs
}: Target): Effect.fn.Return<Broker, never, HttpClient.HttpClient> {
  const client = yield* HttpClient.HttpClient
  const own = Option.getOrElse(yield* Effect.serviceOption(FetchHttpClient.RequestInit), () => ({}))
  // Paths and queries can contain a key, such as those of chat and automation services.
  const where = address.origin
  const redact = WebhookFailure.redacting([
    ...Object.values(headers).flatMap((value) => [value, ...value.split(" ")]),
    ...confidential.flatMap((secret) => [secret, secret.replace("whsec_", "")]),
    ...address.searchParams.values(),
    ...address.search.split(/[?&]/).map((part) => part.slice(part.indexOf("=") + 1)),
    ...address.pathname.split("/").filter(({ length }) => length >= minKeyCharacters)
  ])

  const post = Effect.fnUntraced(function* ({ event, idempotencyKey }: Message) {
    if (!isSignable(idempotencyKey) || !isHeaderValue(idempotencyKey)) {
      const problem =
        "the idempotency key cannot be sent: it is empty, or contains a dot or a character that a header cannot contain"
      return yield* new PublishFailed({ problem, isRetryable: false })
    }
    const body = JSON.stringify(event)
    const request = HttpClientRequest.post(address).pipe(
      HttpClientRequest.setHeaders({ ...headers, ...(yield* sign(idempotencyKey, body)) }),
      HttpClientRequest.bodyText(body, "application/cloudevents+json; charset=UTF-8")
    )
    const response = yield* client.execute(request)
    const { status } = response
    if (status >= 200 && status < 300) {
      // The message is delivered, even if the rest of the response is an error or never ends.
      return yield* Effect.asVoid(Effect.timeoutOption(answerOf(response, redact), maxDrainMs))
    }
    const answer = yield* answerOf(response, redact)
    const now = yield* Clock.currentTimeMillis
    const isRetryable = mayPassLater(status)
    return yield* new PublishFailed({
      problem: `${where} answered ${status}${answer === "" ? "" : `: ${JSON.stringify(answer)}`}`,
      isRetryable,
      ...(isRetryable ? waitOf(response.headers["retry-after"], now) : {})
    })
  })

  return {
    publish: (messages) =>
      Effect.forEach(
        messages,
        (message) =>
          post(message).pipe(
            Effect.provideService(FetchHttpClient.RequestInit, { ...own, redirect: "manual" }),
            Effect.timeoutOrElse({
              duration: timeoutMs,
              orElse: () => {
                const problem = `${where} did not answer within ${timeoutMs} ms`
                return Effect.fail(new PublishFailed({ problem, isRetryable: true }))
              }
            }),
            // The error contains the request with its headers and address, so it is not passed on.
            Effect.catchTag("HttpClientError", ({ reason }) =>
              Effect.fail(new PublishFailed(WebhookFailure.of(where, reason._tag, reason.cause)))
            )
          ),
        { discard: true }
      )
  }
})
