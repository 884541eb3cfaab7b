/** Checks the events of a stream one by one, to name the first event with a problem. */
import { Effect, Result, type Schema } from "effect"
import { Event, type EventStoreError } from "eventfold"
import { StoredJson } from "eventfold/tables"
import { type Mismatch, ofTrouble } from "./Mismatch.ts"
import type { Single, StreamPages } from "./StreamPages.ts"
import type { Trouble, Verifiable } from "./Verifiable.ts"

/** Parses a stored text; fails with the problem. */
export const parse = (text: string): Result.Result<Schema.Json, string> =>
  Result.try({ try: () => StoredJson.parse(text), catch: (error) => `the stored text is not JSON: ${error}` })

/** Returns the problem of an event, regardless of other events. */
const troubleOf = (aggregate: Verifiable, stream: string, { data, type, version }: Single): Trouble | undefined => {
  if (data === null || Event.isLifecycle(type)) return undefined
  const trouble = (problem: string): Trouble => ({ version, type, path: "", problem, differences: [] })
  if (!aggregate.types.has(type)) return trouble(`no event of this name is declared in ${aggregate.name}`)
  const json = parse(data)
  return Result.isFailure(json)
    ? trouble(json.failure)
    : aggregate.decodes({ stream, version, type, data: json.success })
}

/** Checks the events of streams one by one. */
export class EventCheck {
  readonly #pages: StreamPages
  readonly #report: (mismatch: Mismatch) => void

  constructor(pages: StreamPages, report: (mismatch: Mismatch) => void) {
    this.#pages = pages
    this.#report = report
  }

  /** Visits the events of a stream behind a version, until `visit` returns false. */
  #visit(
    stream: string,
    after: number,
    to: number,
    visit: (single: Single) => boolean
  ): Effect.Effect<void, EventStoreError.EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      for (let at = after; at < to;) {
        const singles = yield* this.#pages.singles(stream, at, to)
        for (const single of singles) if (!visit(single)) return
        const last = singles.at(-1)?.version
        if (last === undefined) return
        at = last
      }
    })
  }

  /** Reports events that do not decode, and versions that are missing, without a fold. */
  decode(
    aggregate: Verifiable,
    stream: string,
    after: number,
    to: number,
    firstVersion = Infinity
  ): Effect.Effect<void, EventStoreError.EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      let expected = after + 1
      yield* this.#visit(stream, after, to, (single) => {
        const { type, version } = single
        if (single.data === null && version >= firstVersion) {
          const problem = "its content is missing, and was not truncated"
          this.#report({ kind: "event", stream, version, type, problem })
        }
        if (version !== expected) {
          const missing =
            version === expected + 1 ? `version ${expected} is` : `versions ${expected} to ${version - 1} are`
          this.#report({ kind: "stream", stream, version, problem: `${missing} missing before it` })
        }
        expected = version + 1
        const trouble = troubleOf(aggregate, stream, single)
        if (trouble !== undefined) this.#report(ofTrouble("event", stream, trouble))
        return true
      })
      if (expected > to) return
      const problem = `no version can be read between ${expected} and ${to}, which stands for the last one`
      this.#report({ kind: "stream", stream, version: to, problem })
    })
  }

  /**
   * Reports the first event that does not decode or is folded wrongly. Returns true if there is
   * one.
   */
  diagnose(aggregate: Verifiable, stream: string, to: number): Effect.Effect<boolean, EventStoreError.EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const step = aggregate.stepping()
      let found: number | undefined
      yield* this.#visit(stream, 0, to, (single) => {
        const { data, type, version } = single
        const wrong = troubleOf(aggregate, stream, single)
        if (wrong !== undefined) this.#report(ofTrouble("event", stream, wrong))
        else if (!Event.isLifecycle(type) && data !== null) {
          const trouble = step({ stream, version, type, data: StoredJson.parse(data) })
          if (trouble === undefined) return true
          this.#report(ofTrouble("fold", stream, trouble))
        } else return true
        found = version
        return false
      })
      if (found !== undefined) yield* this.decode(aggregate, stream, found, to)
      return found !== undefined
    })
  }
}
