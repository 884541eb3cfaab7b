/** Makes a law of projections out of a check: draws logs, shrinks what fails, and says it as a `Violation`. */
import { DateTime, Exit, Schema } from "effect"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import type { Divergence } from "../subject/Divergence.ts"
import * as Bench from "../subject/ProjectionBench.ts"
import type { Log, ProjectionBench } from "../subject/ProjectionBench.ts"
import * as Counterexample from "../draw/Counterexample.ts"
import * as DecisiveField from "../draw/DecisiveField.ts"
import * as Runs from "../draw/Runs.ts"
import { type ShrinkBounds, telling } from "./Law.ts"
import { logs } from "../draw/ProjectionLogs.ts"
import type { Origin, ProjectionSubject } from "../subject/ProjectionSubject.ts"
import type { Tagged } from "../subject/Subject.ts"
import { Violation } from "./Violation.ts"

export interface Options {
  /** How many random logs; 200 unless given. */
  readonly runs?: number
  /** The same seed draws the same logs; another at each run unless given. */
  readonly seed?: number
  /** How far a failure is shrunk. */
  readonly shrinking?: ShrinkBounds
  /** Check these events, in stored form, instead of random ones: what a failure prints. */
  readonly log?: ReadonlyArray<Bench.Logged>
}

export type ProjectionLaw = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>,
  options?: Options
) => void

export interface Spec {
  /** Its name in `ProjectionLaws`. */
  readonly name: string
  /** What it says of a projection. */
  readonly claim: string
  /** Whether it is tried on events with any values as well, of which those are left out that a handler does not take. */
  readonly ofExtremes?: boolean
  /** Of the random logs, how many it takes, where one costs it more than other laws; all unless given. */
  readonly share?: number
  readonly check: <Row, Event extends Tagged, Id, Key>(
    bench: ProjectionBench<Row, Event, Id, Key>,
    log: Log<Event, Id>
  ) => Divergence | undefined
}

/** Makes a law; `ProjectionLaws` has those that are generated for every projection. */
export const make =
  (spec: Spec): ProjectionLaw =>
  (subject, options = {}) =>
    hold(spec, subject, options)

const hold = <Row, Event extends Tagged, Id, Key>(
  { check: tried, claim, name, ofExtremes = false, share = 1 }: Spec,
  subject: ProjectionSubject<Row, Event, Id, Key>,
  options: Options
): void => {
  Runs.check(`ProjectionLaws.${name}`, options)
  const bench = Bench.make(subject)
  const check = (log: Log<Event, Id>) => telling(log.length, () => tried(bench, log))
  const violation = (log: Log<Event, Id>, divergence: Divergence, found: string) =>
    new Violation({
      about: subject.definition.name,
      module: "ProjectionLaws",
      subject: subject.name,
      law: name,
      claim,
      divergence,
      advice: adviceOn(name, bench, check, log, divergence),
      evidence: {
        option: "log",
        items: log.map(textOf),
        tags: log.map(({ stream, told }) => `${told.type} of ${JSON.stringify(stream)}`)
      },
      found
    })
  if (options.log !== undefined) {
    const log = given(bench, options.log)
    const divergence = check(log)
    if (divergence !== undefined) throw violation(log, divergence, "Given, not random")
    return
  }
  const drawn = fc.oneof(
    { weight: 2, arbitrary: logs(bench, "commands") },
    { weight: 1, arbitrary: logs(bench, "events") },
    ...(ofExtremes ? [{ weight: 1, arbitrary: logs(bench, "extremes") }] : [])
  )
  const runs = Math.ceil((options.runs ?? 200) * share)
  const counterexample = Counterexample.search("log", drawn, (log) => check(log) === undefined, { ...options, runs })
  if (counterexample === undefined) return
  const { found, value: log } = counterexample
  // A handler may know the very objects that it has seen: these are others, as the pasted code makes them.
  const divergence = check(log) ?? check(given(bench, log.map(loggedOf)))
  const because = "the failure did not come back when this was repeated: a handler remembers earlier calls"
  throw violation(log, divergence ?? { at: log.length - 1, because }, found)
}

/** The field to narrow, if another value of it makes the law hold. */
const adviceOn = <Row, Event extends Tagged, Id, Key>(
  law: string,
  bench: ProjectionBench<Row, Event, Id, Key>,
  check: (log: Log<Event, Id>) => Divergence | undefined,
  log: Log<Event, Id>,
  { at, differences = [] }: Divergence
): string | undefined => {
  // Rows that differ are a defect of the handler, whatever the values; a refusal may be due to a value that never comes.
  if (differences.length > 0 && law !== "codecs") return undefined
  const items = log.map((entry, i): DecisiveField.Item => {
    const { aggregate } = originOf(bench, entry.stream)
    const codec = StoredForm.codec(aggregate.event)
    const decoded = Schema.decodeUnknownExit(codec)(entry.told.data)
    return {
      value: Exit.isSuccess(decoded) ? (decoded.value as Tagged) : { _tag: entry.told.type },
      schema: aggregate.events[entry.told.type],
      holdsWith: (event) => {
        const other = { ...loggedOf(entry), event: Schema.encodeUnknownSync(codec)(event) }
        return check(given(bench, log.map(loggedOf).with(i, other))) === undefined
      }
    }
  })
  const fields = DecisiveField.find(items, at)
  return fields === undefined ? undefined : DecisiveField.advice(fields)
}

const originOf = <Row, Event extends Tagged, Id, Key>(
  { subject }: ProjectionBench<Row, Event, Id, Key>,
  stream: string
): Origin => {
  const name = stream.slice(0, stream.indexOf("-"))
  const origin = subject.from.find(({ aggregate }) => aggregate.name === name)
  if (origin !== undefined) return origin
  throw new TypeError(`${subject.definition.name} reads no stream such as ${JSON.stringify(stream)}`)
}

/** An entry in stored form. */
export const loggedOf = ({ at, stream, told: { data } }: Log<unknown, unknown>[number]): Bench.Logged => ({
  stream,
  at: new Date(at).toISOString(),
  event: data
})

const textOf = (entry: Log<unknown, unknown>[number]): string => {
  const { at, event, stream } = loggedOf(entry)
  return `{ "stream": ${JSON.stringify(stream)}, "at": "${at}", "event": ${JSON.stringify(event)} }`
}

/** A log of what is in stored form. */
export const given = <Row, Event extends Tagged, Id, Key>(
  bench: ProjectionBench<Row, Event, Id, Key>,
  log: ReadonlyArray<Bench.Logged>
): Log<Event, Id> => {
  const next = bench.begin()
  return log.map(({ at, event, stream }) => {
    const { aggregate } = originOf(bench, stream)
    const { _tag } = Schema.decodeUnknownSync(StoredForm.codec(aggregate.event))(event) as Tagged
    const { entry, keep } = next({
      stream,
      at: DateTime.makeUnsafe(at).epochMilliseconds,
      told: { type: _tag, data: event }
    })
    keep()
    return entry
  })
}
