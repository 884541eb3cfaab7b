/**
 * Builds a law of projections from a check: draws logs, shrinks a failure, and reports it as a
 * `Violation`.
 */
import { Exit, Schema } from "effect"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import type { Divergence } from "../subject/Divergence.ts"
import * as Tools from "../subject/ProjectionTools.ts"
import type { Log, Logged, ProjectionTools } from "../subject/ProjectionTools.ts"
import * as Counterexample from "../draw/Counterexample.ts"
import * as DecisiveField from "../draw/DecisiveField.ts"
import * as Runs from "../draw/Runs.ts"
import { checked, type Options } from "./Law.ts"
import { logs } from "../draw/ProjectionLogs.ts"
import { loggedOf, logOf, originOf } from "../subject/StoredLog.ts"
import type { ProjectionSubject } from "../subject/ProjectionSubject.ts"
import type { Tagged } from "../subject/Subject.ts"
import { Violation } from "../subject/Violation.ts"

export interface Spec {
  /** Name of the law in `ProjectionLaws`. */
  readonly name: string
  /** Statement about the projection that holds if the law holds. */
  readonly claim: string
  /**
   * `true` if the law is also checked on all values that the schemas allow, except those that a
   * handler refuses.
   */
  readonly ofExtremes?: boolean
  /** Fraction of the random logs that the law checks, if one check is expensive. Defaults to 1. */
  readonly share?: number
  readonly check: <Row, Event extends Tagged, Id, Key>(
    tools: ProjectionTools<Row, Event, Id, Key>,
    log: Log<Event, Id>
  ) => Divergence | undefined
}

/**
 * Creates a law of projections: it checks a subject, and throws a `Violation` if the claim does not
 * hold.
 */
export const make =
  (spec: Spec) =>
  <Row, Event extends Tagged, Id, Key>(
    subject: ProjectionSubject<Row, Event, Id, Key>,
    options: Pick<Options, "runs" | "seed" | "shrinking"> & {
      /** Events in stored form that are checked instead of random ones. A failure prints them. */
      readonly log?: ReadonlyArray<{ readonly stream: string; readonly at: string; readonly event: Schema.Json }>
    } = {}
  ): void =>
    hold(spec, subject, options)

const hold = <Row, Event extends Tagged, Id, Key>(
  { check: tried, claim, name, ofExtremes = false, share = 1 }: Spec,
  subject: ProjectionSubject<Row, Event, Id, Key>,
  options: Pick<Options, "runs" | "seed" | "shrinking"> & { readonly log?: ReadonlyArray<Logged> }
): void => {
  Runs.check(`ProjectionLaws.${name}`, options)
  const tools = Tools.make(subject)
  const check = (log: Log<Event, Id>) => checked(log.length, () => tried(tools, log))
  const violation = (log: Log<Event, Id>, divergence: Divergence, found: string) =>
    new Violation({
      about: subject.definition.name,
      module: "ProjectionLaws",
      subject: subject.name,
      law: name,
      claim,
      divergence,
      advice: adviceOn(name, tools, check, log, divergence),
      evidence: {
        option: "log",
        items: log.map(textOf),
        tags: log.map(({ stored, stream }) => `${stored.type} of ${JSON.stringify(stream)}`)
      },
      found
    })
  if (options.log !== undefined) {
    const log = logOf(tools, options.log)
    const divergence = check(log)
    if (divergence !== undefined) throw violation(log, divergence, "Given, not random")
    return
  }
  const drawn = fc.oneof(
    { weight: 2, arbitrary: logs(tools, "commands") },
    { weight: 1, arbitrary: logs(tools, "events") },
    ...(ofExtremes ? [{ weight: 1, arbitrary: logs(tools, "extremes") }] : [])
  )
  const runs = Math.ceil((options.runs ?? 200) * share)
  const counterexample = Counterexample.search("log", drawn, (log) => check(log) === undefined, { ...options, runs })
  if (counterexample === undefined) return
  const { found, value: log } = counterexample
  // A handler can recognise objects that it has seen, so the second attempt uses new ones, as
  // pasted code does.
  const divergence = check(log) ?? check(logOf(tools, log.map(loggedOf)))
  const because = "the failure did not happen again when the log was repeated: a handler remembers earlier calls"
  throw violation(log, divergence ?? { at: log.length - 1, because }, found)
}

/** Advises to narrow a field if the law holds with another value of the field. */
const adviceOn = <Row, Event extends Tagged, Id, Key>(
  law: string,
  tools: ProjectionTools<Row, Event, Id, Key>,
  check: (log: Log<Event, Id>) => Divergence | undefined,
  log: Log<Event, Id>,
  { at, differences = [] }: Divergence
): string | undefined => {
  // Rows that differ are a defect of the handler for any value. A refusal can be due to a value
  // that never occurs.
  if (differences.length > 0 && law !== "codecs") return undefined
  const items = log.map((entry, i): DecisiveField.Item => {
    const { aggregate } = originOf(tools, entry.stream)
    const codec = StoredForm.codec(aggregate.event)
    const decoded = Schema.decodeUnknownExit(codec)(loggedOf(entry).event)
    return {
      value: Exit.isSuccess(decoded) ? (decoded.value as Tagged) : { _tag: entry.stored.type },
      schema: aggregate.events[entry.stored.type],
      holdsWith: (event) => {
        const other = { ...loggedOf(entry), event: Schema.encodeUnknownSync(codec)(event) }
        return check(logOf(tools, log.map(loggedOf).with(i, other))) === undefined
      }
    }
  })
  const fields = DecisiveField.find(items, at)
  return fields === undefined ? undefined : DecisiveField.advice(fields)
}

const textOf = (entry: Log<unknown, unknown>[number]): string => {
  const { at, event, stream } = loggedOf(entry)
  return `{ "stream": ${JSON.stringify(stream)}, "at": "${at}", "event": ${JSON.stringify(event)} }`
}
