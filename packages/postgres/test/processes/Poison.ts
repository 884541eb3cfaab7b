/**
 * Handlers that throw for some parcels until a file exists, which tells all processes that they are
 * fixed.
 */
import { existsSync } from "node:fs"
import { projector as bodies } from "../../../core/test/projection/Parcels.ts"

/** The parcels for which they throw: with this note, in this town. */
export const poison = { note: "poison", town: "Brno" } as const

export const poisoned = (fixedFile: string): typeof bodies => ({
  ...bodies,
  project: (row, event, origin, key) => {
    if (event._tag === "Sent" && event.note === poison.note && key === poison.town && !existsSync(fixedFile)) {
      throw new Error(`no ${poison.note} in ${key}`)
    }
    return bodies.project(row, event, origin, key)
  }
})
