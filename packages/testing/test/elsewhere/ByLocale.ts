/** A purse that sorts notes by the locale of the process, which it reads while it is loaded. */
import { apply, foldOf, PurseLaws as sound } from "../Purse.ts"

const { compare } = new Intl.Collator()

export const PurseLaws: typeof sound = {
  ...sound,
  fold: foldOf((state, event) => {
    const next = apply(state, event)
    return { ...next, notes: [...next.notes].sort((a, b) => (compare(a, b) < 0 ? -1 : a < b ? -1 : 1)) }
  })
}
