/** Follows rows that are made anew until they are served, and says how far they are. */
import { Effect } from "effect"
import type { EventStoreError } from "eventfold"
import { type ProjectionStore, StoreRequest } from "eventfold/store"
import { inform, NotRebuilt } from "./CommandLine.ts"
import { span } from "./TextTable.ts"

export interface Rebuilt {
  /** Positions of the log that the rows were made from. */
  readonly events: number
  readonly seconds: number
}

export const grouped = (count: number): string => Math.round(count).toLocaleString("en-US")

/** A line that is written over where somebody looks; else it is said now and then. */
export const teller = () => {
  const { stderr } = process
  let told = -Infinity
  return {
    tell: (line: string) =>
      Effect.sync(() => {
        const isTold = performance.now() - told < (stderr.isTTY ? 100 : 10_000)
        if (isTold) return
        told = performance.now()
        stderr.write(stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
      }),
    clear: Effect.sync(() => {
      if (stderr.isTTY && told > 0) stderr.write("\r\u001b[K")
    })
  }
}

/** What is known of how fast it goes: over some seconds, since it need not go evenly. */
const pace = () => {
  const seen: Array<{ readonly at: number; readonly done: number }> = []
  return (done: number): number => {
    const at = performance.now()
    seen.push({ at, done })
    while (seen.length > 2 && at - seen[0]!.at > 5_000) seen.shift()
    const first = seen[0]!
    return at === first.at ? 0 : (1_000 * (done - first.done)) / (at - first.at)
  }
}

const at = (stages: ReadonlyArray<ProjectionStore.Status>, stage: ProjectionStore.Stage) =>
  stages.find((one) => one.stage === stage)

/** Until rows are served that were not at `before`. Whoever breaks this off does not break the rebuild off. */
export const follow = (
  store: ProjectionStore.Service,
  name: string,
  before: ReadonlyArray<ProjectionStore.Status>
): Effect.Effect<Rebuilt, EventStoreError.EventStoreError | NotRebuilt> => {
  const { clear, tell } = teller()
  const rateOf = pace()
  const began = performance.now()
  const old = at(before, "old")?.savedAt?.epochMilliseconds
  const wait = Effect.gen(function* () {
    for (;;) {
      const stages = yield* store.stages(name)
      const [serving, next] = [at(stages, "serving"), at(stages, "next")]
      if (next?.problem !== undefined) return yield* new NotRebuilt({ message: `not served: ${next.problem}` })
      if (next !== undefined) {
        const done = next.checkpoint.position
        const all = done + next.lag.events
        const rate = rateOf(done)
        const left = rate > 0 ? `, ${span(next.lag.events / rate)} left` : ""
        const part = all === 0 ? 100 : Math.floor((100 * done) / all)
        yield* tell(`${name}: ${part}%, ${grouped(done)} of ${grouped(all)} events, ${grouped(rate)}/s${left}`)
      } else if (serving?.isRebuildAsked === true) {
        yield* tell(
          serving.isPaused
            ? `${name} is paused: its rows are made anew once it is resumed`
            : serving.owner === undefined
              ? `waiting for a projector that has the handlers of ${name}: start the app, or a process with Projector.layer`
              : `waiting for the projector of ${name} to begin`
        )
      } else if (at(stages, "old")?.savedAt?.epochMilliseconds !== old) {
        return { events: serving?.checkpoint.position ?? 0, seconds: (performance.now() - began) / 1_000 }
      } else {
        return yield* new NotRebuilt({ message: `somebody else has given it up: the rows of ${name} are as they were` })
      }
      yield* Effect.sleep("100 millis")
    }
  })
  return wait.pipe(
    Effect.ensuring(clear),
    Effect.onInterrupt(() =>
      inform(
        `it goes on without this command: eventfold projections status, or rebuild ${StoreRequest.shellWord(name)} --cancel`
      )
    )
  )
}
