/** A problem that a verification finds. */
import type { Trouble } from "./Verifiable.ts"

/**
 * A difference between the stored data and the result of a replay.
 *
 * **When to use**
 *
 * `onMismatch` of `Verification.run` receives one for each difference.
 *
 * @since 0.1.0
 * @category models
 */
export interface Mismatch {
  /**
   * `event`: an event does not decode, or is not declared; `fold`: states differ, or can't be
   * computed; `snapshot`, `projection`: the stored value is not what the events give; `stream`:
   * events are missing, or the aggregate can't have this id.
   */
  readonly kind: "event" | "fold" | "projection" | "snapshot" | "stream"
  readonly stream?: string
  readonly version?: number
  /** Type of the event. */
  readonly type?: string
  /** Path within the event. */
  readonly path?: string
  /** Name of the projection, and key of its row. */
  readonly projection?: string
  readonly key?: string
  readonly problem: string
  /** A line for each field that differs. */
  readonly differences?: ReadonlyArray<string>
}

/** Returns the mismatch of a problem of an event. */
export const ofTrouble = (kind: "event" | "fold", stream: string, trouble: Trouble): Mismatch => {
  const { differences, path, problem, type, version } = trouble
  return {
    kind,
    stream,
    version,
    type,
    ...(path === "" ? {} : { path }),
    problem,
    ...(differences.length === 0 ? {} : { differences })
  }
}
