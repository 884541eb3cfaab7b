/**
 * Mutants of a projection: the law meant for each has to find it with a short log, because laws
 * that never fail prove nothing.
 */
import { ProjectionLaws } from "@eventfold/testing"
import { DateTime, Option, Schema, SchemaTransformation } from "effect"
import { Fold } from "eventfold/generated"
import { describe, it } from "vitest"
import { expectKilled } from "./Killing.ts"
import { changed, type Bodies, bodies, Row, type Subject, type TallyRow } from "../Tallies.ts"

type LawName = "codecs" | "determinism" | "hermetic" | "independence" | "keeping" | "keys" | "pages" | "restarts"

const { keys, project } = bodies
const projecting = (mutant: Bodies["project"]): Subject => changed({ bodies: { keys, project: mutant } })
const keying = (mutant: Bodies["keys"]): Subject => changed({ bodies: { keys: mutant, project } })

/** A mutant that changes the row after an event. */
const making = (mutant: (next: TallyRow, ...given: Parameters<Bodies["project"]>) => TallyRow | undefined): Subject =>
  projecting((...given) => mutant(project(...given)!, ...given))

let calls = 0
const gathered: Array<string> = []
let last = ""
let page: ReadonlyArray<string> = []
const counted = new WeakSet<object>()
const outside = new Map<string, TallyRow>()
const known = new WeakMap<TallyRow, number>()

/** A schema that stores rows without the time of day. */
const onlyDays = Schema.Struct({
  ...Row.fields,
  last: Schema.Option(
    Schema.String.pipe(
      Schema.decodeTo(
        Schema.DateTimeUtc,
        SchemaTransformation.transform({
          decode: (day) => DateTime.makeUnsafe(day),
          encode: (time) => DateTime.formatIso(time).slice(0, 10)
        })
      )
    )
  )
})
/** A schema that stores the purses of a row as a sorted set. */
const sortedPurses = Schema.Struct({
  ...Row.fields,
  purses: Schema.Array(Schema.String).pipe(
    Schema.decodeTo(
      Schema.Array(Schema.String),
      SchemaTransformation.transform({ decode: (all) => all, encode: (all) => [...all].sort() })
    )
  )
})

const mutants: Record<string, readonly [LawName, Subject]> = {
  // hermetic
  "a handler reads the clock": ["hermetic", making((next) => (Date.now(), next))],
  "a handler sorts by the machine's locale": [
    "hermetic",
    making((next) => ({ ...next, purses: [...next.purses].sort((a, b) => a.localeCompare(b)) }))
  ],
  "a key function draws a random number": [
    "hermetic",
    keying((event, origin) => (Math.random() < 2 ? keys(event, origin) : []))
  ],
  "a key function formats in the machine's time zone": [
    "hermetic",
    keying((event) => [String(DateTime.toDateUtc(event.at))])
  ],
  // determinism
  "a handler changes its argument, the row": [
    "determinism",
    making((next, row) => (row === undefined ? next : Object.assign(row, next)))
  ],
  "a handler changes its argument, the event": [
    "determinism",
    making((next, _, event) => (Object.assign(event, { amount: 0n }), next))
  ],
  "a handler counts in a variable of its module": [
    "determinism",
    making((next) => ({ ...next, times: next.times + (calls++ % 2) }))
  ],
  "a handler ignores an event": [
    "determinism",
    projecting((row, event, origin, key) =>
      event._tag === "CoinsTaken" ? Fold.unhandled("Tallies.project", event as never) : project(row, event, origin, key)
    )
  ],
  "a stub is not implemented yet": ["determinism", projecting(() => Fold.notWritten("Tallies.project CoinsAdded"))],
  "a handler gathers in an array of its module": [
    "determinism",
    making((next, _, __, { id }) => ({ ...next, purses: (gathered.push(id), gathered) }))
  ],
  "a handler misspells a field, and failures are parked": [
    "determinism",
    changed({ ...making((next) => ({ ...next, tymes: 1 })).definition, onFailure: "park" })
  ],
  "a key function throws, and failures are parked": [
    "determinism",
    changed({
      ...keying((event, origin) => {
        if (event._tag === "CoinsTaken") throw new Error("no key")
        return keys(event, origin)
      }).definition,
      onFailure: "park"
    })
  ],
  "a handler returns a promise, and failures are parked": [
    "hermetic",
    changed({ ...projecting((async () => undefined) as never).definition, onFailure: "park" })
  ],
  "a handler misspells a field": ["determinism", making((next) => ({ ...next, tymes: 1 }))],
  // keys
  "a key function reads a counter": ["keys", keying((event, origin) => [`${keys(event, origin)[0]} ${calls++ % 3}`])],
  "a key function depends on the previous event": [
    "keys",
    keying((event, origin) => {
      const before = last
      last = event._tag
      return before === event._tag ? ["again"] : keys(event, origin)
    })
  ],
  // pages
  "a handler depends on the last argument of the key function": [
    "pages",
    changed({
      bodies: {
        keys: (event, origin) => (page = keys(event, origin)),
        project: (row, event, origin, key) => {
          const next = project(row, event, origin, key)
          return page.includes(key) ? next : row
        }
      }
    })
  ],
  "a handler remembers rows by object identity": [
    "pages",
    making((next, row) => {
      const times = (row === undefined ? 0 : (known.get(row) ?? 0)) + 1
      const kept = times > 1 ? { ...next, coins: 0n } : next
      known.set(kept, times)
      return kept
    })
  ],
  // restarts
  "a handler ignores repeated events, even if their rows were not written": [
    "restarts",
    making((next, row, event) => {
      if (counted.has(event)) return row ?? { ...next, coins: 0n }
      if (event._tag === "CoinsTaken") counted.add(event)
      return next
    })
  ],
  "a handler stores rows in its module": [
    "restarts",
    projecting((row, event, origin, key) => {
      if (row === undefined) outside.delete(key)
      const next = project(outside.get(key) ?? row, event, origin, key)!
      outside.set(key, next)
      return next
    })
  ],
  // independence
  "a handler depends on the previous row of any key": [
    "independence",
    making((next, _, __, ___, key) => {
      const before = last
      last = key
      return before.startsWith("note") && key.startsWith("purse") ? { ...next, coins: 0n } : next
    })
  ],
  // codecs
  "a row is stored without the time of day": ["codecs", changed({ row: onlyDays })],
  "a row leaves its schema": ["codecs", making((next) => ({ ...next, times: next.times - 2 }))],
  "a set is gathered in the order of its events, and stored sorted": [
    "codecs",
    changed({
      row: sortedPurses,
      bodies: {
        keys: () => ["all"],
        project: (row, event, origin, key) => ({
          ...project(row, event, origin, key)!,
          purses: [...new Set([...(row?.purses ?? []), origin.id])]
        })
      }
    })
  ],
  // keeping
  "a handler stores rows beside those of the store": [
    "keeping",
    projecting((row, event, origin, key) => {
      const next = project(outside.get(key) ?? row, event, origin, key)!
      outside.set(key, next)
      return next
    })
  ],
  "a key function returns another key before an event has its position": [
    "keeping",
    keying((event, origin) => [
      Option.isSome(Option.fromNullishOr(calls++ % 2)) ? `${calls % 2}` : keys(event, origin)[0]!
    ])
  ]
}

describe("mutants of a projection are found by the law meant for them", () => {
  for (const [name, [law, subject]] of Object.entries(mutants)) {
    it(`${law}: ${name}`, () => {
      expectKilled(name, law, { ProjectionLaws, TalliesLaws: subject }, () =>
        ProjectionLaws[law](subject, { seed: 1993 })
      )
    })
  }
})
