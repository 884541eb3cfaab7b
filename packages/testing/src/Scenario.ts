/**
 * Examples of decisions as tests: given events, when a command is decided, then events or an error.
 */
import { DateTime, Result, Schema } from "effect"
import { type Aggregate, Decider } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as AggregateTools from "./internal/subject/AggregateTools.ts"
import * as Divergence from "./internal/subject/Divergence.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/** Error: a decision differs from its example. The message shows both. */
class Mismatch extends Error {
  override readonly name = "Mismatch"
}

/**
 * Creates examples of the decisions of an aggregate.
 *
 * **When to use**
 *
 * Use it for cases that domain experts name: one line each, with the names of the events, commands
 * and errors. Use `Laws` for properties of all cases.
 *
 * **Details**
 *
 * Values are compared in stored form. `apply` folds the given events. The events and the command
 * must fit their schemas.
 *
 * @example
 * ```ts
 * import { type Laws, Scenario } from "@eventfold/testing"
 *
 * const examples = <S, E extends Laws.Tagged, C extends Laws.Tagged>(
 *   subject: Laws.Subject<S, E, C>,
 *   { opened, close, closed }: { opened: E; close: C; closed: E }
 * ) => {
 *   const { given } = Scenario.of(subject)
 *   given(opened).when(close).then(closed)
 *   given(opened, closed).when(close).then({ _tag: "AlreadyClosed" })
 * }
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>
): {
  /** Begins an example with a history, from its first event. */
  readonly given: (...events: ReadonlyArray<Event>) => {
    /** Decides a command. The fact `now` defaults to 2000-01-01, and `commandId` to "scenario". */
    readonly when: (
      command: Command,
      facts?: { readonly now?: DateTime.Utc; readonly commandId?: string; readonly [fact: string]: unknown }
    ) => {
      /**
       * Expects exactly these events, in this order, or this error. Without arguments, it expects
       * no events.
       *
       * Throws a `Mismatch` that shows the differences. The result is not a promise, so a test can
       * return it.
       */
      readonly then: <Refusal extends Tagged = never>(
        ...expected: ReadonlyArray<Event> | readonly [error: Refusal]
      ) => { readonly thenState: (expected: State) => void }
      /** Expects the state after the events; if the command was refused, the state before it. */
      readonly thenState: (expected: State) => void
    }
    /** Expects the state after the given events. */
    readonly thenState: (expected: State) => void
  }
} => {
  const { decide, fold } = subject
  // Declarations accept only schemas that are codecs.
  const aggregate = subject.aggregate as Aggregate.Any
  const stateText = stored(subject.codec.state)
  const fits = (what: string, schemas: Schemas, value: Tagged): Tagged => {
    const schema = schemaOf(schemas, value)
    const checked = Schema.decodeUnknownResult(Schema.toType(schema ?? Schema.Never), AggregateTools.strict)(value)
    if (Result.isSuccess(checked)) return value
    const why =
      schema === undefined ? `${aggregate.name} does not declare it` : AggregateTools.messageOf(checked.failure)
    throw new TypeError(`${what} ${String(value?._tag)} cannot be used: ${why}`)
  }
  const compareStates = (where: string, expected: State, actual: State) => {
    const differences = Divergence.between(stateText(expected), stateText(actual))
    if (differences.length === 0) return
    throw new Mismatch(
      [`${where}, the state differs (expected → actual):`, ...differences.map((line) => `  ${line}`)].join("\n")
    )
  }

  return {
    given: (...history) => {
      for (const event of history) fits("the given event", aggregate.events, event)
      const before = history.reduce(
        (state, event) => fold.apply(AggregateTools.frozen(state), AggregateTools.frozen(event)),
        fold.initial
      )
      const after = history.length === 0 ? "without events" : `after ${history.map(({ _tag }) => _tag).join(", ")}`
      return {
        thenState: (expected) => compareStates(`${aggregate.name} ${after}`, expected, before),
        when: (command, facts = {}) => {
          fits("the command", aggregate.commands, command)
          const known = { now: DateTime.makeUnsafe("2000-01-01T00:00:00Z"), commandId: "scenario", ...facts }
          const decided = decide(AggregateTools.frozen(before), AggregateTools.frozen(command), known)
          const title = `${aggregate.name} ${after}, ${line(aggregate.commands, command)}`
          const settled = {
            thenState: (expected: State) => {
              const state = Decider.isEvents(decided) ? fold.run(before, decided) : before
              compareStates(title, expected, state)
            }
          }
          return {
            ...settled,
            // oxlint-disable-next-line unicorn/no-thenable -- the usual name after given and when; no caller awaits it.
            then: (...expected) => {
              const wanted = outcomeOf(aggregate, expected)
              const actual = outcomeOf(aggregate, Decider.isEvents(decided) ? decided : [decided])
              const differences = differ(wanted, actual)
              if (differences.length > 0) throw new Mismatch([`${title}:`, ...differences].join("\n"))
              return settled
            }
          }
        }
      }
    }
  }
}

type Schemas = Aggregate.Any["events"]

const schemaOf = (schemas: Schemas, value: Tagged) =>
  // A tag can be "constructor".
  Object.hasOwn(schemas, value?._tag) ? schemas[value._tag] : undefined

const stored = <A>(codec: Schema.Codec<A, Schema.Json>) => Schema.encodeUnknownSync(codec)

/** Shows a value by its tag and its other fields in stored form. */
const line = (schemas: Schemas, value: Tagged): string => {
  const { _tag, ...fields } = jsonOf(schemas, value)
  const text = JSON.stringify(fields)
  return text === "{}" ? String(_tag) : `${String(_tag)} ${text}`
}

const jsonOf = (schemas: Schemas, value: Tagged): Schema.JsonObject => {
  const schema = schemaOf(schemas, value)
  if (schema === undefined) return { _tag: value._tag, "": "not declared" }
  const encoded = Schema.encodeUnknownResult(StoredForm.codec(schema))(value)
  return Result.isSuccess(encoded)
    ? (encoded.success as Schema.JsonObject)
    : { _tag: value._tag, "": AggregateTools.messageOf(encoded.failure) }
}

interface Outcome {
  readonly refused: boolean
  readonly lines: ReadonlyArray<string>
  readonly values: ReadonlyArray<Schema.JsonObject>
}

const outcomeOf = ({ errors, events }: Aggregate.Any, values: ReadonlyArray<Tagged>): Outcome => {
  const refused = values.length === 1 && schemaOf(errors, values[0]!) !== undefined
  const schemas = refused ? errors : events
  return {
    refused,
    lines: values.map((value) => line(schemas, value)),
    values: values.map((value) => jsonOf(schemas, value))
  }
}

const differ = (expected: Outcome, actual: Outcome): ReadonlyArray<string> => {
  const sameTags =
    expected.refused === actual.refused &&
    expected.values.length === actual.values.length &&
    expected.values.every(({ _tag }, i) => _tag === actual.values[i]!["_tag"])
  if (sameTags) {
    const lines = expected.values.flatMap((value, i) =>
      Divergence.between(value, actual.values[i]!).map((place) => `    ${String(value["_tag"])}.${place}`)
    )
    return lines.length === 0 ? [] : ["  differs (expected → actual):", ...lines]
  }
  const says = (outcome: Outcome) =>
    outcome.lines.length === 0 ? ["    no events"] : outcome.lines.map((text) => `    ${text}`)
  const title = (outcome: Outcome) => (outcome.refused ? "refused with" : "leads to")
  return [`  expected: ${title(expected)}`, ...says(expected), `  actual: ${title(actual)}`, ...says(actual)]
}
