/**
 * `eventfold reactions` as an operator calls it, while a reaction runs: one server, and a
 * connection of each command.
 */
import { assert, it } from "@effect/vitest"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Schedule } from "effect"
import { EventStore, Reaction } from "eventfold"
import { put, sent } from "../../core/test/projection/Parcels.ts"
import { Away, reached, running } from "../../core/test/reaction/Reactions.ts"
import { serverUrl } from "../../postgres/test/server/serverUrl.ts"
import { eventually } from "../../postgres/test/StoreOnServer.ts"
import { freshSchema } from "../../postgres/test/Stores.ts"
import { call, callProcess } from "./CommandCalls.ts"

it.live(
  "reactions: each command prints its result, and a running reaction does the work",
  () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(() => serverUrl())
      const schema = freshSchema()
      const calledBy =
        (caller: typeof call) =>
        (...args: ReadonlyArray<string>) =>
          Effect.promise(() => caller(["reactions", ...args, "--schema", schema], { DATABASE_URL: url }))
      const command = calledBy(call)
      const inProcess = calledBy(callProcess)
      yield* Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        assert.deepStrictEqual(yield* command("status"), {
          code: 0,
          err: "",
          out: "no reaction has ever run on this store\n"
        })
        const away = new Set<string>(["Parcel-2"])
        const delivered: Array<string> = []
        const mails = Reaction.make("Mails", {
          start: "beginning",
          aggregates: ["Parcel"],
          onFailure: "park",
          retry: Schedule.recurs(0),
          handle: ({ recorded: { stream } }) =>
            away.has(stream)
              ? Effect.fail(new Away({ message: "no answer" }))
              : Effect.sync(() => delivered.push(stream))
        })
        const end = yield* running([mails])
        yield* put("2", sent(["Cheb"]))
        yield* reached("Mails", yield* put("1", sent(["Brno"])))
        const status = yield* command("status")
        assert.match(
          status.out,
          /^REACTION +STATE +BEHIND +PARKED +POSITION +RUN BY\nMails +up to date +0 +1 +2 +\S{9}\n$/
        )

        const parked = yield* command("parked", "Mails")
        assert.match(
          parked.out,
          /^ID +EVENT +TRIED +SINCE +ERROR\n\S+ +Sent Parcel-2 v1 +1 +\d+ m?s ago +.*no answer\n$/
        )
        const [one] = yield* store.reactions!.parked("Mails")
        const again = yield* inProcess("retry", "Mails", "--id", one!.eventId)
        assert.strictEqual(again.code, 1)
        assert.match(again.err, /^delivered 0 events of Mails; 1 event failed again: .*no answer\n$/)
        away.clear()
        const mended = yield* command("retry", "Mails", "--json")
        assert.deepStrictEqual([mended.code, JSON.parse(mended.out)], [0, { asked: 1, delivered: 1, parked: [] }])
        assert.deepStrictEqual(delivered, ["Parcel-1", "Parcel-2"])

        assert.include(
          (yield* command("pause", "Mails")).err,
          "Mails is paused: it finishes the deliveries that are running, and starts no others"
        )
        yield* eventually(Effect.map(store.reactions!.status("Mails"), (found) => found!.owner === undefined))
        away.add("Parcel-3")
        yield* put("3", sent(["Aš"]))
        const waits = JSON.parse((yield* command("status", "--json")).out)
        assert.deepInclude(waits[0], { isPaused: true, parked: 0 })
        assert.strictEqual(waits[0].lag.events, 1)
        // The reaction may have started again before the command reads its status.
        assert.match((yield* command("resume", "Mails")).err, /^Mails continues( when a process runs it)?\n$/)
        yield* eventually(Effect.map(store.reactions!.status("Mails"), (found) => found!.parked === 1))
        const [other] = yield* store.reactions!.parked("Mails")
        const refused = yield* command("discard", "Mails", "--id", other!.eventId)
        assert.deepStrictEqual(
          [
            refused.code,
            refused.err.startsWith("Mails would never deliver event ") && refused.err.endsWith(": add --yes\n")
          ],
          [64, true]
        )
        assert.strictEqual((yield* command("discard", "Mails", "--id", other!.eventId, "--yes")).code, 0)
        assert.strictEqual((yield* command("parked", "Mails")).err, "nothing is parked\n")
        const unknown = yield* command("pause", "Letters")
        assert.deepStrictEqual(unknown, {
          code: 1,
          out: "",
          err: 'there is no reaction "Letters" in this store: it has Mails\n'
        })
        yield* end
      }).pipe(Effect.provide(PgEventStore.layer({ url, schema })))
    }),
  600_000
)
