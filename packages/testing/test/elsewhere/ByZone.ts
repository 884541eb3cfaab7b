/** A purse that takes coins by the time zone of the process, which it reads while it is loaded. */
import { apply, foldOf, PurseLaws as sound } from "../Purse.ts"

const minutes = BigInt(Math.abs(new Date(2020, 6, 1).getTimezoneOffset()))

export const PurseLaws: typeof sound = {
  ...sound,
  fold: foldOf((state, event) => {
    const next = apply(state, event)
    return event._tag === "CoinsTaken" ? { ...next, coins: next.coins - minutes } : next
  })
}
