/** Laws of how a projection is run: however its log is cut, ordered and begun again, the rows are the same. */
import type { Divergence } from "../subject/Divergence.ts"
import { after, type Log, type ProjectionTools, type Rows } from "../subject/ProjectionTools.ts"
import * as ProjectionLaw from "./ProjectionLaw.ts"
import type { Tagged } from "../subject/Subject.ts"

/**
 * Folding a log in pages of any size gives what folding it event by event gives.
 *
 * **When to use**
 *
 * Against handlers and key functions that depend on where a page ends.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Details**
 *
 * As a projector does it: which rows the events of a page belong to is asked for all of them first; then they are folded; then the rows
 * are stored, and read back for the next page.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.pages(subject)
 * ```
 */
export const pages: ProjectionLaw.ProjectionLaw = ProjectionLaw.make({
  name: "pages",
  claim: "folding in pages of any size gives the same rows",
  check: (tools, log) => {
    const whole = tools.fold(log)
    if (!whole.ok) return whole.divergence
    for (const size of new Set([1, 2, 3, 7, Math.max(log.length, 1)])) {
      let rows = tools.none
      for (let begin = 0; begin < log.length; begin += size) {
        const end = Math.min(begin + size, log.length)
        const page = foldPage(tools, reloaded(tools, rows), log.slice(begin, end))
        if (!page.ok) return { at: begin + page.at, because: `in pages of ${size}, ${page.because}` }
        rows = page.rows
        const differences = tools.differences(whole.rows[end]!, rows, end === log.length ? undefined : page.touched)
        if (differences.length === 0) continue
        return {
          at: end - 1,
          because: `after a page of ${size} that ends here, the rows are others (event by event → in pages)`,
          differences
        }
      }
    }
    return undefined
  }
})

/** The rows as the next process finds them. */
const reloaded = <Row, Event extends Tagged, Id, Key>(
  { reload }: ProjectionTools<Row, Event, Id, Key>,
  rows: Rows<Row>
): Rows<Row> => new Map([...rows].map(([key, row]) => [key, reload(row)]))

type Page<Row> =
  | { readonly ok: true; readonly rows: Rows<Row>; readonly touched: ReadonlySet<string> }
  | { readonly ok: false; readonly at: number; readonly because: string }

const foldPage = <Row, Event extends Tagged, Id, Key>(
  { keysOf, step }: ProjectionTools<Row, Event, Id, Key>,
  before: Rows<Row>,
  page: Log<Event, Id>
): Page<Row> => {
  const routed = page.map(keysOf)
  const touched = new Set<string>()
  let rows = before
  for (const [at, keys] of routed.entries()) {
    const next = keys.ok ? step(rows, page[at]!, keys.keys) : keys
    if (!next.ok) return { ok: false, at, because: next.because }
    rows = after(rows, next.changes)
    for (const key of next.changes.keys()) touched.add(key)
  }
  return { ok: true, rows, touched }
}

/**
 * After every event: the rows, stored and read back, then continued, equal the whole; also where some of what follows was folded before, and lost.
 *
 * **When to use**
 *
 * Against handlers that remember, and so count twice what is delivered again after a crash.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Details**
 *
 * A projector that died had folded events whose rows were never written. The one that takes over begins with the rows and the place that
 * were: what is behind that place is never given again, what comes after it may have been.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.restarts(subject)
 * ```
 */
export const restarts: ProjectionLaw.ProjectionLaw = ProjectionLaw.make({
  name: "restarts",
  claim: "beginning again from any checkpoint changes nothing",
  share: 0.5,
  check: (tools, log) => {
    const whole = tools.fold(log)
    if (!whole.ok) return whole.divergence
    for (let cut = 0; cut < log.length; cut++) {
      const kept = reloaded(tools, whole.rows[cut]!)
      const lost = tools.differences(whole.rows[cut]!, kept)
      if (lost.length > 0) {
        return {
          at: cut - 1,
          because: "the rows are others after they were stored and read back (before → after)",
          differences: lost
        }
      }
      // Folded, and never written.
      foldPage(tools, kept, log.slice(cut, cut + 3))
      const found = parting(tools, log, cut, reloaded(tools, kept), whole.rows)
      if (found !== undefined) return found
    }
    return undefined
  }
})

/** Where the rows that are continued after a cut part from the whole. */
const parting = <Row, Event extends Tagged, Id, Key>(
  { differences, keysOf, step }: ProjectionTools<Row, Event, Id, Key>,
  log: Log<Event, Id>,
  cut: number,
  begin: Rows<Row>,
  whole: ReadonlyArray<Rows<Row>>
): Divergence | undefined => {
  let rows = begin
  for (let at = cut; at < log.length; at++) {
    const keys = keysOf(log[at]!)
    const next = keys.ok ? step(rows, log[at]!, keys.keys) : keys
    if (!next.ok) return { at, because: `begun again after event ${cut}, ${next.because}` }
    rows = after(rows, next.changes)
    const found = differences(whole[at + 1]!, rows, next.changes.keys())
    if (found.length > 0)
      return {
        at,
        because: `begun again after event ${cut}, the rows are others (without → with that)`,
        differences: found
      }
  }
  return undefined
}

/**
 * A row depends on the events of its own key, in their order, and on no others: so streams that share no row may come in any order.
 *
 * **When to use**
 *
 * Against handlers that mix rows up, which a rebuild over partitions of keys would show late.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Details**
 *
 * The events of each key are folded by themselves, the last key first.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.independence(subject)
 * ```
 */
export const independence: ProjectionLaw.ProjectionLaw = ProjectionLaw.make({
  name: "independence",
  claim: "rows do not depend on the events of other rows",
  check: (tools, log) => {
    const whole = tools.fold(log)
    if (!whole.ok) return whole.divergence
    const routed = log.map(tools.keysOf)
    const keys = new Set(routed.flatMap((keys) => (keys.ok ? [...keys.keys.keys()] : [])))
    for (const text of [...keys].toReversed()) {
      let rows = tools.none
      for (const [at, entry] of log.entries()) {
        const all = routed[at]!
        if (!all.ok) return { at, because: all.because }
        const key = [...all.keys].find(([own]) => own === text)
        if (key === undefined) continue
        const next = tools.step(rows, entry, new Map([key]))
        if (!next.ok) return { at, because: `with the events of row ${JSON.stringify(text)} alone, ${next.because}` }
        rows = after(rows, next.changes)
        const differences = tools.differences(whole.rows[at + 1]!, rows, [text])
        if (differences.length === 0) continue
        return {
          at,
          because: `with the events of row ${JSON.stringify(text)} alone, it is another (among all events → alone)`,
          differences
        }
      }
    }
    return undefined
  }
})
