/** What random histories come to: a law that was never tried on an event says nothing of it. */
import * as fc from "fast-check"
import { meet } from "./ContentionLaw.ts"
import * as Histories from "../../Histories.ts"
import type { ShrinkBounds } from "../draw/Counterexample.ts"
import * as Runs from "../draw/Runs.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"

/** Marks an `Unreached`, so that one from another copy of this package is known too. */
export const UnreachedTypeId = "~eventfold/testing/Unreached"

/** Random histories never came to something that is declared. The message names it, and says what to do. */
export class Unreached extends Error {
  readonly [UnreachedTypeId] = UnreachedTypeId
  override readonly name = "Unreached"
  /** Tags of events and errors, and "conflict" or "snapshot". */
  readonly missing: ReadonlyArray<string>

  constructor(message: string, missing: ReadonlyArray<string>) {
    super(message)
    this.missing = missing
  }
}

export interface CoverageOptions extends Histories.Options {
  /** So many histories are drawn at a time, ten times at most; 200 unless given. */
  readonly runs?: number
  readonly seed?: number
  /** What need not be reached, besides what the declaration says so of: tags of events and errors, with the reason. */
  readonly unreached?: { readonly [tag: string]: string }
}

/** What all laws take. */
export interface AllOptions extends Pick<CoverageOptions, "runs" | "seed" | "unreached"> {
  /** How far a failure is shrunk. */
  readonly shrinking?: ShrinkBounds
}

/** How often everything was reached. */
export interface Coverage {
  readonly histories: number
  readonly accepted: { readonly [command: string]: number }
  /** For each command how often it was refused with each error. */
  readonly refused: { readonly [command: string]: { readonly [error: string]: number } }
  readonly events: { readonly [event: string]: number }
  readonly errors: { readonly [error: string]: number }
  readonly conflicts: number
  readonly snapshots: number
}

/** After so many batches of histories, what was not reached will not be. */
export const batches = 10
/** Of the histories, one in so many is run by two services on a store. */
const stored = 10

const zeros = (tags: object): Record<string, number> => Object.fromEntries(Object.keys(tags).map((tag) => [tag, 0]))
const count = (counts: Record<string, number>, tag: string) => (counts[tag] = (counts[tag] ?? 0) + 1)

/**
 * Fails where random histories never come to an event, a declared error, a version conflict between two services, or a state that is
 * gone on with from a snapshot.
 *
 * **When to use**
 *
 * Beside the other laws: what no history reaches, no law is tried on.
 *
 * **Details**
 *
 * Each command is drawn as often as any other. Where 200 histories do not come to everything, more are drawn, 2,000 at most; so a rare
 * event does not fail a test now and then. It gives what it counted.
 *
 * Where commands need much to be just so before one is accepted, draw likelier values: an annotation `drawnFrom` on a field of the
 * schema. Where that can't be, say why in the declaration: `unreached: { LimitExceeded: "takes 5,000 lines" }`.
 *
 * **Errors**
 *
 * Throws `Unreached`; a `TypeError` where what need not be reached is not declared at all, or has no reason.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.coverage(subject, { unreached: { LimitExceeded: "takes 5,000 lines" } })
 * ```
 */
export const coverage = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: CoverageOptions = {}
): Coverage => {
  Runs.check("Laws.coverage", options)
  const { aggregate } = subject
  const { runs = 200, seed = Math.floor(Math.random() * 2 ** 31) } = options
  const excused = excuses(subject, options)
  const counts = {
    histories: 0,
    accepted: zeros(aggregate.commands),
    refused: Object.fromEntries(Object.keys(aggregate.commands).map((tag) => [tag, zeros({})])),
    events: zeros(aggregate.events),
    errors: zeros(aggregate.errors),
    conflicts: 0,
    snapshots: 0
  }
  const missing = () => {
    const never = (tags: Record<string, number>) =>
      Object.keys(tags).filter((tag) => tags[tag] === 0 && !excused.has(tag))
    const writes = Object.values(aggregate.flow).some(({ emits }) => emits.length > 0)
    return [
      ...never(counts.events),
      ...never(counts.errors),
      ...(writes && counts.conflicts === 0 ? ["conflict"] : []),
      ...(writes && counts.snapshots === 0 ? ["snapshot"] : [])
    ]
  }
  const steps = Histories.steps(subject, options)
  for (let batch = 0; batch < batches; batch++) {
    for (const [i, all] of fc.sample(steps, { numRuns: runs, seed: seed + batch }).entries()) {
      counts.histories++
      for (const { command, events, refusal } of Histories.play(subject, all).outcomes) {
        if (refusal === undefined) count(counts.accepted, command)
        else {
          count((counts.refused[command] ??= {}), refusal._tag)
          count(counts.errors, refusal._tag)
        }
        for (const event of events) count(counts.events, event._tag)
      }
      const met = i % stored === 0 ? meet(subject, all) : undefined
      counts.conflicts += met?.conflicts ?? 0
      counts.snapshots += met?.resumed ?? 0
    }
    if (missing().length === 0) return counts
  }
  throw new Unreached(messageOf(subject, counts, missing(), seed), missing())
}

/** Tags that need not be reached. */
const excuses = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate }: Subject<State, Event, Command>,
  { unreached }: CoverageOptions
): ReadonlySet<string> => {
  const all = { ...aggregate.unreached, ...unreached }
  for (const [tag, reason] of Object.entries(all)) {
    if (!Object.hasOwn(aggregate.events, tag) && !Object.hasOwn(aggregate.errors, tag)) {
      throw new TypeError(`${aggregate.name} has no event and no error ${tag}, which \`unreached\` speaks of`)
    }
    if (reason === undefined || reason.trim() === "") {
      throw new TypeError(`\`unreached\` gives no reason why ${aggregate.name} need not come to ${tag}`)
    }
  }
  return new Set(Object.keys(all))
}

const messageOf = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate }: Subject<State, Event, Command>,
  counts: Coverage,
  missing: ReadonlyArray<string>,
  seed: number
): string => {
  const { errors, events, flow } = aggregate
  const by = (which: "emits" | "fails", tag: string) =>
    Object.keys(flow).filter((command) => flow[command]![which].includes(tag))
  const lines = missing.map((tag) => {
    if (Object.hasOwn(events, tag)) return `  event ${tag}, which ${list(by("emits", tag))} may emit`
    if (Object.hasOwn(errors, tag)) return `  error ${tag}, which ${list(by("fails", tag))} may fail with`
    return tag === "conflict"
      ? "  a version conflict: no two commands, one right after the other, both led to events"
      : "  a state that went on from a snapshot: no history led to events, and then to more"
  })
  const commands = new Set(missing.flatMap((tag) => [...by("emits", tag), ...by("fails", tag)]))
  const what = [...(commands.size === 0 ? Object.keys(flow) : commands)].map((command) => {
    const refused = Object.entries(counts.refused[command] ?? {}).map(([error, times]) => `${error} ${times}`)
    return `  ${command}: accepted ${counts.accepted[command] ?? 0}${refused.length === 0 ? "" : `, refused with ${refused.join(", ")}`}`
  })
  const [tag] = missing.filter((tag) => tag !== "conflict" && tag !== "snapshot")
  return [
    `${aggregate.name}: ${counts.histories.toLocaleString("en")} random histories never came to`,
    "",
    ...lines,
    "",
    "What no history comes to, no law is tried on. How it went:",
    "",
    ...what,
    "",
    "Draw values that lead there, where the schema declares the field:",
    "",
    "  quantity: Quantity.annotate({ drawnFrom: Schema.Literals([1, 2, 3]) })",
    ...(tag === undefined
      ? []
      : ["", `or say in Aggregate.make why it can't be:`, "", `  unreached: { ${tag}: "the reason" }`]),
    "",
    `Found with { seed: ${seed} }`,
    ""
  ].join("\n")
}

const list = (tags: ReadonlyArray<string>) =>
  tags.length === 0 ? "no command" : tags.length === 1 ? tags[0]! : `${tags.slice(0, -1).join(", ")} and ${tags.at(-1)}`
