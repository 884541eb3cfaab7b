/** Follows a rebuild until its rows are served, and shows its progress. */
import { Effect } from "effect"
import type { EventStoreError } from "eventfold"
import { type ProjectionStore, StoreRequest } from "eventfold/store"
import { NotRebuilt } from "../commandline/Failures.ts"
import { ProgressLine } from "../commandline/ProgressLine.ts"
import { host, inform, type Session } from "../commandline/Session.ts"
import { grouped, span } from "../commandline/TextTable.ts"

export interface Rebuilt {
  /** Number of positions of the log that the rows were folded from. */
  readonly events: number
  readonly seconds: number
}

const rateWindowMs = 5_000

/** The rate of a count over the last seconds: a rebuild need not be even. */
class Rate {
  readonly #seen: Array<{ readonly at: number; readonly done: number }> = []

  of(done: number): number {
    const at = performance.now()
    this.#seen.push({ at, done })
    while (this.#seen.length > 2 && at - this.#seen[0]!.at > rateWindowMs) this.#seen.shift()
    const first = this.#seen[0]!
    return at === first.at ? 0 : (1_000 * (done - first.done)) / (at - first.at)
  }
}

const at = (stages: ReadonlyArray<ProjectionStore.Status>, stage: ProjectionStore.Stage) =>
  stages.find((one) => one.stage === stage)

const progressOf = (name: string, { checkpoint, lag }: ProjectionStore.Status, rate: number): string => {
  const done = checkpoint.position
  const all = done + lag.events
  const left = rate > 0 ? `, ${span(lag.events / rate)} left` : ""
  const percent = all === 0 ? 100 : Math.floor((100 * done) / all)
  return `${name}: ${percent}%, ${grouped(done)} of ${grouped(all)} events, ${grouped(rate)}/s${left}`
}

const waitingFor = (name: string, { isPaused, owner }: ProjectionStore.Status): string => {
  if (isPaused) return `${name} is paused: its rebuild starts when it is resumed`
  return owner === undefined
    ? `waiting for a projector that has the handlers of ${name}: start the app, or a process with Projector.layer`
    : `waiting for the projector of ${name} to start the rebuild`
}

/**
 * Waits until rows are served that were not there `before`. The rebuild continues if the command is
 * interrupted.
 */
export const follow = Effect.fnUntraced(function* (
  store: ProjectionStore.Service,
  name: string,
  before: ReadonlyArray<ProjectionStore.Status>
): Effect.fn.Return<Rebuilt, EventStoreError.EventStoreError | NotRebuilt, Session> {
  const progress = new ProgressLine(yield* host)
  const rate = new Rate()
  const began = performance.now()
  const old = at(before, "old")?.savedAt?.epochMilliseconds
  const wait = Effect.gen(function* () {
    for (;;) {
      const stages = yield* store.stages(name)
      const [serving, next] = [at(stages, "serving"), at(stages, "next")]
      if (next?.problem !== undefined) return yield* new NotRebuilt({ message: `not served: ${next.problem}` })
      if (next !== undefined) progress.show(progressOf(name, next, rate.of(next.checkpoint.position)))
      else if (serving?.isRebuildAsked === true) progress.show(waitingFor(name, serving))
      else if (at(stages, "old")?.savedAt?.epochMilliseconds !== old) {
        return { events: serving?.checkpoint.position ?? 0, seconds: (performance.now() - began) / 1_000 }
      } else {
        return yield* new NotRebuilt({
          message: `another command has cancelled the rebuild: the rows of ${name} are unchanged`
        })
      }
      yield* Effect.sleep("100 millis")
    }
  })
  return yield* wait.pipe(
    Effect.ensuring(progress.clear),
    Effect.onInterrupt(() =>
      inform(
        `the rebuild continues without this command: eventfold projections status, or rebuild ${StoreRequest.shellWord(name)} --cancel`
      )
    )
  )
})
