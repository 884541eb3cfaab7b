/** `fc.commands` for an aggregate: runs commands with a service, and compares the results with `decide` and the fold. */
import { DateTime, Effect, Result, Schema } from "effect"
import { type Aggregate, Decider, type Repository } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import * as Histories from "./Histories.ts"
import { factsOf, moves, type Move } from "./internal/draw/Moves.ts"
import { ValuePool } from "./internal/subject/ValuePool.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/** Expected state of the instance. */
export interface Model<State> {
  state: State
  version: number
  /** Number of commands that were run. */
  commands: number
  /** Time of the last command, in milliseconds since 1970. */
  at: number
  /** Earlier values, which later commands can use again. */
  readonly seen: ValuePool
}

/** Result of a service. */
export type Answer<State, Event> =
  | { readonly executed: Pick<Repository.Executed<State, Event>, "events" | "state" | "version"> }
  | { readonly refused: Tagged }

/** Instance under test. {@link service} creates one from a generated service. */
export interface Real<State, Event, Command> {
  /** Runs a command. `facts` has the time, the id of the command, and the declared facts. */
  readonly execute: (command: Command, facts: Decider.Facts) => Promise<Answer<State, Event>>
}

/** Error: a service returned another result than `decide` and the fold. The message shows both. */
export class Departure extends Error {
  override readonly name = "Departure"
}

/** Creates the model of an instance without events. */
export const model = <State, Event extends Tagged, Command extends Tagged>({
  fold
}: Subject<State, Event, Command>): Model<State> => ({
  state: fold.initial,
  version: 0,
  commands: 0,
  at: 0,
  seen: new ValuePool()
})

/** The part of a generated service that runs commands. */
export interface Executes<Id, State, Event, Command> {
  readonly execute: (
    id: Id,
    command: Command,
    options?: { readonly commandId?: string; readonly occurredAt?: DateTime.Utc }
  ) => Effect.Effect<Repository.Executed<State, Event>, Tagged>
}

/**
 * Creates an instance of a generated service.
 *
 * **Gotchas**
 *
 * Declared facts are not passed on, because a service gets them from its own source. If an aggregate declares facts,
 * write `execute` yourself, and let the source return the facts that `execute` gets.
 */
export const service = <Id, State, Event, Command extends Tagged>(
  { aggregate }: Pick<Subject<State, never, Command>, "aggregate">,
  { execute }: Executes<Id, State, Event, Command>,
  id: Id
): Real<State, Event, Command> => ({
  execute: async (command, { commandId, now }) => {
    const outcome = await Effect.runPromise(Effect.result(execute(id, command, { commandId, occurredAt: now })))
    if (Result.isSuccess(outcome)) return { executed: outcome.success }
    if (Object.hasOwn(aggregate.errors, outcome.failure._tag)) return { refused: outcome.failure }
    throw outcome.failure
  }
})

/**
 * Creates sequences of commands for `fc.asyncModelRun`. Declared commands are drawn with equal probability, shrink, and
 * use earlier values again.
 *
 * **When to use**
 *
 * Use it to compare a service on any store, or an adapter of your own, with the decider alone.
 *
 * **Errors**
 *
 * A run throws a `Departure` if the service returns other events, another error, another state or another version.
 *
 * @example
 * ```ts
 * import { type Laws, ModelRun } from "@eventfold/testing"
 * import * as fc from "fast-check"
 *
 * const holds = <S, E extends Laws.Tagged, C extends Laws.Tagged>(
 *   subject: Laws.Subject<S, E, C>,
 *   real: () => Promise<ModelRun.Real<S, E, C>>
 * ) =>
 *   fc.asyncProperty(ModelRun.commands(subject), (commands) =>
 *     fc.asyncModelRun(async () => ({ model: ModelRun.model(subject), real: await real() }), commands)
 *   )
 * ```
 */
export const commands = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: Histories.Options = {}
): fc.Arbitrary<Iterable<fc.AsyncCommand<Model<State>, Real<State, Event, Command>>>> => {
  const move = moves(subject)
  if (move === undefined)
    throw new TypeError(`${subject.aggregate.name} declares no commands: declare one, or use Laws`)
  return fc.commands([move.map((move) => new Step(subject, move))], {
    maxCommands: options.length ?? 30,
    size: "max"
  })
}

class Step<State, Event extends Tagged, Command extends Tagged> implements fc.AsyncCommand<
  Model<State>,
  Real<State, Event, Command>
> {
  readonly #subject: Subject<State, Event, Command>
  readonly #move: Move<Command>
  #text = "not run"

  constructor(subject: Subject<State, Event, Command>, move: Move<Command>) {
    this.#subject = subject
    this.#move = move
  }
  check(): boolean {
    return true
  }
  async run(model: Model<State>, real: Real<State, Event, Command>): Promise<void> {
    const { decide, fold } = this.#subject
    const { choose, facts: known, pause } = this.#move
    const command = choose(model.seen)
    const texts = textsOf(this.#subject)
    this.#text = texts.command(command)
    model.at += pause
    const step = known === undefined ? { at: model.at, command } : { at: model.at, command, facts: known }
    const facts = factsOf(step, model.commands++)
    const decided = decide(model.state, command, facts)
    const expected = Decider.isEvents(decided)
      ? {
          executed: {
            events: decided,
            state: fold.run(model.state, decided),
            version: model.version + decided.length
          }
        }
      : { refused: decided }
    const actual = await real.execute(command, facts)
    const [wanted, got] = [texts.answer(expected), texts.answer(actual)]
    if (wanted !== got) {
      throw new Departure(
        `command ${model.commands}, ${this.#text}:\n  decide and the fold:  ${wanted}\n  the service returned: ${got}`
      )
    }
    if ("executed" in expected)
      Object.assign(model, { state: expected.executed.state, version: expected.executed.version })
    model.seen.add(command)
    model.seen.add(model.state)
  }
  toString(): string {
    return this.#text
  }
}

const textsOf = <State, Event extends Tagged, Command extends Tagged>({
  aggregate,
  codec
}: Subject<State, Event, Command>) => {
  // Declarations accept only schemas that are codecs.
  const { commands, errors } = aggregate as Aggregate.Any
  const stored = (schemas: Aggregate.Any["errors"], value: Tagged) => {
    const { _tag, ...fields } = Schema.encodeUnknownSync(StoredForm.codec(schemas[value._tag] ?? Schema.Never))(
      value
    ) as Schema.JsonObject
    return `${value._tag} ${JSON.stringify(fields)}`
  }
  return {
    command: (command: Command) => stored(commands, command),
    answer: (answer: Answer<State, Event>) => {
      if ("refused" in answer) return `refused with ${stored(errors, answer.refused)}`
      const { events, state, version } = answer.executed
      const texts = events.map((event) => JSON.stringify(Schema.encodeSync(codec.event)(event)))
      return `[${texts.join(", ")}], version ${version}, ${JSON.stringify(Schema.encodeSync(codec.state)(state))}`
    }
  }
}
