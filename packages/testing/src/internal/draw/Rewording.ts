/** Random texts hardly ever have letters that languages do not agree on: some of them are replaced by such as have. */
import type { Schema } from "effect"

/** Texts of an event that are replaced. */
const most = 8
/** Their order, and how they look in capitals, depends on the language. */
const words = ["z", "ä", "I", "å", "i", "Z", "ı", "a", "ö", "É"]

/** Another text in one place, which is the `place`-th of those that the value has. */
const reworded = (value: Schema.Json, place: number, word: string): Schema.Json => {
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

/** An event, the `nth` that is drawn, with other texts, as far as it `fits` with them. */
export const rewordedBy = (event: Schema.Json, nth: number, fits: (event: Schema.Json) => boolean): Schema.Json => {
  let told = event
  for (let place = 0; place < most; place++) {
    const retold = reworded(told, place, words[(nth + 7 * place) % words.length]!)
    // Some texts are numbers, or ids of a kind.
    if (fits(retold)) told = retold
  }
  return told
}
