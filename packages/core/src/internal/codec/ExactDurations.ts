/**
 * Converts durations to milliseconds and back without loss. Effect divides nanoseconds, so from
 * about 100 days on, some of them are rounded away. Such a duration is refused here; all other
 * values are those of Effect.
 */
import { Duration, Effect, SchemaIssue, SchemaTransformation } from "effect"

/** Replaces Effect's `durationFromMillis`. */
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
