/**
 * Webhooks by the Standard Webhooks specification: CloudEvents by HTTP POST, with a signature of
 * their sender and time. `make` is for senders, `verify` for receivers. HTTP is loaded when the
 * first webhook is made.
 */
import { Clock, Duration, Effect, Option, Redacted, Result, Schema } from "effect"
import type { HttpClient } from "effect/http"
import type { Broker } from "./Broker.ts"
import { isSignable, problemOfHeaders } from "./internal/reaction/WebhookHeaders.ts"
import * as Secret from "./internal/reaction/WebhookSecret.ts"

/**
 * An option of a webhook is invalid. The message names the option, and never contains a secret.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import type { Webhook } from "eventfold"
 *
 * const answered = (verified: Effect.Effect<void, Webhook.WebhookInvalid>) =>
 *   Effect.match(verified, { onSuccess: () => 204, onFailure: () => 500 })
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class WebhookInvalid extends Schema.TaggedError<WebhookInvalid>("eventfold/WebhookInvalid")("WebhookInvalid", {
  problem: Schema.String
}) {
  override get message(): string {
    return this.problem
  }
}

/**
 * A received message is not authentic: none of the secrets signed it, or it is too old. Answer it
 * with 401.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import type { Webhook } from "eventfold"
 *
 * const answered = (verified: Effect.Effect<void, Webhook.SignatureInvalid>) =>
 *   Effect.match(verified, { onSuccess: () => 204, onFailure: () => 401 })
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class SignatureInvalid extends Schema.TaggedError<SignatureInvalid>("eventfold/SignatureInvalid")(
  "SignatureInvalid",
  { problem: Schema.String }
) {
  override get message(): string {
    return this.problem
  }
}

/**
 * Options of {@link make}.
 */
interface Options {
  /** Address of the receiver. */
  readonly url: string | URL
  /**
   * Secrets of the form `whsec_` and 24 to 64 bytes in base64. Messages are signed with each of
   * them, so that a receiver can change to a new secret at any time.
   */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** Headers of each message, besides those of the webhook. */
  readonly headers?: Readonly<Record<string, string>>
  /** Timeout of an answer. Defaults to 15 seconds. */
  readonly timeout?: Duration.Input
}

const keysOf = Effect.fnUntraced(function* (secrets: ReadonlyArray<Redacted.Redacted>) {
  if (secrets.length === 0) return yield* new WebhookInvalid({ problem: "there is no secret to sign with" })
  const keys: Array<Secret.Key> = []
  for (const [i, secret] of secrets.entries()) {
    const bytes = Secret.bytesOf(secret)
    if (Result.isFailure(bytes)) {
      return yield* new WebhookInvalid({
        problem: `secret ${i + 1} of ${secrets.length} can't be used: ${bytes.failure}`
      })
    }
    keys.push(yield* Secret.importKey(bytes.success))
  }
  return keys
})

const signed = Effect.fnUntraced(function* (keys: ReadonlyArray<Secret.Key>, id: string, body: string) {
  const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
  const signatures = yield* Effect.forEach(keys, (key) => Secret.signature(key, id, seconds, body))
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signatures.map((bytes) => `v1,${Secret.toBase64(bytes)}`).join(" ")
  }
})

/**
 * Signs a body with the current time, and returns the headers.
 *
 * **When to use**
 *
 * To send messages that are not events, or to test a receiver. {@link make} signs its messages.
 *
 * @example
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { Webhook } from "eventfold"
 *
 * const secrets = [Redacted.make("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
 * const program = Effect.gen(function*() {
 *   const headers = yield* Webhook.sign({ id: "msg_1", body: "{}", secrets })
 *   yield* Webhook.verify({ headers: { ...headers }, body: "{}", secrets })
 *   return headers["webhook-id"] // msg_1
 * })
 * await Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const sign = ({
  body,
  id,
  secrets
}: {
  /** Id that is equal at every transmission of this message. It must not contain a dot. */
  readonly id: string
  readonly body: string
  readonly secrets: ReadonlyArray<Redacted.Redacted>
}): Effect.Effect<
  {
    readonly "webhook-id": string
    readonly "webhook-timestamp": string
    readonly "webhook-signature": string
  },
  WebhookInvalid
> =>
  !isSignable(id)
    ? Effect.fail(new WebhookInvalid({ problem: `the id ${JSON.stringify(id)} is empty, or holds a dot` }))
    : Effect.flatMap(keysOf(secrets), (keys) => signed(keys, id, body))

const distrust = (problem: string) => Effect.fail(new SignatureInvalid({ problem }))

/**
 * Verifies that one of the secrets signed a message, and that the message is recent.
 *
 * **When to use**
 *
 * In a receiver of webhooks, on the unparsed body.
 *
 * **Details**
 *
 * Drop a message whose `webhook-id` was received before: a message may arrive more than once.
 *
 * **Errors**
 *
 * `SignatureInvalid` if the message is not authentic; `WebhookInvalid` for an invalid secret.
 *
 * @example
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { Webhook } from "eventfold"
 *
 * const secrets = [Redacted.make("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
 * const status = Webhook.verify({ headers: {}, body: "{}", secrets }).pipe(
 *   Effect.match({ onSuccess: () => 204, onFailure: () => 401 })
 * )
 * await Effect.runPromise(status) // 401
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const verify = Effect.fnUntraced(function* ({
  body,
  headers,
  secrets,
  tolerance = "5 minutes"
}: {
  /** Headers with names in lower case, as Node provides them. */
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  readonly body: string
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /**
   * Maximum age of a message, including the difference between the clocks. Defaults to 5 minutes.
   */
  readonly tolerance?: Duration.Input
}): Effect.fn.Return<void, SignatureInvalid | WebhookInvalid> {
  const keys = yield* keysOf(secrets)
  const header = (name: "webhook-id" | "webhook-timestamp" | "webhook-signature") => {
    const value = headers[name]
    return typeof value === "string" ? value : ""
  }
  const [id, timestamp, list] = [header("webhook-id"), header("webhook-timestamp"), header("webhook-signature")]
  if (id === "") return yield* distrust("header webhook-id is missing")
  if (!/^\d{1,12}$/.test(timestamp))
    return yield* distrust("header webhook-timestamp is missing, or not a number of seconds")
  const seconds = Number(timestamp)
  const off = Math.abs((yield* Clock.currentTimeMillis) - seconds * 1_000)
  const allowed = Duration.toMillis(Duration.fromInputUnsafe(tolerance))
  // Checked after the signature: only a holder of a secret learns that its message is too old.
  const isTimely = off <= allowed
  const given = list.split(" ").flatMap((one) => {
    const bytes = one.startsWith("v1,") ? Secret.fromBase64(one.slice(3)) : undefined
    return bytes === undefined ? [] : [bytes]
  })
  let isKnown = false
  for (const key of keys) {
    // The text of the header is signed: "007" differs from "7".
    const expected = yield* Secret.signature(key, id, timestamp, body)
    for (const bytes of given) isKnown = Secret.isSame(bytes, expected) || isKnown
  }
  if (!isKnown) return yield* distrust("no signature in header webhook-signature is of one of the secrets")
  if (!isTimely) return yield* distrust(`it was signed ${Math.round(off / 1_000)} s from now, more than is allowed`)
})

/**
 * Makes a webhook that publishes events.
 *
 * **When to use**
 *
 * With `Reaction.forward`. It requires the `HttpClient` of the app: `FetchHttpClient.layer`, or
 * that of the platform.
 *
 * **Details**
 *
 * Each event is one POST of a CloudEvent (`application/cloudevents+json`) with the headers
 * `webhook-id`, which is the idempotency key, `webhook-timestamp` and `webhook-signature`. An
 * answer from 200 to 299 is a success. After 408, 425, 429 and from 500 on, after a timeout or
 * without an answer, the failure is retryable, not before `Retry-After` (at most an hour); any
 * other answer is final, including 410. Redirects are not followed, since a message that is signed
 * for one address must not be sent to another.
 *
 * **Errors**
 *
 * `WebhookInvalid` for an address that is not an `http:` or `https:` URL, and for invalid headers
 * and secrets. `publish` fails with `PublishFailed`, whose message distinguishes refused and closed
 * connections, an unknown host, a timeout, and an unsuccessful answer. No message contains a
 * secret, the value of a header, or more of the address than its origin, because paths and queries
 * of webhooks often contain keys.
 *
 * @example
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { Webhook } from "eventfold"
 *
 * const partner = Webhook.make({
 *   url: "https://example.com/hooks",
 *   secrets: [Redacted.make("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
 * })
 * await Effect.runPromise(Effect.provide(partner, FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* ({
  headers = {},
  secrets,
  timeout = "15 seconds",
  url
}: Options): Effect.fn.Return<Broker, WebhookInvalid, HttpClient.HttpClient> {
  const address = URL.canParse(String(url)) ? new URL(String(url)) : undefined
  // The message does not contain the URL, which may hold a key.
  if (address === undefined) {
    return yield* new WebhookInvalid({ problem: "the url is no URL: write it out, as in https://example.com/hooks" })
  }
  if (!["http:", "https:"].includes(address.protocol)) {
    return yield* new WebhookInvalid({ problem: "the url does not begin with http: or https:" })
  }
  if (address.username !== "" || address.password !== "") {
    return yield* new WebhookInvalid({ problem: "the URL holds a user or a password: send them in `headers`" })
  }
  const wait = Duration.fromInput(timeout)
  if (Option.isNone(wait)) {
    return yield* new WebhookInvalid({
      problem: `timeout is ${JSON.stringify(timeout)}; it is a duration such as "15 seconds"`
    })
  }
  const milliseconds = Duration.toMillis(wait.value)
  const invalid = problemOfHeaders(headers)
  if (invalid !== undefined) return yield* new WebhookInvalid({ problem: invalid })
  const keys = yield* keysOf(secrets)
  const { publisher } = yield* Effect.promise(() => import("./internal/reaction/WebhookPublisher.ts"))
  return yield* publisher({
    address,
    headers,
    sign: (id, body) => signed(keys, id, body),
    confidential: secrets.map(Redacted.value),
    timeoutMs: milliseconds
  })
})
