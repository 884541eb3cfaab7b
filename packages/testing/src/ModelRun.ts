/**
 * `fc.commands` for an aggregate: runs commands on a service, and compares the results with
 * `decide` and the fold.
 */
import { Effect, Result, Schema } from "effect"
import { type Aggregate, Decider, type Repository } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import { factsOf, moves, type Move } from "./internal/draw/Moves.ts"
import { ValuePool } from "./internal/subject/ValuePool.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"
import * as EventJson from "./internal/subject/EventJson.ts"

/** Expected state of the instance. */
interface Model<State> {
  state: State
  version: number
  /** Number of commands that were run. */
  commands: number
  /** Time of the last command, in milliseconds since 1970. */
  at: number
  /** Earlier values, which later commands can use again. */
  readonly seen: ValuePool
}

/** Runs a command on the instance under test. */
type Execute<State, Event, Command> = (
  command: Command,
  facts: Decider.Facts
) => Effect.Effect<Pick<Repository.Executed<State, Event>, "events" | "state" | "version">, Tagged>

/** Result of a command, of the model or of the service. */
type Answer<State, Event> =
  | { readonly executed: Pick<Repository.Executed<State, Event>, "events" | "state" | "version"> }
  | { readonly refused: Tagged }

/** Error: a service returned another result than `decide` and the fold. The message shows both. */
class Departure extends Error {
  override readonly name = "Departure"
}

/**
 * Creates a property for `fc.assert`: a service returns the events, errors, states and versions of
 * `decide` and the fold, for random sequences of commands on one instance.
 *
 * **When to use**
 *
 * Use it to compare a generated service on any store, or an adapter of your own, with the decider
 * alone.
 *
 * **Details**
 *
 * `start` runs for each sequence, and returns a function that runs commands on an instance without
 * events. It gets the time, the id and the declared facts of each command. Declared commands are
 * drawn with equal probability, shrink, and use earlier values again.
 *
 * **Errors**
 *
 * A run fails with a `Departure`, whose message shows both results. Errors that the aggregate does
 * not declare fail it, too. Throws a `TypeError` if the aggregate declares no commands.
 *
 * **Gotchas**
 *
 * If an aggregate declares facts, a generated service gets them from its own source: let the source
 * return those that the function gets.
 *
 * @example
 * ```ts
 * import { type Laws, ModelRun } from "@eventfold/testing"
 * import type { Repository } from "eventfold"
 * import * as fc from "fast-check"
 *
 * const check = <S, E extends Laws.Tagged, C extends Laws.Tagged>(
 *   subject: Laws.Subject<S, E, C>,
 *   open: () => Promise<Repository.Repository<string, S, E, C, Record<string, Laws.Tagged>>>
 * ) =>
 *   fc.assert(
 *     ModelRun.property(subject, async () => {
 *       const service = await open()
 *       return (command, { commandId, now }) => service.execute("1", command, { commandId, occurredAt: now })
 *     })
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const property = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  start: () => Promise<
    (
      command: Command,
      facts: Decider.Facts
    ) => Effect.Effect<Pick<Repository.Executed<State, Event>, "events" | "state" | "version">, Tagged>
  >,
  options: {
    /** Maximum number of commands. Defaults to 30. */
    readonly length?: number
  } = {}
): fc.IAsyncProperty<[commands: Iterable<{ readonly toString: () => string }>]> => {
  const move = moves(subject)
  if (move === undefined)
    throw new TypeError(`${subject.aggregate.name} declares no commands: declare one, or use Laws`)
  const commands = fc.commands([move.map((move) => new Step(subject, move))], {
    maxCommands: options.length ?? 30,
    size: "max"
  })
  return fc.asyncProperty(commands, (commands) =>
    fc.asyncModelRun(async () => ({ model: modelOf(subject), real: await start() }), commands)
  )
}

const modelOf = <State, Event extends Tagged, Command extends Tagged>({
  fold
}: Subject<State, Event, Command>): Model<State> => ({
  state: fold.initial,
  version: 0,
  commands: 0,
  at: 0,
  seen: new ValuePool()
})

class Step<State, Event extends Tagged, Command extends Tagged> implements fc.AsyncCommand<
  Model<State>,
  Execute<State, Event, Command>
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
  async run(model: Model<State>, execute: Execute<State, Event, Command>): Promise<void> {
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
    const actual = await this.#answer(execute(command, facts))
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
  async #answer(running: ReturnType<Execute<State, Event, Command>>): Promise<Answer<State, Event>> {
    const outcome = await Effect.runPromise(Effect.result(running))
    if (Result.isSuccess(outcome)) return { executed: outcome.success }
    if (Object.hasOwn(this.#subject.aggregate.errors, outcome.failure._tag)) return { refused: outcome.failure }
    throw outcome.failure
  }
  toString(): string {
    return this.#text
  }
}

const textsOf = <State, Event extends Tagged, Command extends Tagged>({
  aggregate,
  codec
}: Subject<State, Event, Command>) => {
  const eventJson = EventJson.encoder(codec.events)
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
      const texts = events.map((event) => JSON.stringify(eventJson(event)))
      return `[${texts.join(", ")}], version ${version}, ${JSON.stringify(Schema.encodeSync(codec.state)(state))}`
    }
  }
}
