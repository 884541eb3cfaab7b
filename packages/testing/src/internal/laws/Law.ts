/**
 * Builds a law from a check: draws histories, shrinks a failure, and reports it as a `Violation`.
 */
import { DateTime, Schema } from "effect"
import * as fc from "fast-check"
import * as AggregateTools from "../subject/AggregateTools.ts"
import type { Divergence } from "../subject/Divergence.ts"
import * as Histories from "../../Histories.ts"
import * as Counterexample from "../draw/Counterexample.ts"
import * as DecisiveField from "../draw/DecisiveField.ts"
import * as EvidenceForm from "../draw/EvidenceForm.ts"
import * as RandomEvents from "../draw/RandomEvents.ts"
import * as Runs from "../draw/Runs.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"
import { type Evidence, Violation } from "../subject/Violation.ts"
import { StoredJson } from "eventfold/tables"
import { StoredForm } from "eventfold/generated"

/**
 * Options of a law.
 *
 * **When to use**
 *
 * Pass `runs` to try a handler on more histories, and `history` or `commands`, which a failure
 * prints, to repeat one.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options {
  /** Number of random histories. Defaults to 200. */
  readonly runs?: number
  /** Seed of the random histories. Defaults to a new seed at each run. */
  readonly seed?: number
  /** Limits of shrinking a failure. */
  readonly shrinking?: {
    /**
     * Maximum number of smaller cases that are tried. Defaults to 5,000. The same seed and number
     * of candidates give the same result on every machine, if `cpuSeconds` is sufficient.
     */
    readonly candidates?: number
    /** Maximum CPU time in seconds. Defaults to 20. */
    readonly cpuSeconds?: number
  }
  /** Events in stored form that are checked instead of random ones. A failure prints them. */
  readonly history?: ReadonlyArray<Schema.Json>
  /** Commands that are checked instead of random ones. A failure prints them. */
  readonly commands?: ReadonlyArray<{
    readonly at: string
    readonly command: Schema.Json
    readonly facts?: { readonly [fact: string]: Schema.Json }
  }>
}

/**
 * A divergence in a run of commands: at a command, or at one of the `events` that the commands led
 * to.
 */
export interface Found<Event> extends Divergence {
  readonly events?: ReadonlyArray<Event>
}

export interface Spec {
  /** Name of the law in `Laws`. */
  readonly name: string
  /** Statement about the aggregate that holds if the law holds. */
  readonly claim: string
  /**
   * The histories that the claim covers: any events that `apply` accepts, or only those that
   * commands lead to.
   */
  readonly of: "any events" | "reachable states"
  /**
   * `true` if the law is also checked on events with all values that the schemas allow. Its check
   * must not fail if a handler refuses such an event.
   */
  readonly ofExtremes?: boolean
  /**
   * Fraction of the random histories that the law checks, if one check is expensive. Defaults to 1.
   */
  readonly share?: number
  /** Checks one history. */
  readonly events?: <State, Event extends Tagged, Command extends Tagged>(
    tools: AggregateTools.AggregateTools<State, Event, Command>,
    events: ReadonlyArray<Event>
  ) => Divergence | undefined
  /** Checks one run of commands. Defaults to checking the events that the commands lead to. */
  readonly steps?: <State, Event extends Tagged, Command extends Tagged>(
    tools: AggregateTools.AggregateTools<State, Event, Command>,
    steps: ReadonlyArray<Histories.Step<Command>>
  ) => Found<Event> | undefined
}

/** A history that a law is checked on. */
type Case<Event, Command> =
  | { readonly events: ReadonlyArray<Event> }
  | { readonly steps: ReadonlyArray<Histories.Step<Command>> }

/** Creates a law: it checks a subject, and throws a `Violation` if the claim does not hold. */
export const make =
  (spec: Spec) =>
  <State, Event extends Tagged, Command extends Tagged>(
    subject: Subject<State, Event, Command>,
    options: Options = {}
  ): void =>
    hold(spec, subject, options)

const hold = <State, Event extends Tagged, Command extends Tagged>(
  spec: Spec,
  subject: Subject<State, Event, Command>,
  options: Options
): void => {
  Runs.check(`Laws.${spec.name}`, options)
  const tools = AggregateTools.make(subject)
  const violation = (of: Case<Event, Command>, { divergence, events }: Verdict<Event>, found: string) =>
    new Violation({
      about: subject.aggregate.name,
      module: "Laws",
      subject: subject.name,
      law: spec.name,
      claim: spec.claim,
      divergence,
      advice: adviceOn(spec, tools, of, divergence),
      evidence: events === undefined && "steps" in of ? commandsOf(subject, of.steps) : eventsOf(tools, events ?? []),
      found
    })
  const given = givenCase(spec, subject, options)
  if (given !== undefined) {
    const verdict = judge(spec, tools, given)
    if (verdict !== undefined) throw violation(given, verdict, "Given, not random")
    return
  }
  const runs = Math.ceil((options.runs ?? 200) * (spec.share ?? 1))
  const counterexample = Counterexample.search(
    "history",
    cases(spec, tools),
    (drawn) => judge(spec, tools, drawn) === undefined,
    { ...options, runs }
  )
  if (counterexample === undefined) return
  const { found, value: drawn } = counterexample
  // A handler can recognise objects that it has seen, so the second attempt uses new ones, as
  // pasted code does.
  const verdict = judge(spec, tools, drawn) ?? judge(spec, tools, again(tools, drawn))
  if (verdict !== undefined) throw violation(drawn, verdict, found)
  const at = ("steps" in drawn ? drawn.steps : drawn.events).length - 1
  const because = "the failure did not happen again when the history was repeated: a handler remembers earlier calls"
  const events = "steps" in drawn ? undefined : drawn.events
  throw violation(drawn, { divergence: { at, because }, events }, found)
}

/** Advises to narrow a field if the law holds with another value of the field. */
const adviceOn = <State, Event extends Tagged, Command extends Tagged>(
  spec: Spec,
  tools: AggregateTools.AggregateTools<State, Event, Command>,
  of: Case<Event, Command>,
  { at, differences = [] }: Divergence
): string | undefined => {
  // Results that differ are a defect of the handler for any value. A refusal can be due to a value
  // that never occurs.
  if (differences.length > 0 && spec.name !== "codecs") return undefined
  const { commands, events } = tools.subject.aggregate
  const holds = (other: Case<Event, Command>) => judge(spec, tools, other) === undefined
  // A value with another field of its schema is of the same type.
  const items: ReadonlyArray<DecisiveField.Item> =
    "steps" in of
      ? of.steps.map((step, i) => ({
          value: step.command,
          schema: commands[step.command._tag],
          holdsWith: (command) => holds({ steps: of.steps.with(i, { ...step, command: command as Command }) })
        }))
      : of.events.map((event, i) => ({
          value: event,
          schema: events[event._tag],
          holdsWith: (other) => holds({ events: of.events.with(i, other as Event) })
        }))
  const fields = DecisiveField.find(items, "steps" in of ? items.length - 1 : at)
  return fields === undefined ? undefined : DecisiveField.advice(fields)
}

/**
 * Runs a check, and reports an unexpected error with the history too, such as one of a getter of a
 * state.
 */
export const checked = <A extends Divergence>(
  length: number,
  check: () => A | undefined
): A | Divergence | undefined => {
  try {
    return check()
  } catch (error) {
    return {
      at: length - 1,
      because: `the law could not be checked: it threw: ${AggregateTools.messageOf(error)}`
    }
  }
}

interface Verdict<Event> {
  readonly divergence: Divergence
  /** Events that the divergence refers to; `undefined` if it refers to the commands. */
  readonly events: ReadonlyArray<Event> | undefined
}

const judge = <State, Event extends Tagged, Command extends Tagged>(
  { events: checkEvents, steps: checkSteps }: Spec,
  tools: AggregateTools.AggregateTools<State, Event, Command>,
  of: Case<Event, Command>
): Verdict<Event> | undefined => {
  const judgeEvents = (events: ReadonlyArray<Event>) => {
    const divergence = checked(events.length, () => checkEvents?.(tools, events))
    return divergence === undefined ? undefined : { divergence, events }
  }
  if ("events" in of) return judgeEvents(of.events)
  if (checkSteps !== undefined) {
    const found = checked<Found<Event>>(of.steps.length, () => checkSteps(tools, of.steps))
    return found === undefined ? undefined : { divergence: found, events: "events" in found ? found.events : undefined }
  }
  const { events, outcomes, thrown } = Histories.play(tools.subject, of.steps)
  if (thrown === undefined) return judgeEvents(events)
  const because = `decide threw: ${AggregateTools.messageOf(thrown.error)}`
  return { divergence: { at: outcomes.length, because }, events: undefined }
}

const cases = <State, Event extends Tagged, Command extends Tagged>(
  spec: Spec,
  { stateText, subject }: AggregateTools.AggregateTools<State, Event, Command>
): fc.Arbitrary<Case<Event, Command>> => {
  const reachable = Histories.steps(subject).map((steps) => ({ steps }))
  if (spec.of === "reachable states") return reachable
  const isState = (state: State) => {
    try {
      return stateText(state) !== ""
    } catch {
      return false // `stateText` throws if a state does not fit its schema
    }
  }
  const random = RandomEvents.events(subject, isState).map((events) => ({ events }))
  const extreme = RandomEvents.extremes(subject).map((events) => ({ events }))
  return fc.oneof(
    { weight: 2, arbitrary: reachable },
    { weight: 1, arbitrary: random },
    ...(spec.ofExtremes === true ? [{ weight: 1, arbitrary: extreme }] : [])
  )
}

/** Builds the same case again from its stored form. */
const again = <State, Event extends Tagged, Command extends Tagged>(
  tools: AggregateTools.AggregateTools<State, Event, Command>,
  of: Case<Event, Command>
): Case<Event, Command> => {
  const { items, option } = "steps" in of ? commandsOf(tools.subject, of.steps) : eventsOf(tools, of.events)
  try {
    return givenCase(undefined, tools.subject, { [option]: items.map((item) => StoredJson.parse(item)) }) ?? of
  } catch {
    // A value has no stored form, or its stored form cannot be read back. The law reports that.
    return of
  }
}

const givenCase = <State, Event extends Tagged, Command extends Tagged>(
  spec: Spec | undefined,
  { aggregate }: Subject<State, Event, Command>,
  { commands, history }: Options
): Case<Event, Command> | undefined => {
  // The schemas of the declaration are those of the generated types.
  if (history !== undefined) {
    if (spec !== undefined && spec.events === undefined)
      throw new TypeError(`Laws.${spec.name} checks commands: pass \`commands\` instead of \`history\``)
    const decode = Schema.decodeUnknownSync(StoredForm.codec(aggregate.event))
    return { events: history.map((event) => decode(event) as Event) }
  }
  if (commands === undefined) return undefined
  const decode = Schema.decodeUnknownSync(EvidenceForm.codec(aggregate.command))
  const decodeFact = (fact: string, value: Schema.Json): unknown =>
    Schema.decodeUnknownSync(EvidenceForm.codec(aggregate.facts[fact] ?? Schema.Never))(value)
  const steps = commands.map(({ at, command, facts }) => ({
    at: DateTime.makeUnsafe(at).epochMilliseconds,
    command: decode(command) as Command,
    ...(facts === undefined
      ? {}
      : { facts: Object.fromEntries(Object.entries(facts).map(([fact, value]) => [fact, decodeFact(fact, value)])) })
  }))
  return { steps }
}

/** Shows a value without a stored form by its tag, with the reason. */
const storedText = ({ _tag }: Tagged, text: () => string): string => {
  try {
    return text()
  } catch (error) {
    const reason = AggregateTools.messageOf(error).replaceAll("*/", "* /")
    return `{ "_tag": ${JSON.stringify(_tag)} } /* has no stored form: ${reason} */`
  }
}

const eventsOf = <State, Event extends Tagged, Command extends Tagged>(
  { eventText }: AggregateTools.AggregateTools<State, Event, Command>,
  events: ReadonlyArray<Event>
): Evidence => ({
  option: "history",
  items: events.map((event) => storedText(event, () => eventText(event))),
  tags: events.map(({ _tag }) => _tag)
})

const commandsOf = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate }: Subject<State, Event, Command>,
  steps: ReadonlyArray<Histories.Step<Command>>
): Evidence => {
  const encode = Schema.encodeUnknownSync(EvidenceForm.codec(aggregate.command))
  const encodeFact = (fact: string, value: unknown) =>
    Schema.encodeUnknownSync(EvidenceForm.codec(aggregate.facts[fact] ?? Schema.Never))(value)
  const item = (step: Histories.Step<Command>) => storedText(step.command, () => textOf(step))
  const textOf = ({ at, command, facts = {} }: Histories.Step<Command>): string => {
    const stored = Object.fromEntries(Object.entries(facts).map(([fact, value]) => [fact, encodeFact(fact, value)]))
    const rest = Object.keys(stored).length === 0 ? "" : `, "facts": ${JSON.stringify(stored)}`
    return `{ "at": "${new Date(at).toISOString()}", "command": ${JSON.stringify(encode(command))}${rest} }`
  }
  return { option: "commands", items: steps.map(item), tags: steps.map(({ command }) => command._tag) }
}
