/**
 * Laws of running a projection: pages, restarts and the order of streams do not change its rows.
 */
import type { Divergence } from "../subject/Divergence.ts"
import { after, type Log, type ProjectionTools, type Rows } from "../subject/ProjectionTools.ts"
import * as ProjectionLaw from "./ProjectionLaw.ts"
import type { Tagged } from "../subject/Subject.ts"

/**
 * Checks that folding a log in pages of any size gives the same rows as folding one event at a
 * time.
 *
 * **When to use**
 *
 * It finds handlers and key functions that depend on the end of a page.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Details**
 *
 * The law works as a projector does: it calls the key function for all events of a page, then folds
 * them, then stores the rows, and reads them back for the next page.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.pages(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const pages = ProjectionLaw.make({
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
          because: `after a page of ${size} that ends here, the rows differ (one event at a time → in pages)`,
          differences
        }
      }
    }
    return undefined
  }
})

/** Stores rows and reads them back, as the next process does. */
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
 * Checks restarts after every event: rows that are stored, read back and continued equal those of
 * the whole fold, also if a projector had folded some of the following events before it died.
 *
 * **When to use**
 *
 * It finds handlers that remember events, and so count those twice that are folded again after a
 * crash.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Details**
 *
 * A projector that died can have folded events whose rows were never written. The projector that
 * takes over begins with the stored rows and checkpoint. It never gets the events up to the
 * checkpoint, but those after it can come again.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.restarts(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const restarts = ProjectionLaw.make({
  name: "restarts",
  claim: "continuing from any checkpoint gives the same rows",
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
          because: "the rows that were read back differ from those that were stored (before → after)",
          differences: lost
        }
      }
      // Folds events whose rows are never written.
      foldPage(tools, kept, log.slice(cut, cut + 3))
      const found = parting(tools, log, cut, reloaded(tools, kept), whole.rows)
      if (found !== undefined) return found
    }
    return undefined
  }
})

/**
 * Finds the first event after which rows that continue from a cut differ from those of the whole
 * fold.
 */
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
    if (!next.ok) return { at, because: `continued from a checkpoint after event ${cut}, ${next.because}` }
    rows = after(rows, next.changes)
    const found = differences(whole[at + 1]!, rows, next.changes.keys())
    if (found.length > 0)
      return {
        at,
        because: `continued from a checkpoint after event ${cut}, the rows differ (without → with the restart)`,
        differences: found
      }
  }
  return undefined
}

/**
 * Checks that a row depends only on the events of its own key, in their order, so that streams that
 * share no row can be folded in any order.
 *
 * **When to use**
 *
 * It finds handlers that mix up rows. Otherwise, only a rebuild over partitions of keys shows them.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Details**
 *
 * The law folds the events of each key alone, the last key first.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.independence(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const independence = ProjectionLaw.make({
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
        if (!next.ok) return { at, because: `folding only the events of row ${JSON.stringify(text)}, ${next.because}` }
        rows = after(rows, next.changes)
        const differences = tools.differences(whole.rows[at + 1]!, rows, [text])
        if (differences.length === 0) continue
        return {
          at,
          because: `folding only the events of row ${JSON.stringify(text)}, the row differs (all events → only its own)`,
          differences
        }
      }
    }
    return undefined
  }
})
