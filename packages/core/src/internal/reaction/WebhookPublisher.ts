/** Publishes CloudEvents by HTTP POST. A module of its own, so that a program without webhooks does not load HTTP. */
import { Clock, Effect, Option, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { type Broker, type Message, PublishFailed } from "../../Broker.ts"
import * as WebhookFailure from "./WebhookFailure.ts"
import { isHeaderValue, isSignable } from "./WebhookHeaders.ts"

/** As much of an answer as a message may show. */
const shownBytes = 200
/** As much as is read, so that the connection can be used again. */
const readBytes = 16_384

/** A part of a path that is shorter is a word. */
const shortestKey = 12

/** How long the rest of an answer is waited for, in milliseconds, once it is known to be a success. */
const goodbyeMillis = 500

/** Longer than this nobody is waited for who asks for it, in milliseconds: an hour. */
const longestWait = 3_600_000

const answerOf = (
  response: HttpClientResponse.HttpClientResponse,
  redact: (text: string) => string
): Effect.Effect<string> =>
  Effect.suspend(() => {
    // A chunk may end within a character.
    const decoder = new TextDecoder()
    return response.stream.pipe(
      Stream.scan(
        () => ({ bytes: 0, text: "" }),
        ({ bytes, text }, chunk) => ({
          bytes: bytes + chunk.length,
          text: text + decoder.decode(chunk.subarray(0, Math.max(0, readBytes - bytes)), { stream: true })
        })
      ),
      Stream.takeUntil(({ bytes }) => bytes > readBytes),
      Stream.runLast,
      Effect.map((last) => (last._tag === "Some" ? redact(last.value.text).slice(0, shownBytes) : "")),
      // What it says beside its status is not needed.
      Effect.orElseSucceed(() => "")
    )
  })

/** Seconds, or a date. */
const waitOf = (header: string | undefined, now: number): { readonly retryAfterMillis?: number } => {
  if (header === undefined) return {}
  const wait = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now
  return Number.isNaN(wait) ? {} : { retryAfterMillis: Math.min(Math.max(0, wait), longestWait) }
}

/** Answers after which the same may go through: too slow, too early, too many, or broken on the other side. */
const mayPassLater = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status)

/** Address and secrets of a webhook, all of them checked. */
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
  // Paths and queries may hold a key of their own, as those of chats and of automation do.
  const where = address.origin
  const redact = WebhookFailure.redacting([
    ...Object.values(headers).flatMap((value) => [value, ...value.split(" ")]),
    ...confidential.flatMap((secret) => [secret, secret.replace("whsec_", "")]),
    ...address.searchParams.values(),
    ...address.search.split(/[?&]/).map((part) => part.slice(part.indexOf("=") + 1)),
    ...address.pathname.split("/").filter(({ length }) => length >= shortestKey)
  ])

  const post = Effect.fnUntraced(function* ({ event, idempotencyKey }: Message) {
    if (!isSignable(idempotencyKey) || !isHeaderValue(idempotencyKey)) {
      const problem = "the idempotency key can't be sent: it is empty, or holds a dot or what no header can hold"
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
      // It is delivered, whatever else the other side may say, or begin to say and never end.
      return yield* Effect.asVoid(Effect.timeoutOption(answerOf(response, redact), goodbyeMillis))
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
            // The error itself holds the request, with all its headers and its address: it goes no further.
            Effect.catchTag("HttpClientError", ({ reason }) =>
              Effect.fail(new PublishFailed(WebhookFailure.of(where, reason._tag, reason.cause)))
            )
          ),
        { discard: true }
      )
  }
})
