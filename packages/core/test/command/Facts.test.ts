import { it } from "@effect/vitest"
import { Effect, Schema, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { Aggregate, Decider, EventStore, MemoryEventStore, Repository } from "eventfold"
import { type Fold, StoredForm } from "eventfold/generated"
import { describe, expect } from "vitest"
import { stored } from "../Tally.ts"

const Till = Aggregate.make("Till", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({ crowns: Schema.Int }),
  initial: { crowns: 0 },
  events: { Paid: { crowns: Schema.Int, rate: Schema.Int } },
  errors: { Closed: {} },
  facts: { rate: Schema.Int.check(Schema.isGreaterThan(0)) },
  commands: {
    Pay: { payload: { euros: Schema.Int }, emits: ["Paid"], fails: ["Closed"], facts: ["rate"] },
    PayCrowns: { payload: { crowns: Schema.Int }, emits: ["Paid"], fails: [] }
  }
})
type State = typeof Till.state.Type
type Event = typeof Till.event.Type
type Command = typeof Till.command.Type
type Closed = typeof Till.errors.Closed.Type
interface Failures {
  readonly Pay: Closed
  readonly PayCrowns: never
}
interface Known extends Decider.Facts {
  readonly rate: number
}

const apply = ({ crowns }: State, event: Event): State => ({ crowns: crowns + event.crowns })
const fold: Fold.Fold<State, Event> = {
  initial: Till.initial,
  apply,
  run: (state, events) => events.reduce(apply, state),
  fingerprint: "test"
}
const decide: Decider.Decide<State, Command, Event, Closed, Known> = (_state, command, facts) =>
  command._tag === "Pay"
    ? [{ _tag: "Paid", crowns: command.euros * facts.rate, rate: facts.rate }]
    : [{ _tag: "Paid", crowns: command.crowns, rate: 1 }]

const makeTills = (
  rate: Decider.Ask<string, Extract<Command, { readonly _tag: "Pay" }>, number>
): Effect.Effect<
  Repository.Repository<string, State, Event, Command, Failures, "Pay">,
  never,
  EventStore.EventStore | Scope.Scope
> =>
  Repository.make<string, State, Command, Event, Failures, "Pay", Known>({
    name: Till.name,
    id: Till.id,
    fold,
    decide,
    codec: { events: StoredForm.events<Event>(Till.event), state: StoredForm.codec(Till.state) },
    command: Till.command,
    invariants: Till.invariants,
    facts: { flow: Till.flow, schemas: Till.facts, ask: { rate } }
  })

const pay = (euros: number) => ({ _tag: "Pay", euros }) as const

describe("declared facts", () => {
  it.effect("are fetched once for the commands that declare them, even if a command is decided several times", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      let conflicts = 2
      const tills = yield* makeTills(({ command, id }) => Effect.sync(() => (asked.push([id, command.euros]), 25)))
      const real = yield* EventStore.EventStore
      const racing = yield* Effect.provideService(
        makeTills(({ command, id }) => Effect.sync(() => (asked.push([id, command.euros]), 25 + asked.length))),
        EventStore.EventStore,
        EventStore.EventStore.of({
          ...real,
          append: (stream, expected, events) =>
            conflicts-- > 0
              ? Effect.andThen(
                  tills.execute("a", { _tag: "PayCrowns", crowns: 1 }),
                  real.append(stream, expected, events)
                ).pipe(Effect.catchTag("EventStoreError", (error) => Effect.fail(error)))
              : real.append(stream, expected, events)
        })
      )
      yield* Effect.forkChild(TestClock.adjust("1 second"))
      expect(yield* racing.execute("a", pay(2))).toMatchObject({
        state: { crowns: 2 + 2 * 26 },
        events: [{ rate: 26 }]
      })
      expect(asked).toEqual([["a", 2]])
      yield* tills.execute("b", { _tag: "PayCrowns", crowns: 3 })
      expect(asked).toHaveLength(1)
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("that are unavailable fail the command with a typed error, and nothing is written", () =>
    Effect.gen(function* () {
      const tills = yield* makeTills(() =>
        Effect.fail(new Decider.FactUnavailable({ fact: "rate", problem: "the bank is closed" }))
      )
      const message = yield* tills
        .execute("a", pay(2))
        .pipe(Effect.catchTag("FactUnavailable", ({ fact, message }) => Effect.succeed(`${fact}: ${message}`)))
      expect(message).toBe("rate: the fact rate is not available: the bank is closed")
      expect(yield* stored("Till-a")).toEqual([])
      const [both] = yield* Effect.all([
        Effect.flip(
          Repository.executeAll([tills.prepare("a", { _tag: "PayCrowns", crowns: 1 }), tills.prepare("b", pay(1))])
        )
      ])
      expect(both).toMatchObject({ _tag: "FactUnavailable" })
      expect(yield* stored("Till-a")).toEqual([])
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("that do not fit their schema are refused", () =>
    Effect.gen(function* () {
      const tills = yield* makeTills(() => Effect.succeed(-1))
      const error = yield* Effect.flip(tills.execute("a", pay(2)))
      expect(error).toMatchObject({
        message: expect.stringContaining(
          "the fact rate is not available: the value does not fit the schema of the fact"
        )
      })
      expect((yield* Effect.flip(tills.explain("a", pay(2))))._tag).toBe("FactUnavailable")
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("are part of the result of explain", () =>
    Effect.gen(function* () {
      const tills = yield* makeTills(() => Effect.succeed(25))
      expect(yield* tills.explain("a", pay(2))).toMatchObject({
        facts: { rate: 25 },
        decision: { _tag: "Accepted", events: [{ crowns: 50, rate: 25 }] }
      })
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )
})
