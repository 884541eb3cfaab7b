/** `fc.commands` for an aggregate: each command is run against a service, and held against the model, which is `decide` and the fold. */
import { DateTime, Effect, Result, Schema } from "effect"
import { type Aggregate, Decider, type Repository } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import * as Histories from "./Histories.ts"
import { factsOf, moves, type Move } from "./internal/draw/Moves.ts"
import { ValuePool } from "./internal/subject/ValuePool.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/** What is expected of the instance so far. */
export interface Model<State> {
  state: State
  version: number
  /** Commands so far, and the time of the last one, in milliseconds since 1970. */
  commands: number
  at: number
  /** Values that were seen before, to be used again. */
  readonly seen: ValuePool
}

/** What a service answered. */
export type Answer<State, Event> =
  | { readonly executed: Pick<Repository.Executed<State, Event>, "events" | "state" | "version"> }
  | { readonly refused: Tagged }

/** The instance under test: `service` makes one of a generated service. */
export interface Real<State, Event, Command> {
  /** `facts` holds the time, the command's id, and what it is decided with where facts are declared. */
  readonly execute: (command: Command, facts: Decider.Facts) => Promise<Answer<State, Event>>
}

/** A service answered otherwise than `decide` and the fold say. The message shows both. */
export class Departure extends Error {
  override readonly name = "Departure"
}

/** One instance that nothing has happened to. */
export const model = <State, Event extends Tagged, Command extends Tagged>({
  fold
}: Subject<State, Event, Command>): Model<State> => ({
  state: fold.initial,
  version: 0,
  commands: 0,
  at: 0,
  seen: new ValuePool()
})

/** What any generated service has of a repository. */
export interface Executes<Id, State, Event, Command> {
  readonly execute: (
    id: Id,
    command: Command,
    options?: { readonly commandId?: string; readonly occurredAt?: DateTime.Utc }
  ) => Effect.Effect<Repository.Executed<State, Event>, Tagged>
}

/**
 * An instance of a generated service.
 *
 * **Gotchas**
 *
 * Facts that commands are decided with are not handed on, since a service asks its own source for them: where an aggregate declares
 * facts, write `execute` yourself, and have the source answer with those that it is given.
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
 * Sequences of an aggregate's commands, each as often as any other, for `fc.asyncModelRun`: with shrinking, and with values that were
 * seen before.
 *
 * **When to use**
 *
 * To hold a service, on whatever store, or an adapter of your own, against the decider alone.
 *
 * **Errors**
 *
 * Running them throws a `Departure` where the service answers with other events, another error, state or version.
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
  if (move === undefined) throw new TypeError(`${subject.aggregate.name} declares no commands`)
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
        `command ${model.commands}, ${this.#text}:\n  decide and the fold say: ${wanted}\n  the service answered:    ${got}`
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
  // Declarations take only schemas that are codecs.
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
