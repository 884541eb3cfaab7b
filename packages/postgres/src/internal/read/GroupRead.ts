/**
 * Reads of streams that begin in one turn of the event loop, in one statement: a round trip for all of them, where each would
 * have had its own. One that is alone goes by itself, and nothing ever waits for others to come.
 */
import { Cause, Effect, Exit, FiberSet, type Scope } from "effect"
import type { EventStoreError } from "eventfold"
import { closed } from "./LogWatch.ts"
import type { Rows } from "./StoredEvent.ts"

/** A page of a stream; bounds are inclusive. */
export interface Wanted {
  readonly stream: string
  readonly from: number
  readonly to: number
  readonly size: number
}

export interface Fetched {
  readonly rows: Rows
  /** Whether the stream has no more of what was wanted. */
  readonly isAll: boolean
}

type Fetching = Effect.Effect<Fetched, EventStoreError.EventStoreError>

export interface Options {
  readonly one: (wanted: Wanted) => Effect.Effect<Rows, EventStoreError.EventStoreError>
  /** Rows end with the place of the one who wanted them, and are in the order of the places. */
  readonly many: (wanted: ReadonlyArray<Wanted>) => Effect.Effect<Rows, EventStoreError.EventStoreError>
}

const maxStreams = 64
/** In all of a statement: each stream gets its share, and what is beyond that is read by itself. */
const maxRows = 4_096

interface Waiting {
  readonly wanted: Wanted
  readonly resume: (fetching: Fetching) => void
  isGone: boolean
}

const fetched = (rows: Rows, size: number): Fetched => ({ rows, isAll: rows.length < size })

/** `shares` say how many rows were asked for. */
const divide = (rows: Rows, shares: ReadonlyArray<number>): ReadonlyArray<Fetched> => {
  const divided: Array<Fetched> = []
  let from = 0
  for (const [i, share] of shares.entries()) {
    let to = from
    while (to < rows.length && Number(rows[to]!.at(-1)) === i + 1) to++
    divided.push(fetched(rows.slice(from, to), share))
    from = to
  }
  return divided
}

/** What several want is read in fibers of the scope: interrupting one who wants something cancels it for nobody else. */
export const make = ({ many, one }: Options): Effect.Effect<(wanted: Wanted) => Fetching, never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never, void, never>()
    let waiting: Array<Waiting> = []

    const send = (group: ReadonlyArray<Waiting>) => {
      const share = Math.floor(maxRows / group.length)
      const parts = group.map(({ wanted }) => ({ ...wanted, size: Math.min(wanted.size, share) }))
      run(
        Effect.onExit(
          Effect.suspend(() => many(parts)),
          (exit) =>
            Effect.sync(() => {
              if (Exit.isFailure(exit)) {
                // It is the scope that ended, not those who wait.
                const failure = Cause.hasInterruptsOnly(exit.cause) ? Effect.fail(closed) : Exit.failCause(exit.cause)
                for (const { resume } of group) resume(failure)
                return
              }
              const pages = divide(
                exit.value,
                parts.map(({ size }) => size)
              )
              for (const [i, { resume }] of group.entries()) resume(Effect.succeed(pages[i]!))
            })
        ).pipe(Effect.ignore)
      )
    }
    const take = () => {
      const all = waiting.filter(({ isGone }) => !isGone)
      waiting = []
      return all
    }
    let isClosed = false
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isClosed = true
        for (const { resume } of take()) resume(Effect.fail(closed))
      })
    )
    const flush = () => {
      const all = take()
      for (let i = 0; i < all.length; i += maxStreams) {
        const group = all.slice(i, i + maxStreams)
        const [{ resume, wanted } = group[0]!] = group
        if (group.length > 1) send(group)
        else resume(Effect.map(one(wanted), (rows) => fetched(rows, wanted.size)))
      }
    }
    return (wanted) =>
      Effect.callback((resume) => {
        if (isClosed) return resume(Effect.fail(closed))
        const item: Waiting = { wanted, resume, isGone: false }
        if (waiting.push(item) === 1) setImmediate(flush)
        return Effect.sync(() => {
          item.isGone = true
        })
      })
  })
