/** Laws of a projection's handlers and key functions. */
import { StoredForm } from "eventfold/generated"
import * as AggregateTools from "../subject/AggregateTools.ts"
import { after } from "../subject/ProjectionTools.ts"
import * as ProjectionLaw from "./ProjectionLaw.ts"

/**
 * Folding a log twice gives the same rows after every event, and leaves rows, events and their places as they were.
 *
 * **When to use**
 *
 * Against handlers that change what they are given, or remember something beside the row.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.determinism(subject, { runs: 1_000, seed: 42 })
 * ```
 */
export const determinism: ProjectionLaw.ProjectionLaw = ProjectionLaw.make({
  name: "determinism",
  claim: "folding twice gives the same rows, inputs untouched",
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
      // Freezing cannot stop a Map or a Date from being changed; comparing can tell.
      for (const [key, row] of rows) {
        if (rowText(row) !== texts.get(key))
          return { at, because: `the handler changed the row ${JSON.stringify(key)}` }
      }
      if (heardText(given.heard) !== before) return { at, because: "the handler changed the event it was given" }
      const made = textsOf(next.changes, rowText)
      const keysAgain = keysOf(entry)
      const second = keysAgain.ok ? step(again, entry, keysAgain.keys) : keysAgain
      if (!second.ok) return { at, because: `the second time, ${second.because}` }
      if (textsOf(next.changes, rowText) !== made) {
        return { at, because: "the second time, the handler changed a row that it had given the first time" }
      }
      once = after(once, next.changes)
      again = after(again, second.changes)
      const found = differences(once, again, new Set([...next.changes.keys(), ...second.changes.keys()]))
      if (found.length === 0) continue
      return { at, because: "the same event made another row the second time (first → second)", differences: found }
    }
    return undefined
  }
})

const textsOf = <Row>(rows: ReadonlyMap<string, Row | undefined>, rowText: (row: Row) => string) =>
  JSON.stringify([...rows.values()].map((row) => (row === undefined ? null : rowText(row))))

/**
 * Nothing outside is read by handlers and key functions: no clock, randomness, environment, locale, file, network, timer.
 *
 * **When to use**
 *
 * Against rows that depend on when or where they are made.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Gotchas**
 *
 * Import `@eventfold/testing` before the handlers; `Hermetic` says what no guard can see.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.hermetic(subject)
 * ```
 */
export const hermetic: ProjectionLaw.ProjectionLaw = ProjectionLaw.make({
  name: "hermetic",
  claim: "handlers and key functions read nothing but their arguments",
  check: ({ keyText, none, subject: { definition } }, log) => {
    const { name, projector } = definition
    const rows = new Map(none)
    for (const [at, { heard }] of log.entries()) {
      if (heard === undefined) continue
      const { event, origin } = heard
      const keys = AggregateTools.sealed(`${name}.keys ${event._tag}`, () => projector.keys(event, origin))
      if (!keys.ok) return { at, because: keys.because }
      for (const key of keys.result) {
        const text = keyText(key)
        const row = AggregateTools.sealed(`${name}.project ${event._tag}`, () =>
          projector.project(rows.get(text), event, origin, key)
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
 * Which rows an event belongs to is said by the event and its place alone: asked again, later or in another order, it is the same.
 *
 * **When to use**
 *
 * Against key functions that count, or remember the event before.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.keys(subject)
 * ```
 */
export const keys: ProjectionLaw.ProjectionLaw = ProjectionLaw.make({
  name: "keys",
  claim: "the keys of an event depend on nothing but the event and its place",
  check: ({ keysOf }, log) => {
    const first: Array<string> = []
    for (const [at, entry] of log.entries()) {
      const keys = keysOf(entry)
      if (!keys.ok) return { at, because: keys.because }
      first.push(namesOf(keys.keys))
    }
    const asked = [...log.keys()]
    for (const [order, at] of [
      ...asked.map((at) => ["again", at] as const),
      ...asked.map((at) => ["in the opposite order", log.length - 1 - at] as const)
    ]) {
      const keys = keysOf(log[at]!)
      if (!keys.ok) return { at, because: `asked ${order}, ${keys.because}` }
      const second = namesOf(keys.keys)
      if (second === first[at]) continue
      return {
        at,
        because: `asked ${order}, it belongs to other rows (first → then)`,
        differences: [`keys: ${first[at]} → ${second}`]
      }
    }
    return undefined
  }
})

const namesOf = (keys: ReadonlyMap<string, unknown>) => JSON.stringify([...keys.keys()])

/**
 * Rows fit their schema, and rows and keys come back from storage as they went in.
 *
 * **When to use**
 *
 * Against rows that can be made but not kept, and transformations that are not undone by decoding.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.codecs(subject)
 * ```
 */
export const codecs: ProjectionLaw.ProjectionLaw = ProjectionLaw.make({
  name: "codecs",
  claim: "rows fit their schema, and rows and keys survive their codecs",
  ofExtremes: true,
  check: ({ fold, keysOf, subject: { definition } }, log) => {
    const whole = fold(log)
    if (!whole.ok) return whole.divergence
    const problemOfRow = AggregateTools.roundTrip("row", StoredForm.codec(definition.row), definition.row)
    const problemOfKey = AggregateTools.roundTrip("key", StoredForm.codec(definition.key), definition.key)
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
