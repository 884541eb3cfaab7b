/**
 * A thousand commands on ten payments at once, over HTTP and on a server: what callers were told is
 * what the log holds.
 */
import { expect, it } from "@effect/vitest"
import { Linearisability } from "@eventfold/testing"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer, Random, Result, Schedule, Stream } from "effect"
import { EventStore, type Repository } from "eventfold"
import { Amount } from "schemas/orders/money.ts"
import { serverUrl } from "../../../packages/postgres/test/server/serverUrl.ts"
import { PaymentLaws } from "../src/generated/payment.laws.ts"
import { Payments } from "../src/generated/payment.service.ts"
import {
  CapturePayment,
  DeclinePayment,
  type PaymentCommand,
  type PaymentEvent,
  type PaymentState,
  RequestPayment
} from "../src/generated/payment.ts"
import * as Shop from "../src/Shop.ts"
import { http, now, place, served } from "./shop.ts"

type Call = Linearisability.Call<PaymentState, PaymentEvent, PaymentCommand>

const requests = 1_000
const amount = Amount.make(10_000)

const shop = Layer.unwrap(
  Effect.map(Effect.promise(serverUrl), (url) => {
    const schema = `orders_${crypto.randomUUID().replaceAll("-", "")}`
    return Layer.provideMerge(Shop.services, PgEventStore.layer({ url, schema }))
  })
)

it.live(
  "the sum of what was answered is the log",
  () =>
    Effect.gen(function* () {
      const { client } = yield* served
      const payments = yield* Payments
      const store = yield* EventStore.EventStore
      let clock = 0
      const calls: Array<Call> = []
      const ids = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, i) => `o-${i}`),
        place
      )
      for (const id of ids) {
        const command = RequestPayment.make({ amount, dueBy: now })
        const facts = { now, commandId: "request" }
        const began = ++clock
        const executed = yield* payments.execute(id, command, { commandId: "request" })
        calls.push({ instance: id, command, facts, began, ended: ++clock, outcome: { _tag: "Executed", ...executed } })
      }

      // Every fifth request is one of the others once more, under its key, at the same time as the
      // first.
      const drawn = yield* Effect.forEach(Array.from({ length: (requests * 4) / 5 }), (_, i) =>
        Effect.gen(function* () {
          const orderId = ids[i % ids.length]!
          const isDecline = (yield* Random.nextIntBetween(0, 200)) === 0
          const cents = Amount.make(yield* Random.nextIntBetween(1, 400))
          const command = isDecline ? DeclinePayment.make({ reason: "no" }) : CapturePayment.make({ amount: cents })
          return { orderId, key: `key-${i}`, command }
        })
      )
      const sent = yield* Random.shuffle([...drawn, ...drawn.slice(0, requests / 5)])

      const send = Effect.fnUntraced(function* ({ command, key, orderId }: (typeof drawn)[number]) {
        const request = { params: { orderId }, headers: { "idempotency-key": key } }
        const began = ++clock
        // As a client does if it got no answer: it sends the same request again, under the same
        // key.
        const patiently = {
          while: ({ _tag }: { readonly _tag: string }) => _tag === "TryAgainLater" || _tag === "HttpClientError",
          schedule: Schedule.spaced("1 second")
        }
        const outcome = yield* Effect.result<
          Omit<Repository.Executed<PaymentState, PaymentEvent>, "position">,
          { readonly _tag: string },
          never
        >(
          command._tag === "CapturePayment"
            ? Effect.retry(client.payments.capture({ ...request, payload: { amount: command.amount } }), patiently)
            : Effect.retry(client.payments.decline({ ...request, payload: { reason: command.reason } }), patiently)
        )
        const ended = ++clock
        const facts = { now, commandId: `http/${key}` }
        calls.push({
          instance: orderId,
          command,
          facts,
          began,
          ended,
          outcome: Result.isSuccess(outcome)
            ? { _tag: "Executed", ...outcome.success }
            : { _tag: "Refused", error: outcome.failure }
        })
      })
      yield* Effect.forEach(sent, send, { concurrency: "unbounded", discard: true })
      expect(calls).toHaveLength(requests + ids.length)
      // And some later still.
      yield* Effect.forEach(sent.slice(0, 50), send, { concurrency: 5, discard: true })

      // Each answer is what some order of the commands gives.
      expect(Linearisability.problems(PaymentLaws, calls)).toEqual([])

      // Each that was accepted is in the log once, under its key, and no other is.
      const log = yield* Stream.runCollect(store.readAll({ aggregates: ["Payment"] }))
      const accepted = calls.filter(({ outcome }) => outcome._tag === "Executed")
      const told = new Set(accepted.map(({ facts, instance }) => `Payment-${instance} ${facts.commandId}`))
      expect(log.map(({ metadata, stream }) => `${stream} ${metadata.causationId}`).sort()).toEqual([...told].sort())
      expect(accepted.filter(({ outcome }) => outcome._tag === "Executed" && !outcome.repeated)).toHaveLength(
        log.length
      )

      // The money that callers were told of is the money that is there.
      for (const id of ids) {
        const parts = accepted.flatMap(({ instance, outcome }) =>
          instance === id && outcome._tag === "Executed" && !outcome.repeated ? outcome.events : []
        )
        const sum = parts.reduce((sum, event) => sum + (event._tag === "PaymentCaptured" ? event.amount : 0), 0)
        expect((yield* payments.load(id)).state.captured).toBe(sum)
      }

      const kinds = Map.groupBy(calls, ({ outcome }) =>
        outcome._tag === "Refused" ? outcome.error._tag : outcome.repeated ? "repeated" : "accepted"
      )
      const rare = ["accepted", "repeated", "CaptureExceedsOutstanding"].filter(
        (kind) => (kinds.get(kind)?.length ?? 0) < 20
      )
      expect(rare).toEqual([])
    }).pipe(Effect.provide(shop), Effect.provide(http)),
  600_000
)
