/** Why an append of events is refused whose rows are written with them. For authors of stores, so that every store says the same. */
import { EventStoreError, StoreRefused } from "../EventStoreError.ts"
import type { Described } from "./ProjectionStore.ts"
import { shellWord } from "../internal/work/ShellWord.ts"

/** Events were appended without what this projection makes of them. */
export const notListed = (projection: string): EventStoreError =>
  new EventStoreError({
    reason: new StoreRefused({
      problem: `the rows of ${projection} are written with the events, and this program doesn't know how`,
      fix: `Put an InlineProjections.layer with it over the store that this program appends to, or have a projector keep its rows: eventfold projections discharge ${shellWord(projection)}`
    })
  })

/** `fingerprint`: of the handlers that the rows are written by now; undefined where they are not written with the events any more. */
export const othersKeep = ({ fingerprint: own, name }: Described, fingerprint: string | undefined): EventStoreError =>
  new EventStoreError({
    reason: new StoreRefused(
      fingerprint === undefined
        ? {
            problem: `the rows of ${name} are not written with the events any more, since this program was started`,
            fix: "Start it anew: then they are again; or leave it out of InlineProjections.layer"
          }
        : {
            problem: `the rows of ${name} are written by other handlers (${fingerprint}) by now than those of this program (${own})`,
            fix: "Start the release that has those handlers"
          }
    )
  })
