/**
 * Replaces some texts by words whose order depends on the language, because random texts rarely
 * have such letters.
 */
import type { Schema } from "effect"

/** Maximum number of texts of an event that are replaced. */
const maxTexts = 8
/** Words whose order and capital letters depend on the language. */
const words = ["z", "ä", "I", "å", "i", "Z", "ı", "a", "ö", "É"]

/** Replaces the text with the number `place` among those of the value. */
const withText = (value: Schema.Json, place: number, word: string): Schema.Json => {
  let next = 0
  const walk = (value: Schema.Json): Schema.Json => {
    if (typeof value === "string") return next++ === place ? word : value
    if (typeof value !== "object" || value === null) return value
    if (Array.isArray(value)) return value.map(walk)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === "_tag" ? one : walk(one)]))
  }
  const walked = walk(value)
  return next > place ? walked : value
}

/** Replaces the texts of the `nth` drawn event if it still `fits` its schema. */
export const rewordedBy = (event: Schema.Json, nth: number, fits: (event: Schema.Json) => boolean): Schema.Json => {
  let reworded = event
  for (let place = 0; place < maxTexts; place++) {
    const next = withText(reworded, place, words[(nth + 7 * place) % words.length]!)
    // Some texts are numbers or ids, which a word does not fit.
    if (fits(next)) reworded = next
  }
  return reworded
}
