/** Which rows of a live projection have which values in some of their fields. Values are equal if they encode alike. */
import { Result, Schema } from "effect"
import * as StoredForm from "../StoredForm.ts"

export interface RowIndex {
  /** Works out where changed rows go (`undefined`: nowhere), and gives what moves them; only the first part may throw. */
  readonly moves: (changes: ReadonlyMap<string, unknown>) => () => void
  /** The keys of the rows with these values, in any order. */
  readonly find: (values: ReadonlyArray<unknown>) => ReadonlyArray<string>
}

export const make = (
  names: ReadonlyArray<string>,
  schemas: { readonly [field: string]: Schema.Codec<unknown, unknown> }
): RowIndex => {
  const fields = names.map((name) => {
    const schema = schemas[name]
    if (schema === undefined) throw new Error(`an index has the field ${JSON.stringify(name)}, which has no schema`)
    return { name, encode: Schema.encodeUnknownResult(StoredForm.codec(schema)) }
  })
  const keys = new Map<string, Set<string>>()
  const places = new Map<string, string>()

  /** JSON has no raw NUL, so values cannot run into each other; a field that is not there is no value of JSON. */
  const placeOf = (valueAt: (name: string, i: number) => unknown): string =>
    fields
      .map(({ encode, name }, i) => {
        const value = valueAt(name, i)
        return value === undefined ? "" : JSON.stringify(Result.getOrThrowWith(encode(value), (error) => error))
      })
      .join("\0")

  const leave = (key: string, place: string) => {
    const there = keys.get(place)
    there?.delete(key)
    if (there?.size === 0) keys.delete(place)
  }
  const enter = (key: string, place: string) => {
    const there = keys.get(place) ?? new Set()
    keys.set(place, there.add(key))
  }

  return {
    moves: (changes) => {
      const next = [...changes].map(
        ([key, row]) =>
          [key, row === undefined ? undefined : placeOf((name) => Reflect.get(Object(row), name))] as const
      )
      return () => {
        for (const [key, place] of next) {
          const before = places.get(key)
          if (before === place) continue
          if (before !== undefined) leave(key, before)
          if (place === undefined) places.delete(key)
          else {
            enter(key, place)
            places.set(key, place)
          }
        }
      }
    },
    find: (values) => [...(keys.get(placeOf((_, i) => values[i])) ?? [])]
  }
}
