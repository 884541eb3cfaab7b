/** Webhooks and an HTTP server: requests, signatures, and responses. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Redacted, Schedule, Scope, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { CloudEvent, EventId, EventStore, MemoryEventStore, Reaction, Webhook } from "eventfold"
import { createHmac, randomBytes } from "node:crypto"
import * as http from "node:http"
import * as net from "node:net"
import { inspect } from "node:util"
import { Webhook as ReferenceWebhook } from "standardwebhooks"
import * as Delivery from "../../src/internal/reaction/Delivery.ts"

const fresh = (bytes = 32) => Redacted.make(`whsec_${randomBytes(bytes).toString("base64")}`)

interface Received {
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  readonly at: number
}

type Answer = (response: http.ServerResponse, nth: number) => void

/** Server that records its requests. */
const receiver = (answer: Answer) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const received: Array<Received> = []
      const server = http.createServer((request, response) => {
        let body = ""
        request.setEncoding("utf8")
        request.on("data", (chunk: string) => (body += chunk))
        request.on("end", () => {
          received.push({ headers: request.headers, body, at: performance.now() })
          answer(response, received.length)
        })
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      return { server, received, url: `http://127.0.0.1:${port}/hooks?tenant=7` }
    }),
    ({ server }) =>
      Effect.promise(async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      })
  )

const ok: Answer = (response) => response.writeHead(204).end()

/** Computes the signature by the specification, with another library. */
const expectedSignature = (secret: Redacted.Redacted, { body, headers }: Pick<Received, "body" | "headers">) => {
  const key = Buffer.from(Redacted.value(secret).slice("whsec_".length), "base64")
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`
}

const append = Effect.fnUntraced(function* (stream: string, ...types: ReadonlyArray<string>) {
  const store = yield* EventStore.EventStore
  const events: Array<Parameters<typeof store.append>[2][number]> = []
  for (const type of types) {
    const metadata = { correlationId: "request-7", actor: "Ž" }
    events.push({
      id: yield* EventId.make,
      type,
      schemaVersion: 1,
      data: { note: "ř \u{1F40E}" },
      metadata
    })
  }
  return yield* store.append(stream, "any", events)
})

const running = Effect.fnUntraced(function* (reaction: Reaction.Reaction) {
  const store = yield* EventStore.EventStore
  const scope = yield* Scope.make()
  const layer = Reaction.layer([reaction], { lease: "400 millis" })
  yield* Layer.buildWithScope(Layer.provide(layer, Layer.succeed(EventStore.EventStore, store)), scope)
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  return store.reactions!
})

const until = (holds: Effect.Effect<boolean, unknown>) =>
  Effect.gen(function* () {
    while (!(yield* holds)) yield* Effect.sleep("5 millis")
  }).pipe(Effect.orDie)

const services = Layer.merge(MemoryEventStore.layer, FetchHttpClient.layer)

const message = () => {
  const event = { specversion: "1.0", id: "1", source: "s", type: "t", subject: "s", data: null } as const
  const more = { datacontenttype: "application/json", partitionkey: "s", sequence: "1", streamversion: 1 } as const
  return { idempotencyKey: "k", event: { ...event, ...more, idempotencykey: "k" } }
}

describe("a webhook", () => {
  it.live("sends each event once, as a CloudEvent, signed with each secret", () =>
    Effect.gen(function* () {
      const { received, url } = yield* receiver(ok)
      const [older, newer, foreign] = [fresh(), fresh(64), fresh(24)]
      const to = yield* Webhook.make({ url, secrets: [newer, older], headers: { "x-tenant": "7" } })
      const { id: storeId } = yield* EventStore.EventStore
      const forward = Reaction.forward("Partner", to, {
        start: "beginning",
        aggregates: ["Account"],
        source: "https://bank.example",
        typePrefix: "example.bank."
      })
      yield* append("Other-1", "Opened")
      const { status } = yield* running(forward)
      const { position } = yield* append("Account-1", "Opened", "Closed")
      yield* until(Effect.map(status("Partner"), (found) => found?.checkpoint.position === position))
      assert.strictEqual(received.length, 2)
      const [first, second] = received as [Received, Received]
      const { body, headers } = second
      const event = JSON.parse(body)
      const { id, idempotencykey, time } = event
      assert.strictEqual(idempotencykey, Delivery.idempotencyKey(storeId, "Partner", id))
      assert.closeTo(Date.parse(time), Date.now(), 60_000)
      assert.deepStrictEqual(event, {
        specversion: "1.0",
        id,
        source: "https://bank.example",
        type: "example.bank.Closed",
        subject: "Account-1",
        time,
        datacontenttype: "application/json",
        idempotencykey,
        partitionkey: "Account-1",
        sequence: String(position).padStart(16, "0"),
        streamversion: 2,
        correlationid: "request-7",
        actor: "Ž",
        data: { note: "ř \u{1F40E}" }
      })
      // Names that CloudEvents allows, and values that are not empty.
      for (const name of Object.keys(event)) assert.match(name, /^[a-z0-9]{1,20}$/)
      assert.strictEqual(headers["content-type"], "application/cloudevents+json; charset=UTF-8")
      assert.strictEqual(headers["webhook-id"], idempotencykey)
      assert.strictEqual(headers["x-tenant"], "7")
      assert.closeTo(Number(headers["webhook-timestamp"]), Date.now() / 1_000, 60)
      assert.strictEqual(
        headers["webhook-signature"],
        `${expectedSignature(newer, second)} ${expectedSignature(older, second)}`
      )

      for (const secret of [newer, older]) {
        const reference = new ReferenceWebhook(Redacted.value(secret))
        const verified = reference.verify(body, {
          "webhook-id": String(headers["webhook-id"]),
          "webhook-timestamp": String(headers["webhook-timestamp"]),
          "webhook-signature": String(headers["webhook-signature"])
        })
        assert.deepStrictEqual(verified, event)
      }
      yield* Webhook.verify({ headers, body, secrets: [older] })
      yield* Webhook.verify({ headers, body, secrets: [foreign, newer] })
      const distrusts = Effect.fnUntraced(function* (claim: RegExp, changed: Partial<Received>, secrets = [older]) {
        const error = yield* Effect.flip(Webhook.verify({ headers, body, ...changed, secrets }))
        assert.strictEqual(error._tag, "SignatureInvalid")
        assert.match(error.message, claim)
      })
      const none = /no signature in header webhook-signature is of one of the secrets/
      yield* distrusts(none, {}, [foreign])
      yield* distrusts(none, { body: `${body} ` })
      yield* distrusts(none, { body: first.body })
      yield* distrusts(none, { headers: { ...headers, "webhook-id": first.headers["webhook-id"] } })
      yield* distrusts(none, { headers: { ...headers, "webhook-timestamp": "1" } })
      yield* distrusts(none, { headers: { ...headers, "webhook-signature": "v1,AAAA v2,x v1, v1,?" } })
      yield* distrusts(/webhook-timestamp is missing/, { headers: { ...headers, "webhook-timestamp": "1e9" } })
      yield* distrusts(/webhook-id is missing/, { headers: {} })
    }).pipe(Effect.provide(services))
  )

  it.live("is not verified if its time is too old or in the future", () =>
    Effect.gen(function* () {
      const secret = fresh()
      const now = Math.floor(Date.now() / 1_000)
      for (const [off, isBelieved] of [
        [-290, true],
        [-310, false],
        [290, true],
        [310, false]
      ] as const) {
        const headers = { "webhook-id": "m", "webhook-timestamp": String(now + off) }
        const signed = { ...headers, "webhook-signature": expectedSignature(secret, { headers, body: "{}" }) }
        const exit = yield* Effect.exit(Webhook.verify({ headers: signed, body: "{}", secrets: [secret] }))
        assert.strictEqual(Exit.isSuccess(exit), isBelieved, `${off} s`)
        yield* Webhook.verify({ headers: signed, body: "{}", secrets: [secret], tolerance: "10 minutes" })
      }
      // Signed by the reference library of the specification.
      const at = new Date(now * 1_000)
      const headers = { "webhook-id": "m", "webhook-timestamp": String(now) }
      const signature = new ReferenceWebhook(Redacted.value(secret)).sign("m", at, "{}")
      yield* Webhook.verify({ headers: { ...headers, "webhook-signature": signature }, body: "{}", secrets: [secret] })
      // From the specification: a message, a secret, and the signature.
      const vector = {
        headers: {
          "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
          "webhook-timestamp": "1614265330",
          "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        },
        body: '{"test": 2432232314}',
        secrets: [Redacted.make("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
      }
      yield* Webhook.verify({ ...vector, tolerance: "36500 days" })
      assert.match((yield* Effect.flip(Webhook.verify(vector))).message, /it was signed \d+ s from now/)
    })
  )

  it.live("retries responses that can succeed later, not before their Retry-After", () =>
    Effect.gen(function* () {
      let requestsBeforeTimeout = 0
      const { received, url } = yield* receiver((response, nth) => {
        if (nth === 3) response.on("close", () => (requestsBeforeTimeout = received.length))
        if (nth === 1) response.writeHead(503).end("not yet")
        else if (nth === 2) response.writeHead(429, { "retry-after": "1" }).end()
        // The server does not answer: the request ends by its timeout.
        else if (nth > 3) response.writeHead(200).end("x".repeat(100_000))
      })
      const to = yield* Webhook.make({ url, secrets: [fresh()], timeout: "200 millis" })
      const forward = Reaction.forward("Patient", to, { start: "beginning", retry: Schedule.spaced("5 millis") })
      const { status } = yield* running(forward)
      const { position } = yield* append("Account-1", "Opened")
      yield* until(Effect.map(status("Patient"), (found) => found?.checkpoint.position === position))
      assert.strictEqual(received.length, 4)
      assert.strictEqual(new Set(received.map(({ headers }) => headers["webhook-id"])).size, 1)
      const [, second, third] = received as [Received, Received, Received]
      assert.isAbove(third.at - second.at, 950)
      // The sender closes the request without an answer before it sends the next one.
      assert.strictEqual(requestsBeforeTimeout, 3)
    }).pipe(Effect.provide(services))
  )

  it.live("accepts a success whose body never ends, and limits Retry-After", () =>
    Effect.gen(function* () {
      const { received, url } = yield* receiver((response, nth) => {
        if (nth === 1) response.writeHead(200).write("and so on")
        else
          response.writeHead(503, { "retry-after": nth === 2 ? "99999999999" : "Fri, 31 Dec 9999 23:59:59 GMT" }).end()
      })
      const to = yield* Webhook.make({ url, secrets: [fresh()], timeout: "5 seconds" })
      const { status } = yield* running(
        Reaction.forward("Brief", to, { start: "beginning", retry: Schedule.recurs(0), onFailure: "park" })
      )
      const { position } = yield* append("Account-1", "Opened")
      yield* until(Effect.map(status("Brief"), (found) => found?.checkpoint.position === position))
      assert.deepInclude(yield* status("Brief"), { parked: 0 })
      assert.strictEqual(received.length, 1)
      const event = CloudEvent.fromRecorded(
        (yield* EventStore.EventStore.use((store) => Stream.runCollect(store.readAll())))[0]!,
        { source: "urn:x", idempotencyKey: "k", type: "T" }
      )
      for (let i = 0; i < 2; i++) {
        const error = yield* Effect.flip(to.publish([{ idempotencyKey: "k", event }]))
        assert.deepInclude(error, { isRetryable: true, retryAfterMillis: 3_600_000 })
      }
      const soon = Webhook.make({ url, secrets: [fresh()], timeout: JSON.parse('"soon"') as "1 second" })
      assert.match((yield* Effect.flip(soon)).message, /^timeout is "soon"; it is a duration such as "15 seconds"$/)
    }).pipe(Effect.provide(services))
  )

  it.live("does not retry permanent failures, and follows no redirect", () =>
    Effect.gen(function* () {
      const elsewhere = yield* receiver(ok)
      const answers: ReadonlyArray<readonly [number, Record<string, string>, string]> = [
        [410, {}, "gone"],
        [400, {}, ""],
        [307, { location: elsewhere.url }, ""],
        [200, {}, ""]
      ]
      const { received, url } = yield* receiver((response, nth) => {
        const [status, headers, body] = answers[nth - 1]!
        response.writeHead(status, headers).end(body)
      })
      const secret = fresh()
      const to = yield* Webhook.make({ url, secrets: [secret] })
      const forward = Reaction.forward("Final", to, { start: "beginning", onFailure: "park" })
      const { parked, status } = yield* running(forward)
      const { position } = yield* append("Account-1", "A", "B", "C", "D")
      yield* until(Effect.map(status("Final"), (found) => found?.checkpoint.position === position))
      assert.strictEqual(received.length, 4)
      assert.strictEqual(elsewhere.received.length, 0)
      const where = new URL(url).origin
      assert.deepStrictEqual(
        (yield* parked("Final")).map(({ attempts, problem, type }) => [type, attempts, problem]),
        [
          ["A", 1, `${where} answered 410: "gone"`],
          ["B", 1, `${where} answered 400`],
          ["C", 1, `${where} answered 307`]
        ]
      )
    }).pipe(Effect.provide(services))
  )

  it.live("distinguishes refused, closed, unknown and non-HTTP connections, retries each, and shows no secret", () =>
    Effect.gen(function* () {
      const answering = (answer: (socket: net.Socket) => void) =>
        Effect.acquireRelease(
          Effect.promise(async () => {
            const server = net.createServer((socket) => {
              socket.on("error", () => {})
              socket.once("data", () => answer(socket))
            })
            await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
            const address = server.address()
            return { server, port: typeof address === "object" && address !== null ? address.port : 0 }
          }),
          ({ server }) => Effect.sync(() => server.close())
        ).pipe(Effect.map(({ port }) => port))
      const gone = yield* receiver(ok)
      gone.server.close()
      const text = yield* answering((socket) => socket.end("Hello?\r\n\r\n"))
      const cases: ReadonlyArray<readonly [string, RegExp]> = [
        [
          new URL(gone.url).origin,
          /^http:\/\/127\.0\.0\.1:\d+ refused the connection: nothing listens there \(ECONNREFUSED\)$/
        ],
        [
          `http://127.0.0.1:${yield* answering((socket) => socket.resetAndDestroy())}`,
          / closed the connection without an answer: .* \(ECONNRESET\)$/
        ],
        [
          `http://127.0.0.1:${yield* answering((socket) => socket.end())}`,
          / closed the connection without an answer: /
        ],
        [
          "http://no-such-host.invalid",
          /^http:\/\/no-such-host\.invalid (is no host that is known|could not be looked up): /
        ],
        [`http://127.0.0.1:${text}`, / did not answer in HTTP /],
        [`https://127.0.0.1:${text}`, / offers no secure connection that this process accepts \(ERR_SSL/]
      ]
      const secret = fresh()
      const [path, query, header] = ["T0123456789ABCDEF", "query-secret", "header-secret"]
      const isSilent = (error: unknown) => {
        const said =
          inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + Cause.pretty(Cause.fail(error))
        for (const one of [Redacted.value(secret).slice(6), path, query, header]) assert.notInclude(said, one)
      }
      for (const [origin, expected] of cases) {
        const url = `${origin}/${path}?key=${query}`
        const to = yield* Webhook.make({ url, secrets: [secret], headers: { authorization: `Bearer ${header}` } })
        const error = yield* Effect.flip(to.publish([message()]))
        assert.isTrue(error.isRetryable, error.message)
        assert.match(error.message, expected)
        isSilent(error)
      }

      // A response can repeat the request.
      const echo = yield* answering((socket) =>
        socket.end(
          `HTTP/1.1 400 Bad\r\nconnection: close\r\n\r\n${"-".repeat(190)}${header} ${query} /${path} ${Redacted.value(secret)}`
        )
      )
      const url = `http://127.0.0.1:${echo}/${path}?key=${query}`
      const to = yield* Webhook.make({ url, secrets: [secret], headers: { authorization: `Bearer ${header}` } })
      const repeated = yield* Effect.flip(to.publish([message()]))
      assert.strictEqual(repeated.message, `http://127.0.0.1:${echo} answered 400: "${"-".repeat(190)}… … /… …"`)
      isSilent(repeated)

      // As in JSON, with and without escaped slashes, and in a URL; in chunks that end within a
      // character.
      const key = 'ключ/"with+slashes"=='
      const token = 'tökén/"with+slashes"=='
      const json = JSON.stringify([token, key])
      const said = Buffer.from(
        `${json} ${json.replaceAll("/", "\\/")} ${[token, key].map(encodeURIComponent).join(" ")}`
      )
      const piecewise = yield* answering((socket) => {
        socket.setNoDelay(true)
        socket.write("HTTP/1.1 400 Bad\r\nconnection: close\r\n\r\n")
        const send = (at: number): void => {
          if (at >= said.length) return void socket.end()
          socket.write(said.subarray(at, at + 3), () => setTimeout(() => send(at + 3), 1))
        }
        send(0)
      })
      const escaped = yield* Webhook.make({
        url: `http://127.0.0.1:${piecewise}/?key=${encodeURIComponent(key)}`,
        secrets: [secret],
        headers: { "x-token": token }
      })
      const answered = yield* Effect.flip(escaped.publish([message()]))
      const redacted = JSON.stringify('["…","…"] ["…","…"] … …')
      assert.strictEqual(answered.message, `http://127.0.0.1:${piecewise} answered 400: ${redacted}`)
    }).pipe(Effect.provide(services))
  )

  it.live("refuses invalid options when it is made, does not retry permanent failures, and shows no secret", () =>
    Effect.gen(function* () {
      const { received, url } = yield* receiver(ok)
      const secret = fresh()
      const refused = (options: Partial<Parameters<typeof Webhook.make>[0]>) =>
        Effect.map(Effect.flip(Webhook.make({ url, secrets: [secret], ...options })), (error) => {
          assert.notInclude(inspect(error, { depth: 20 }) + String(error), "hush")
          return error.message
        })
      const value = /^the header x-key has an invalid value: line breaks, control characters/
      for (const one of ["hush\r\nx-other: 1", "hush\n", "hush\0", "hush ř"]) {
        assert.match(yield* refused({ headers: { "x-ok": "fine", "x-key": one } }), value)
      }
      assert.match(
        yield* refused({ headers: { "x-ok": "fine", "x-key: hush": "1" } }),
        /^header 2 of 2 has an invalid name/
      )
      assert.match(yield* refused({ headers: { "": "hush" } }), /^header 1 of 1 has an invalid name/)
      assert.strictEqual(
        yield* refused({ url: "example.com/hooks?key=hush" }),
        "the url is no URL: write it out, as in https://example.com/hooks"
      )
      assert.strictEqual(
        yield* refused({ url: "ftp://example.com?key=hush" }),
        "the url does not begin with http: or https:"
      )

      const to = yield* Webhook.make({ url, secrets: [secret] })
      for (const idempotencyKey of ["", "a.b", "hush\r\n"]) {
        const error = yield* Effect.flip(to.publish([{ ...message(), idempotencyKey }]))
        assert.deepInclude(error, { isRetryable: false })
        assert.match(error.message, /^the idempotency key cannot be sent/)
      }
      const port = yield* Effect.flip(
        Effect.flatMap(Webhook.make({ url: "http://127.0.0.1:1/", secrets: [secret] }), ({ publish }) =>
          publish([message()])
        )
      )
      assert.strictEqual(port.message, "http://127.0.0.1:1 was sent nothing: fetch does not allow its port")
      assert.strictEqual(port._tag === "PublishFailed" && port.isRetryable, false)
      assert.strictEqual(received.length, 0)
    }).pipe(Effect.provide(services))
  )

  it.live("names an unusable secret by its number, and does not show it", () =>
    Effect.gen(function* () {
      const { url } = yield* receiver(ok)
      const secret = fresh()
      const problem = (options: Partial<Parameters<typeof Webhook.make>[0]>) =>
        Effect.map(Effect.flip(Webhook.make({ url, secrets: [secret], ...options })), ({ message }) => message)
      const of = (text: string) => problem({ secrets: [secret, Redacted.make(text)] })
      assert.strictEqual(yield* problem({ secrets: [] }), "there is no secret to sign with")
      assert.strictEqual(yield* of("whsex_AAAA"), "secret 2 of 2 can't be used: it does not begin with whsec_")
      assert.strictEqual(yield* of("whsec_\u0159"), "secret 2 of 2 can't be used: what follows whsec_ is not base64")
      assert.match(yield* of("whsec_AAAA"), /it holds 3 bytes; from 24 to 64 are allowed$/)
      assert.match(yield* problem({ url: "https://me:pass@example.com" }), /holds a user or a password/)
      const signed = yield* Effect.flip(Webhook.sign({ id: "a.b", body: "{}", secrets: [secret] }))
      assert.match(signed.message, /is empty, or holds a dot/)
    }).pipe(Effect.provide(services))
  )
})
