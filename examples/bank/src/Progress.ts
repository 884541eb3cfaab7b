/** Progress on standard error, if that is a terminal. */
import { Effect } from "effect"
import { Presets, SingleBar } from "cli-progress"

export interface Progress {
  readonly advance: (by?: number) => Effect.Effect<void>
}

/**
 * Runs an effect under a bar that goes from 0 to `total`; the bar ends when the effect does,
 * however it does.
 */
export const withBar = <A, E, R>(
  label: string,
  total: number,
  body: (progress: Progress) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const format = `  ${label} {bar} {percentage}% | {value} of {total} | {eta_formatted} left`
      const bar = new SingleBar(
        { format, etaBuffer: 200, hideCursor: true, clearOnComplete: true, gracefulExit: false },
        Presets.shades_classic
      )
      bar.start(total, 0)
      return bar
    }),
    (bar) => body({ advance: (by = 1) => Effect.sync(() => bar.increment(by)) }),
    (bar) => Effect.sync(() => bar.stop())
  )

/** Runs an effect of unknown length under a line that counts the seconds. */
export const withClock = <A, E, R>(label: string, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  process.stderr.isTTY
    ? Effect.acquireUseRelease(
        Effect.sync(() => {
          const started = performance.now()
          const say = () =>
            process.stderr.write(`\r  ${label} … ${((performance.now() - started) / 1000).toFixed(1)} s`)
          say()
          return setInterval(say, 100)
        }),
        () => body,
        (timer) =>
          Effect.sync(() => {
            clearInterval(timer)
            process.stderr.write("\r\x1b[K")
          })
      )
    : body
