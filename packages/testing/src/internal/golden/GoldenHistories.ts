/**
 * Golden histories: histories with recorded states, which the fold has to compute again later. They
 * are committed beside the fold, so that a commit that changes the meaning of old events shows it.
 */
import { Result, Schema } from "effect"
import { StoredForm } from "eventfold/generated"
import { CanonicalJson } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import * as fc from "fast-check"
import { createHash } from "node:crypto"
import * as RandomEvents from "../draw/RandomEvents.ts"
import * as Histories from "../../Histories.ts"
import * as AggregateTools from "../subject/AggregateTools.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"
import * as EventJson from "../subject/EventJson.ts"

/** An event, with the change of the state. */
interface Step {
  readonly event: Schema.Json
  /** Fields of the state that the event changed; the whole state if the state has no fields. */
  readonly changed: Schema.Json
  /** Fields that the event removed. */
  readonly gone?: ReadonlyArray<string>
  /** First 16 digits of the SHA-256 of the state after the event, in canonical form. */
  readonly hash: string
}

/** An accepted change of recorded states. */
interface Accepted {
  /** Reason that the developer gave. */
  readonly why: string
  readonly from: string
  readonly to: string
}

/** Golden histories of an aggregate. */
export interface Golden {
  readonly aggregate: string
  /** Fingerprint of the fold that last computed the states. */
  readonly fingerprint: string
  readonly accepted: ReadonlyArray<Accepted>
  readonly initial: Schema.Json
  readonly histories: ReadonlyArray<ReadonlyArray<Step>>
}

/** Difference between a recorded state and the state of the current fold. */
export interface Difference {
  /** Number of the history, from 1. */
  readonly history: number
  /** Number of the event, from 1; 0 is the initial state. */
  readonly at: number
  /** Number of events of the history. */
  readonly of: number
  readonly type: string
  readonly because: string
  /** One line for each place that differs: recorded → now. */
  readonly differences: ReadonlyArray<string>
}

/** Error: the file cannot be read as golden histories. */
export class GoldenUnreadable extends Error {
  override readonly name = "GoldenUnreadable"
}

const format = 1

const Head = Schema.Struct({
  eventfold: Schema.Literal("golden"),
  format: Schema.Literal(format),
  aggregate: Schema.String,
  fingerprint: Schema.String,
  initial: Schema.Json
})
const Line = Schema.Union([
  Schema.Struct({ accepted: Schema.Struct({ why: Schema.String, from: Schema.String, to: Schema.String }) }),
  Schema.Struct({ history: Schema.Int }),
  Schema.Struct({
    event: Schema.Json,
    changed: Schema.Json,
    gone: Schema.optionalKey(Schema.Array(Schema.String)),
    hash: Schema.String
  })
])
const decodeHead = Schema.decodeUnknownResult(Head)
const decodeLine = Schema.decodeUnknownResult(Line)

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16)

const isObject = (value: Schema.Json): value is Schema.JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const stepOf = (event: Schema.Json, before: Schema.Json, after: Schema.Json): Step => {
  const hash = digest(CanonicalJson.text(after))
  if (!isObject(before) || !isObject(after)) return { event, changed: after, hash }
  const isChanged = (key: string) =>
    before[key] === undefined || CanonicalJson.text(before[key]) !== CanonicalJson.text(after[key]!)
  const changed = Object.fromEntries(
    Object.keys(after)
      .filter(isChanged)
      .map((key) => [key, after[key]!])
  )
  const gone = Object.keys(before).filter((key) => after[key] === undefined)
  return { event, changed, ...(gone.length === 0 ? {} : { gone }), hash }
}

/** Computes the state after a step from the state before it. */
const stepped = (before: Schema.Json, { changed, gone = [] }: Step): Schema.Json => {
  if (!isObject(before) || !isObject(changed)) return changed
  return Object.fromEntries(Object.entries({ ...before, ...changed }).filter(([key]) => !gone.includes(key)))
}

/**
 * Encodes golden histories as a file: a line of JSON for each event, which formatters leave alone,
 * and a seal.
 */
export const write = ({ accepted, aggregate, fingerprint, histories, initial }: Golden): string => {
  const lines: ReadonlyArray<object> = [
    { eventfold: "golden", format, aggregate, fingerprint, initial },
    ...accepted.map((accepted) => ({ accepted })),
    ...histories.flatMap((steps, i) => [{ history: i + 1 }, ...steps])
  ]
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join("")
  return `${body}${JSON.stringify({ seal: digest(body) })}\n`
}

/**
 * Reads a file that {@link write} encoded.
 *
 * **Errors**
 *
 * Fails with a `GoldenUnreadable` if the file is incomplete, was edited, or has a later format.
 */
export const read = (given: string, file: string): Result.Result<Golden, GoldenUnreadable> => {
  const refuse = (problem: string) => Result.fail(new GoldenUnreadable(`${file} ${problem}`))
  const restore = "restore it from version control, or remove it and record it again: eventfold golden record"
  // Version control can convert the ends of lines.
  const text = given.replaceAll("\r\n", "\n")
  const lines: Array<unknown> = []
  try {
    for (const line of text.trimEnd().split("\n")) lines.push(StoredJson.parse(line))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return refuse(`is not JSON in line ${lines.length + 1}: ${restore}`)
  }
  const later: unknown = Reflect.get(Object(lines[0]), "format")
  if (typeof later === "number" && later > format) {
    return refuse(
      `has format ${later}, but this release of @eventfold/testing reads format ${format}: update @eventfold/testing`
    )
  }
  const head = decodeHead(lines[0])
  if (Result.isFailure(head)) return refuse(`has no golden histories: ${restore}`)
  const body = text.slice(0, text.trimEnd().lastIndexOf("\n") + 1)
  if (Reflect.get(Object(lines.at(-1)), "seal") !== digest(body)) {
    return refuse(`was edited or cut off, but only the fold may write its states: ${restore}`)
  }
  const accepted: Array<Accepted> = []
  const histories: Array<Array<Step>> = []
  for (const line of lines.slice(1, -1)) {
    const decoded = decodeLine(line)
    if (Result.isFailure(decoded)) return refuse(`has no golden histories: ${restore}`)
    const one = decoded.success
    if ("accepted" in one) accepted.push(one.accepted)
    else if ("history" in one) histories.push([])
    else histories.at(-1)?.push(one)
  }
  const { aggregate, fingerprint, initial } = head.success
  return Result.succeed({ aggregate, fingerprint, accepted, initial, histories })
}

const tagOf = (event: Schema.Json): string => String(Reflect.get(Object(event), "_tag") ?? "?")

/** Returns the types of the events in golden histories. */
export const typesOf = ({ histories }: Golden): ReadonlySet<string> =>
  new Set(histories.flatMap((steps) => steps.map(({ event }) => tagOf(event))))

/** Replays events one at a time with the current fold. */
const replaying = <State, Event extends Tagged, Command extends Tagged>({
  aggregate,
  codec,
  fold
}: Subject<State, Event, Command>) => {
  const decode = EventJson.decoder(codec.events)
  const encode = Schema.encodeUnknownSync(StoredForm.codec(aggregate.state))
  let state = fold.initial
  const encoded = (): Schema.Json => encode(state) as Schema.Json
  return {
    encoded,
    /** Returns the state after an event, or the reason why the event cannot be folded. */
    take: (event: Schema.Json): Result.Result<Schema.Json, string> => {
      const decoded = decode(event)
      if (Result.isFailure(decoded)) return Result.fail(`it cannot be decoded any more: ${decoded.failure}`)
      try {
        state = fold.apply(state, decoded.success)
        return Result.succeed(encoded())
      } catch (error) {
        return Result.fail(`its handler threw: ${AggregateTools.messageOf(error)}`)
      }
    }
  }
}

const differenceIn = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  { histories, initial }: Golden,
  index: number
): Difference | undefined => {
  const steps = histories[index]!
  const { encoded, take } = replaying(subject)
  const at = (number: number, because: string, differences: ReadonlyArray<string> = []): Difference => ({
    history: index + 1,
    at: number,
    of: steps.length,
    type: number === 0 ? "" : tagOf(steps[number - 1]!.event),
    because,
    differences
  })
  let recorded = initial
  const begun = CanonicalJson.differences(initial, encoded())
  if (begun.length > 0) return at(0, "the initial state differs", begun)
  for (const [i, step] of steps.entries()) {
    recorded = stepped(recorded, step)
    const now = take(step.event)
    if (Result.isFailure(now)) return at(i + 1, now.failure)
    if (digest(CanonicalJson.text(now.success)) === step.hash) continue
    return at(i + 1, "the state after it differs", CanonicalJson.differences(recorded, now.success))
  }
  return undefined
}

/** Returns the first difference of each history. */
export const differences = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  golden: Golden
): ReadonlyArray<Difference> => golden.histories.flatMap((_, index) => differenceIn(subject, golden, index) ?? [])

/** Describes a difference for the developer. */
export const describe = (aggregate: string, { at, because, differences, history, of, type }: Difference): string => {
  const place = at === 0 ? "before the first event" : `event ${at} of ${of}, ${type}`
  const lines = differences.length === 0 ? [] : ["    (recorded → now)", ...differences.map((line) => `    ${line}`)]
  return [`${aggregate}, golden history ${history}, ${place}: ${because}`, ...lines].join("\n")
}

/** Options of {@link record}. */
interface RecordOptions {
  /** Minimum number of histories. Defaults to 5; more are recorded if some events need them. */
  readonly histories?: number
  /** Seed of the random histories. Defaults to 1. */
  readonly seed?: number
  /** Maximum number of events in a history. Defaults to 30. */
  readonly length?: number
}

/** Number of drawn histories that recorded ones are chosen from. */
const candidateCount = 300

/**
 * Draws histories that together contain as many types of events as possible that are not `known`.
 */
const drawn = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  { histories = 5, length = 30, seed = 1 }: RecordOptions,
  known: ReadonlySet<string>
): ReadonlyArray<ReadonlyArray<Schema.Json>> => {
  const tools = AggregateTools.make(subject)
  const isState = (state: State): boolean => {
    try {
      return tools.stateText(state) !== ""
    } catch {
      return false // `stateText` throws if a state does not fit its schema
    }
  }
  const sampled = (arbitrary: fc.Arbitrary<ReadonlyArray<Event>>) =>
    fc
      .sample(arbitrary, { numRuns: candidateCount, seed })
      .map((events) => events.slice(0, length))
      .filter((events) => events.length > 0)
  // Prefers histories of commands. Events that no current command leads to can still be stored.
  const candidates = [
    ...sampled(Histories.reachable(subject, { length })),
    ...sampled(RandomEvents.events(subject, isState, { length }))
  ]
  const missing = new Set(Object.keys(subject.aggregate.events).filter((tag) => !known.has(tag)))
  const chosen: Array<ReadonlyArray<Event>> = []
  const gain = (events: ReadonlyArray<Event>) =>
    new Set(events.map(({ _tag }) => _tag).filter((tag) => missing.has(tag))).size
  while (missing.size > 0) {
    const best = candidates.reduce((a, b) => (gain(b) > gain(a) ? b : a), [])
    if (gain(best) === 0) break
    chosen.push(best)
    for (const { _tag } of best) missing.delete(_tag)
  }
  // Recorded histories stay, so that only new types of events need additional histories.
  const wanted = known.size > 0 ? chosen.length : histories
  for (const events of candidates) {
    if (chosen.length >= wanted) break
    if (!chosen.includes(events)) chosen.push(events)
  }
  return chosen.map((events) => events.map((event) => StoredJson.parse(tools.eventText(event))))
}

/** Result of {@link record}. */
interface Recorded {
  readonly golden: Golden
  /** Differences from the current fold. Without a reason, they must not be recorded. */
  readonly differences: ReadonlyArray<Difference>
  /** Number of added histories. */
  readonly added: number
  /** Number of removed histories: an event of theirs cannot be decoded or folded any more. */
  readonly dropped: number
}

const stepsOf = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  events: ReadonlyArray<Schema.Json>
): ReadonlyArray<Step> | undefined => {
  const { encoded, take } = replaying(subject)
  let before = encoded()
  const steps: Array<Step> = []
  for (const event of events) {
    const after = take(event)
    if (Result.isFailure(after)) return undefined
    steps.push(stepOf(event, before, after.success))
    before = after.success
  }
  return steps
}

/**
 * Records histories with the states of the current fold.
 *
 * **Details**
 *
 * The histories of `before` stay, with the current states. Histories are added for types of events
 * that none of them has.
 */
export const record = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  before: Golden | undefined,
  options: RecordOptions = {},
  why?: string
): Recorded => {
  const found = before === undefined ? [] : differences(subject, before)
  const old = (before?.histories ?? []).map((steps) =>
    stepsOf(
      subject,
      steps.map(({ event }) => event)
    )
  )
  const kept = old.flatMap((steps) => (steps === undefined ? [] : [steps]))
  const known = new Set(kept.flatMap((steps) => steps.map(({ event }) => tagOf(event))))
  const added = drawn(subject, options, known).flatMap((events) => {
    const steps = stepsOf(subject, events)
    return steps === undefined ? [] : [steps]
  })
  const { fingerprint } = subject.fold
  const accepted = before?.accepted ?? []
  return {
    golden: {
      aggregate: subject.aggregate.name,
      fingerprint,
      accepted:
        found.length === 0 || why === undefined || before === undefined
          ? accepted
          : [...accepted, { why, from: before.fingerprint, to: fingerprint }],
      initial: replaying(subject).encoded(),
      histories: [...kept, ...added]
    },
    differences: found,
    added: added.length,
    dropped: old.length - kept.length
  }
}
