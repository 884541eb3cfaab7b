/**
 * Index of the rows of a live projection in memory. Values are equal if their encoded forms are
 * equal.
 */
import { Result, Schema } from "effect"
import * as CanonicalJson from "../../store/CanonicalJson.ts"
import type { IndexRange } from "../../store/ProjectionStore.ts"
import type { RowQuery } from "./RowQuery.ts"
import * as RowOrder from "../codec/RowOrder.ts"

type Values = ReadonlyArray<Schema.Json | undefined>

export interface RowIndex {
  /**
   * Computes the entries of changed rows (`undefined`: deleted), and returns a function that
   * applies them. Only the computation can throw.
   */
  readonly moves: (changes: ReadonlyMap<string, unknown>) => () => void
  /** Returns the keys of the rows with these values, in any order. */
  readonly find: (values: Values) => ReadonlyArray<string>
  /** Returns the keys of a range, in its order. */
  readonly select: (range: IndexRange) => ReadonlyArray<string>
  readonly count: (range: IndexRange) => number
  /** Returns the values of an existing row. */
  readonly valuesOf: (key: string) => Values
}

export const make = (query: RowQuery): RowIndex => {
  const { fields, types } = query
  const keys = new Map<string, Set<string>>()
  const current = new Map<string, { readonly text: string; readonly values: Values }>()
  /** Entries in index order, as of the last read; undefined before the first read. */
  let entries: ReadonlyArray<RowOrder.Entry> | undefined
  /** Keys of rows whose entries have changed since the last read. */
  const moved = new Set<string>()

  /**
   * JSON has no raw NUL, so values cannot run together; the text of an absent field is no JSON
   * value.
   */
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
    const changed = entries === undefined ? [...current.keys()] : [...moved]
    const added = changed
      .flatMap((key) => {
        const entry = current.get(key)
        return entry === undefined ? [] : [RowOrder.entryOf(types, key, entry.values)]
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
        for (const [key, entry] of next) {
          const before = current.get(key)
          if (before?.text === entry?.text) continue
          moved.add(key)
          if (before !== undefined) leave(key, before.text)
          if (entry === undefined) current.delete(key)
          else {
            enter(key, entry.text)
            current.set(key, entry)
          }
        }
      }
    },
    find: (values) => [...(keys.get(textOf(values)) ?? [])],
    select: (range) => RowOrder.select(types, sorted(), range),
    count: (range) => RowOrder.count(types, sorted(), range),
    valuesOf: (key) => current.get(key)?.values ?? []
  }
}

/** Merges both lists in order, without the entries of the first whose rows have moved. */
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
