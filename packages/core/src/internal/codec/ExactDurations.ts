/**
 * Durations to milliseconds and back without a loss. Effect divides nanoseconds, so that from some 100 days on a part of them is
 * rounded away. Such a duration is refused here; all other numbers are Effect's own.
 */
import { Duration, Effect, SchemaIssue, SchemaTransformation } from "effect"

/** In place of Effect's `durationFromMillis`. */
export const durationFromMillis: SchemaTransformation.Transformation<Duration.Duration, number> =
  SchemaTransformation.transformEffect<Duration.Duration, number>({
    decode: (millis) => Effect.succeed(Duration.millis(millis)),
    encode: (duration, options) => {
      const millis = Duration.toMillis(duration)
      return Duration.equals(Duration.millis(millis), duration)
        ? Effect.succeed(millis)
        : Effect.fail(
            new SchemaIssue.InvalidValue(
              { expected: "a duration that a number of milliseconds holds exactly" },
              duration,
              options
            )
          )
    }
  })
