/** A progress bar on standard error, where that is a terminal; elsewhere nothing. */
import { Effect } from "effect"
import { Presets, SingleBar } from "cli-progress"

export interface Progress {
  readonly advance: (by?: number) => Effect.Effect<void>
}

/** Runs an effect under a bar that goes from 0 to `total`; the bar ends when the effect does, however it does. */
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
