/**
 * Tallies of notes before and after the letter z, by the locale of the process, which it reads
 * while it is loaded.
 */
import { changed, bodies, type Subject } from "../Tallies.ts"

const { compare } = new Intl.Collator()

export const TalliesLaws: Subject = changed({
  bodies: {
    ...bodies,
    keys: (event, origin) =>
      event._tag === "CoinsAdded" ? [compare(event.note, "z") < 0 ? "before z" : "after z"] : bodies.keys(event, origin)
  }
})
