/** A purse that charges for the distance to Greenwich, as of when the module was loaded. */
import { apply, foldOf, PurseLaws as sound } from "../Purse.ts"

const minutes = BigInt(Math.abs(new Date(2020, 6, 1).getTimezoneOffset()))

export const PurseLaws: typeof sound = {
  ...sound,
  fold: foldOf((state, event) => {
    const next = apply(state, event)
    return event._tag === "CoinsTaken" ? { ...next, coins: next.coins - minutes } : next
  })
}
