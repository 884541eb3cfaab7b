/** Coverage of random histories: a law proves nothing about an event that no history contains. */
import * as fc from "fast-check"
import { meet } from "./ContentionLaw.ts"
import * as Histories from "../../Histories.ts"
import * as Runs from "../draw/Runs.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"

/**
 * Property that marks an `Unreached`, so that errors from another copy of this package are
 * recognised.
 */
const TypeId = "~eventfold/testing/Unreached"

/**
 * Error: no random history reached a declared event or error. The message names it, and the fix.
 *
 * **When to use**
 *
 * `coverage` and `all` throw it. A test lets it fail.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const missing = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) => {
 *   try {
 *     Laws.coverage(subject)
 *     return []
 *   } catch (error) {
 *     if (error instanceof Laws.Unreached) return error.missing
 *     throw error
 *   }
 * }
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class Unreached extends Error {
  readonly [TypeId] = TypeId
  override readonly name = "Unreached"
  /** Tags of events and errors, and "conflict" or "snapshot". */
  readonly missing: ReadonlyArray<string>

  constructor(message: string, missing: ReadonlyArray<string>) {
    super(message)
    this.missing = missing
  }
}

type Coverage = ReturnType<typeof coverage>

/** Maximum number of batches: a tag that they do not reach is hardly ever reached by more. */
export const maxBatches = 10
/** One of this number of histories is also run by two services on a store, which is slow. */
const historiesPerStoreRun = 10

const zeros = (tags: object): Record<string, number> => Object.fromEntries(Object.keys(tags).map((tag) => [tag, 0]))
const count = (counts: Record<string, number>, tag: string) => (counts[tag] = (counts[tag] ?? 0) + 1)

/**
 * Checks that random histories reach every declared event and error, a version conflict between two
 * services, and a state that continues from a snapshot.
 *
 * **When to use**
 *
 * Use it with the other laws: they prove nothing about an event that no history contains.
 *
 * **Details**
 *
 * Commands are drawn with equal probability. If 200 histories do not reach everything, more are
 * drawn, up to 2,000, so that a rare event does not fail a test at random. Returns the counts.
 *
 * If a command is accepted only under rare conditions, draw more likely values with the annotation
 * `drawnFrom` on a field of its schema. If that is impossible, give the reason in the declaration:
 * `unreached: { LimitExceeded: "takes 5,000 lines" }`.
 *
 * **Errors**
 *
 * Throws `Unreached`, or a `TypeError` if a tag in `unreached` is not declared or has no reason.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.coverage(subject, { unreached: { LimitExceeded: "takes 5,000 lines" } })
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const coverage = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: {
    /** Maximum number of commands in a history. Defaults to 30. */
    readonly length?: number
    /** Number of histories in a batch; up to ten batches are drawn. Defaults to 200. */
    readonly runs?: number
    /** Seed of the random histories. Defaults to a new seed at each run. */
    readonly seed?: number
    /**
     * Tags of events and errors that need not be reached, each with the reason, in addition to
     * those of the declaration.
     */
    readonly unreached?: { readonly [tag: string]: string }
  } = {}
): {
  readonly histories: number
  /** Number of times that each command was accepted. */
  readonly accepted: { readonly [command: string]: number }
  /** Number of refusals of each command, by error. */
  readonly refused: { readonly [command: string]: { readonly [error: string]: number } }
  readonly events: { readonly [event: string]: number }
  readonly errors: { readonly [error: string]: number }
  readonly conflicts: number
  readonly snapshots: number
} => {
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
  for (let batch = 0; batch < maxBatches; batch++) {
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
      const met = i % historiesPerStoreRun === 0 ? meet(subject, all) : undefined
      counts.conflicts += met?.conflicts ?? 0
      counts.snapshots += met?.resumed ?? 0
    }
    if (missing().length === 0) return counts
  }
  throw new Unreached(messageOf(subject, counts, missing(), seed), missing())
}

/** Returns the tags that need not be reached. */
const excuses = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate }: Subject<State, Event, Command>,
  { unreached }: { readonly unreached?: { readonly [tag: string]: string } }
): ReadonlySet<string> => {
  const all = { ...aggregate.unreached, ...unreached }
  for (const [tag, reason] of Object.entries(all)) {
    if (!Object.hasOwn(aggregate.events, tag) && !Object.hasOwn(aggregate.errors, tag)) {
      throw new TypeError(`\`unreached\` names ${tag}, but ${aggregate.name} has no event and no error of that name`)
    }
    if (reason === undefined || reason.trim() === "") {
      throw new TypeError(`\`unreached\` has no reason for ${tag} of ${aggregate.name}: give the reason as a text`)
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
    if (Object.hasOwn(events, tag)) return `  event ${tag}, which ${list(by("emits", tag))} can emit`
    if (Object.hasOwn(errors, tag)) return `  error ${tag}, which ${list(by("fails", tag))} can fail with`
    return tag === "conflict"
      ? "  a version conflict: no two consecutive commands both led to events"
      : "  a state that continues from a snapshot: no history had events before and after one"
  })
  const commands = new Set(missing.flatMap((tag) => [...by("emits", tag), ...by("fails", tag)]))
  const what = [...(commands.size === 0 ? Object.keys(flow) : commands)].map((command) => {
    const refused = Object.entries(counts.refused[command] ?? {}).map(([error, times]) => `${error} ${times}`)
    return `  ${command}: accepted ${counts.accepted[command] ?? 0}${refused.length === 0 ? "" : `, refused with ${refused.join(", ")}`}`
  })
  const [tag] = missing.filter((tag) => tag !== "conflict" && tag !== "snapshot")
  return [
    `${aggregate.name}: ${counts.histories.toLocaleString("en")} random histories did not reach`,
    "",
    ...lines,
    "",
    "The laws prove nothing about these. The histories had:",
    "",
    ...what,
    "",
    "Draw values that lead there, by an annotation of the field in its schema:",
    "",
    "  quantity: Quantity.annotate({ drawnFrom: Schema.Literals([1, 2, 3]) })",
    ...(tag === undefined
      ? []
      : [
          "",
          `or give the reason in Aggregate.make if it cannot be reached:`,
          "",
          `  unreached: { ${tag}: "the reason" }`
        ]),
    "",
    `Found with { seed: ${seed} }`,
    ""
  ].join("\n")
}

const list = (tags: ReadonlyArray<string>) =>
  tags.length === 0 ? "no command" : tags.length === 1 ? tags[0]! : `${tags.slice(0, -1).join(", ")} and ${tags.at(-1)}`
