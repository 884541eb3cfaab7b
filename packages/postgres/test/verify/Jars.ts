/** A small aggregate whose logs, whole and damaged, the tests of verification use. */
import { Effect, Schema } from "effect"
import { Aggregate, EventId, EventStore } from "eventfold"
import { type Fold, StoredForm } from "eventfold/generated"
import { Verification } from "@eventfold/postgres"

/** Some ids are numbers. */
const JarId = Schema.Union([
  Schema.NumberFromString.check(Schema.isInt()),
  Schema.NonEmptyString.check(Schema.isPattern(/^[a-zž ]+$/))
])

const Jar = Aggregate.make("Jar", {
  id: JarId,
  state: Schema.Struct({ beans: Schema.Int, notes: Schema.Array(Schema.String) }),
  initial: { beans: 0, notes: [] },
  events: { Filled: { beans: Schema.Int }, Noted: { note: Schema.String } },
  errors: {},
  commands: {}
})
export type JarState = typeof Jar.state.Type
export type JarEvent = typeof Jar.event.Type

const codec = { events: StoredForm.events<JarEvent>(Jar.event), state: StoredForm.codec(Jar.state) }

export const apply = (state: JarState, event: JarEvent): JarState =>
  event._tag === "Filled"
    ? { ...state, beans: state.beans + event.beans }
    : { ...state, notes: [...state.notes.slice(-2), event.note] }

export const fingerprint = "jars-1"

export const jars = (by: Fold.Fold<JarState, JarEvent>["apply"] = apply, initial: JarState = Jar.initial) =>
  Verification.aggregate<JarState, JarEvent>({
    name: "Jar",
    id: Jar.id,
    types: Object.keys(Jar.events),
    fold: {
      initial,
      apply: by,
      run: (state, events) => {
        for (const event of events) state = by(state, event)
        return state
      },
      fingerprint
    },
    codec
  })

export const filled = (beans: number): JarEvent => ({ _tag: "Filled", beans })
export const noted = (note: string): JarEvent => ({ _tag: "Noted", note })

export const put = Effect.fnUntraced(function* (id: string, events: ReadonlyArray<JarEvent>) {
  const store = yield* EventStore.EventStore
  const stored = yield* Effect.forEach(events, ({ _tag: type, ...data }) =>
    Effect.map(EventId.make, (id) => ({ id, type, schemaVersion: 1, data, metadata: {} }))
  )
  return yield* store.append(`Jar-${id}`, "any", stored)
})
