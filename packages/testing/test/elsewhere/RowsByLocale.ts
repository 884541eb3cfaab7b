/** Tallies of notes before and after the letter z, in the order of the locale that the module was loaded in. */
import { changed, projector, type Subject } from "../Tallies.ts"

const { compare } = new Intl.Collator()

export const TalliesLaws: Subject = changed({
  projector: {
    ...projector,
    keys: (event, origin) =>
      event._tag === "CoinsAdded"
        ? [compare(event.note, "z") < 0 ? "before z" : "after z"]
        : projector.keys(event, origin)
  }
})
