/** Handlers that throw for some parcels, until a file says that they are mended: so that other processes know it. */
import { existsSync } from "node:fs"
import { projector as bodies } from "../../../core/test/projection/Parcels.ts"

/** What they throw for: parcels with this note, in this town. */
export const poison = { note: "poison", town: "Brno" } as const

export const poisoned = (mended: string): typeof bodies => ({
  ...bodies,
  project: (row, event, origin, key) => {
    if (event._tag === "Sent" && event.note === poison.note && key === poison.town && !existsSync(mended)) {
      throw new Error(`no ${poison.note} in ${key}`)
    }
    return bodies.project(row, event, origin, key)
  }
})
