/**
 * Groups reads of streams that begin in one turn of the event loop into one statement, so that they
 * share a round trip. A single read has a statement of its own, and no read waits for later ones.
 */
import { Cause, Effect, Exit, FiberSet, type Scope } from "effect"
import type { EventStoreError } from "eventfold"
import { storeClosed } from "../sql/SqlFailure.ts"
import type { Rows } from "./StoredEvent.ts"

/** A page of a stream to read; bounds are inclusive. */
export interface PageRequest {
  readonly stream: string
  readonly from: number
  readonly to: number
  readonly size: number
}

/** The rows of a page. */
export interface Fetched {
  readonly rows: Rows
  /** `true` if the stream has no more rows in the bounds. */
  readonly isAll: boolean
}

type Fetch = Effect.Effect<Fetched, EventStoreError.EventStoreError>

/** Options of {@link make}. */
export interface Options {
  /** Reads a page. */
  readonly one: (page: PageRequest) => Effect.Effect<Rows, EventStoreError.EventStoreError>
  /**
   * Reads pages. The last column of a row is the number of its page, from 1; rows are in the order
   * of these numbers.
   */
  readonly many: (pages: ReadonlyArray<PageRequest>) => Effect.Effect<Rows, EventStoreError.EventStoreError>
}

const maxStreams = 64
/**
 * Maximum number of rows of a statement. Each stream has a share of them, and rows beyond it are
 * read separately.
 */
const maxRows = 4_096

interface Waiting {
  readonly page: PageRequest
  readonly resume: (fetch: Fetch) => void
  isGone: boolean
}

const fetched = (rows: Rows, size: number): Fetched => ({ rows, isAll: rows.length < size })

/** Divides rows among pages. `shares` are the numbers of rows that were requested. */
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

/**
 * Returns a function that reads a page. A shared statement runs in a fiber of the scope: if one
 * caller is interrupted, the other callers still receive their pages.
 */
export const make = ({ many, one }: Options): Effect.Effect<(page: PageRequest) => Fetch, never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never, void, never>()
    let waiting: Array<Waiting> = []

    const send = (group: ReadonlyArray<Waiting>) => {
      const share = Math.floor(maxRows / group.length)
      const parts = group.map(({ page }) => ({ ...page, size: Math.min(page.size, share) }))
      run(
        Effect.onExit(
          Effect.suspend(() => many(parts)),
          (exit) =>
            Effect.sync(() => {
              if (Exit.isFailure(exit)) {
                // The scope was closed, not the callers.
                const failure = Cause.hasInterruptsOnly(exit.cause)
                  ? Effect.fail(storeClosed)
                  : Exit.failCause(exit.cause)
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
        for (const { resume } of take()) resume(Effect.fail(storeClosed))
      })
    )
    const flush = () => {
      const all = take()
      for (let i = 0; i < all.length; i += maxStreams) {
        const group = all.slice(i, i + maxStreams)
        const [{ page, resume } = group[0]!] = group
        if (group.length > 1) send(group)
        else resume(Effect.map(one(page), (rows) => fetched(rows, page.size)))
      }
    }
    return (page) =>
      Effect.callback((resume) => {
        if (isClosed) return resume(Effect.fail(storeClosed))
        const item: Waiting = { page, resume, isGone: false }
        if (waiting.push(item) === 1) setImmediate(flush)
        return Effect.sync(() => {
          item.isGone = true
        })
      })
  })
