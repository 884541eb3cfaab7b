/** Finds rows of a live projection by the values of an index's fields, and in their order. Values are equal if they encode alike. */
import { Result, Schema } from "effect"
import * as CanonicalJson from "../../store/CanonicalJson.ts"
import type { IndexRange } from "../../store/ProjectionStore.ts"
import type { RowQuery } from "./RowQuery.ts"
import * as RowOrder from "../codec/RowOrder.ts"

type Values = ReadonlyArray<Schema.Json | undefined>

export interface RowIndex {
  /** Works out where changed rows go (`undefined`: nowhere), and gives what moves them; only the first part may throw. */
  readonly moves: (changes: ReadonlyMap<string, unknown>) => () => void
  /** The keys of the rows with these values, in any order. */
  readonly find: (values: Values) => ReadonlyArray<string>
  /** The keys of a range, in the order that it asks for. */
  readonly select: (range: IndexRange) => ReadonlyArray<string>
  readonly count: (range: IndexRange) => number
  /** The values of a row that is there. */
  readonly valuesOf: (key: string) => Values
}

export const make = (query: RowQuery): RowIndex => {
  const { fields, types } = query
  const keys = new Map<string, Set<string>>()
  const places = new Map<string, { readonly text: string; readonly values: Values }>()
  /** In the order of the index, as it was when somebody last asked for it; made when it is first asked for. */
  let entries: ReadonlyArray<RowOrder.Entry> | undefined
  /** The keys of rows that have moved since. */
  const moved = new Set<string>()

  /** JSON has no raw NUL, so values cannot run into each other; a field that is not there is no value of JSON. */
  const textOf = (values: Values): string =>
    values.map((value) => (value === undefined ? "" : CanonicalJson.text(value))).join("\0")

  const leave = (key: string, text: string) => {
    const there = keys.get(text)
    there?.delete(key)
    if (there?.size === 0) keys.delete(text)
  }
  const enter = (key: string, text: string) => {
    const there = keys.get(text) ?? new Set()
    keys.set(text, there.add(key))
  }

  const sorted = (): ReadonlyArray<RowOrder.Entry> => {
    if (entries !== undefined && moved.size === 0) return entries
    const changed = entries === undefined ? [...places.keys()] : [...moved]
    const added = changed
      .flatMap((key) => {
        const place = places.get(key)
        return place === undefined ? [] : [RowOrder.entryOf(types, key, place.values)]
      })
      .sort(RowOrder.byEntry)
    entries = entries === undefined ? added : merged(entries, moved, added)
    moved.clear()
    return entries
  }

  return {
    moves: (changes) => {
      const next = [...changes].map(([key, row]) => {
        if (row === undefined) return [key, undefined] as const
        const values = Result.getOrThrowWith(
          query.values(fields.map((field): unknown => Reflect.get(Object(row), field))),
          (error) => error
        )
        return [key, { text: textOf(values), values }] as const
      })
      return () => {
        for (const [key, place] of next) {
          const before = places.get(key)
          if (before?.text === place?.text) continue
          moved.add(key)
          if (before !== undefined) leave(key, before.text)
          if (place === undefined) places.delete(key)
          else {
            enter(key, place.text)
            places.set(key, place)
          }
        }
      }
    },
    find: (values) => [...(keys.get(textOf(values)) ?? [])],
    select: (range) => RowOrder.select(types, sorted(), range),
    count: (range) => RowOrder.count(types, sorted(), range),
    valuesOf: (key) => places.get(key)?.values ?? []
  }
}

/** Both lists in order, without the entries of the first whose rows have moved. */
const merged = (
  before: ReadonlyArray<RowOrder.Entry>,
  moved: ReadonlySet<string>,
  added: ReadonlyArray<RowOrder.Entry>
): ReadonlyArray<RowOrder.Entry> => {
  const all: Array<RowOrder.Entry> = []
  let next = 0
  for (const entry of before) {
    if (moved.has(entry.key)) continue
    while (next < added.length && RowOrder.byEntry(added[next]!, entry) < 0) all.push(added[next++]!)
    all.push(entry)
  }
  return [...all, ...added.slice(next)]
}
