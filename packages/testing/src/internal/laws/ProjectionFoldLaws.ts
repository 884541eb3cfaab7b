/** Laws of the handlers and key functions of a projection. */
import { StoredForm } from "eventfold/generated"
import * as AggregateTools from "../subject/AggregateTools.ts"
import { roundTrip } from "../subject/RoundTrip.ts"
import { after } from "../subject/ProjectionTools.ts"
import * as ProjectionLaw from "./ProjectionLaw.ts"

/**
 * Checks that folding a log twice gives the same rows after every event, and changes no row, event
 * or origin.
 *
 * **When to use**
 *
 * It finds handlers that change their arguments, or that remember a value outside the row.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.determinism(subject, { runs: 1_000, seed: 42 })
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const determinism = ProjectionLaw.make({
  name: "determinism",
  claim: "folding twice gives the same rows and changes no input",
  check: ({ differences, heardText, keysOf, none, rowText, step }, log) => {
    let [once, again] = [none, none]
    for (const [at, entry] of log.entries()) {
      if (entry.heard === undefined) continue
      const given = { ...entry, heard: AggregateTools.frozen(entry.heard) }
      const before = heardText(given.heard)
      const keys = keysOf(given)
      if (!keys.ok) return { at, because: keys.because }
      const rows = new Map(
        [...keys.keys.keys()].flatMap((key) =>
          once.has(key) ? [[key, AggregateTools.frozen(once.get(key)!)] as const] : []
        )
      )
      const texts = new Map([...rows].map(([key, row]) => [key, rowText(row)]))
      const next = step(rows, given, keys.keys)
      if (!next.ok) return { at, because: next.because }
      // A frozen Map or Date can still be changed; comparing stored bytes detects it.
      for (const [key, row] of rows) {
        if (rowText(row) !== texts.get(key))
          return { at, because: `the handler changed its argument, the row ${JSON.stringify(key)}` }
      }
      if (heardText(given.heard) !== before) return { at, because: "the handler changed its argument, the event" }
      const made = textsOf(next.changes, rowText)
      const keysAgain = keysOf(entry)
      const second = keysAgain.ok ? step(again, entry, keysAgain.keys) : keysAgain
      if (!second.ok) return { at, because: `folded a second time, ${second.because}` }
      if (textsOf(next.changes, rowText) !== made) {
        return { at, because: "folded a second time, the handler changed a row that it had returned the first time" }
      }
      once = after(once, next.changes)
      again = after(again, second.changes)
      const found = differences(once, again, new Set([...next.changes.keys(), ...second.changes.keys()]))
      if (found.length === 0) continue
      return {
        at,
        because: "folded a second time, the same event gave another row (first → second)",
        differences: found
      }
    }
    return undefined
  }
})

const textsOf = <Row>(rows: ReadonlyMap<string, Row | undefined>, rowText: (row: Row) => string) =>
  JSON.stringify([...rows.values()].map((row) => (row === undefined ? null : rowText(row))))

/**
 * Checks that handlers and key functions read only their arguments: no clock, randomness,
 * environment, locale, file, network or timer.
 *
 * **When to use**
 *
 * It finds rows that depend on the time or the machine.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Gotchas**
 *
 * Import `@eventfold/testing` before the handlers. `Hermetic` lists the accesses that no guard can
 * see.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.hermetic(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const hermetic = ProjectionLaw.make({
  name: "hermetic",
  claim: "handlers and key functions read only their arguments",
  check: ({ keyText, none, subject: { definition } }, log) => {
    const { name, bodies } = definition
    const rows = new Map(none)
    for (const [at, { heard }] of log.entries()) {
      if (heard === undefined) continue
      const { event, origin } = heard
      const keys = AggregateTools.runHermetic(`${name}.keys ${event._tag}`, () => bodies.keys(event, origin))
      if (!keys.ok) return { at, because: keys.because }
      for (const key of keys.result) {
        const text = keyText(key)
        const row = AggregateTools.runHermetic(`${name}.project ${event._tag}`, () =>
          bodies.project(rows.get(text), event, origin, key)
        )
        if (!row.ok) return { at, because: row.because }
        if (row.result === undefined) rows.delete(text)
        else rows.set(text, row.result)
      }
    }
    return undefined
  }
})

/**
 * Checks that the keys of an event depend only on the event and its origin: they are the same when
 * the key function is called again, and in another order.
 *
 * **When to use**
 *
 * It finds key functions that count, or that remember an earlier event.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.keys(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const keys = ProjectionLaw.make({
  name: "keys",
  claim: "the keys of an event depend only on the event and its origin",
  check: ({ keysOf }, log) => {
    const first: Array<string> = []
    for (const [at, entry] of log.entries()) {
      const keys = keysOf(entry)
      if (!keys.ok) return { at, because: keys.because }
      first.push(namesOf(keys.keys))
    }
    const asked = [...log.keys()]
    for (const [order, at] of [
      ...asked.map((at) => ["a second time", at] as const),
      ...asked.map((at) => ["in the opposite order", log.length - 1 - at] as const)
    ]) {
      const keys = keysOf(log[at]!)
      if (!keys.ok) return { at, because: `called ${order}, ${keys.because}` }
      const second = namesOf(keys.keys)
      if (second === first[at]) continue
      return {
        at,
        because: `called ${order}, the key function returns other keys (first → ${order})`,
        differences: [`keys: ${first[at]} → ${second}`]
      }
    }
    return undefined
  }
})

const namesOf = (keys: ReadonlyMap<string, unknown>) => JSON.stringify([...keys.keys()])

/**
 * Checks that rows fit their schema, and that rows and keys that are read back equal those that
 * were stored.
 *
 * **When to use**
 *
 * It finds rows that a handler can return but no table can store, and transformations that decoding
 * does not reverse.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.codecs(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const codecs = ProjectionLaw.make({
  name: "codecs",
  claim: "rows match their schema, and rows and keys survive their codecs",
  ofExtremes: true,
  check: ({ fold, keysOf, subject: { definition } }, log) => {
    const whole = fold(log)
    if (!whole.ok) return whole.divergence
    const problemOfRow = roundTrip("row", StoredForm.codec(definition.row), definition.row)
    const problemOfKey = roundTrip("key", StoredForm.codec(definition.key), definition.key)
    for (const [at, entry] of log.entries()) {
      const keys = keysOf(entry)
      if (!keys.ok) return { at, because: keys.because }
      for (const [text, key] of keys.keys) {
        const row = whole.rows[at + 1]!.get(text)
        const problem = problemOfKey(key) ?? (row === undefined ? undefined : problemOfRow(row))
        if (problem !== undefined) return { at, ...problem }
      }
    }
    return undefined
  }
})
