/** A purse that adds a random number to its owner, which it draws while it is loaded. */
import { Option } from "effect"
import { apply, foldOf, PurseLaws as sound } from "../Purse.ts"

const drawn = Math.floor(Math.random() * 1_000)

export const PurseLaws: typeof sound = {
  ...sound,
  fold: foldOf((state, event) => {
    const next = apply(state, event)
    return event._tag === "PurseBought" ? { ...next, owner: Option.some(`${event.owner} ${drawn}`) } : next
  })
}
