/**
 * Webhooks as the Standard Webhooks specification has them: CloudEvents by HTTP POST, signed so that the receiver knows who sent them,
 * and when. Both sides: `make` sends, `verify` is for who receives. HTTP is loaded
 * when the first webhook is made.
 */
import { Clock, Duration, Effect, Option, Redacted, Result, Schema } from "effect"
import type { HttpClient } from "effect/http"
import type { Broker } from "./Broker.ts"
import { isSignable, problemOfHeaders } from "./internal/reaction/WebhookHeaders.ts"
import * as Secret from "./internal/reaction/WebhookSecret.ts"

/**
 * A webhook can't be made as it was asked for. Says which option, and never what a secret is.
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
 * What was received is not to be believed: it was not signed with one of the secrets, or it is too old. Answer 401.
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
 * The headers that sign a message.
 *
 * @since 0.1.0
 * @category models
 */
export interface Signature {
  readonly "webhook-id": string
  readonly "webhook-timestamp": string
  readonly "webhook-signature": string
}

/**
 * Options of {@link make}.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options {
  /** Where to post to. */
  readonly url: string | URL
  /**
   * `whsec_` and 24 to 64 bytes as base64. With several, messages are signed with each: so a receiver can go over from one to another
   * in its own time.
   */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** Sent with each message beside the webhook's own. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long to wait for an answer; 15 seconds unless given. */
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
  const headers: Signature = {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signatures.map((bytes) => `v1,${Secret.toBase64(bytes)}`).join(" ")
  }
  return headers
})

/**
 * The headers that sign a body, as of now.
 *
 * **When to use**
 *
 * To send what is no event, or to test a receiver. {@link make} signs by itself.
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
  /** The same whenever this message is sent. Without a dot. */
  readonly id: string
  readonly body: string
  readonly secrets: ReadonlyArray<Redacted.Redacted>
}): Effect.Effect<Signature, WebhookInvalid> =>
  !isSignable(id)
    ? Effect.fail(new WebhookInvalid({ problem: `the id ${JSON.stringify(id)} is empty, or holds a dot` }))
    : Effect.flatMap(keysOf(secrets), (keys) => signed(keys, id, body))

const distrust = (problem: string) => Effect.fail(new SignatureInvalid({ problem }))

/**
 * Makes sure that a message was signed with one of these secrets, not long ago.
 *
 * **When to use**
 *
 * By who receives webhooks, on the body as it came: parse it afterwards.
 *
 * **Details**
 *
 * Drop what bears a `webhook-id` that was seen before: a message may come more than once.
 *
 * **Errors**
 *
 * `SignatureInvalid` where it is not to be believed; `WebhookInvalid` where a secret is none.
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
  /** Names in lower case, as Node has them. */
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  readonly body: string
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** How far the clocks may be apart, and the message on its way; 5 minutes unless given. */
  readonly tolerance?: Duration.Input
}): Effect.fn.Return<void, SignatureInvalid | WebhookInvalid> {
  const keys = yield* keysOf(secrets)
  const header = (name: keyof Signature) => {
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
  // Said only to who holds a secret; before that it is just not to be believed.
  const isTimely = off <= allowed
  const given = list.split(" ").flatMap((one) => {
    const bytes = one.startsWith("v1,") ? Secret.fromBase64(one.slice(3)) : undefined
    return bytes === undefined ? [] : [bytes]
  })
  let isKnown = false
  for (const key of keys) {
    // As it was written: "007" is not what was signed as 7.
    const expected = yield* Secret.signature(key, id, timestamp, body)
    for (const bytes of given) isKnown = Secret.isSame(bytes, expected) || isKnown
  }
  if (!isKnown) return yield* distrust("no signature in header webhook-signature is of one of the secrets")
  if (!isTimely) return yield* distrust(`it was signed ${Math.round(off / 1_000)} s from now, more than is allowed`)
})

/**
 * A webhook to forward events to.
 *
 * **When to use**
 *
 * In `Reaction.forward`. It takes the `HttpClient` of the app: `FetchHttpClient.layer`, or the platform's.
 *
 * **Details**
 *
 * Each event is one POST of a CloudEvent (`application/cloudevents+json`) with the headers `webhook-id`, which is the idempotency key,
 * `webhook-timestamp` and `webhook-signature`. An answer from 200 to 299 is a success. After 408, 425, 429 and from 500 on, a time-out, or
 * where nobody answers, it may be tried again, not before `Retry-After` (at most an hour); any other answer is final, 410 among them. Redirects are
 * not followed: what is signed for one address is sent to no other.
 *
 * **Errors**
 *
 * `WebhookInvalid` for an address that is no `http:` or `https:` URL, for headers that can't be sent, and for secrets that are none. `publish` fails with
 * `PublishFailed`: refused, closed, unknown host, too slow and an answer that is no success are told apart. No message repeats a secret, a header's
 * value, or more of the address than its origin: paths and queries of webhooks often hold keys.
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
  // Not shown: it may hold a key.
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
