/** What a verification finds wrong: one thing, and where. */
import type { Trouble } from "./Verifiable.ts"

export interface Mismatch {
  /**
   * `event`: one does not decode, or no declaration knows it; `fold`: states differ, or can't be had; `snapshot`, `projection`: what is
   * stored is not what the events give; `stream`: events are missing, or its id is none of the aggregate's.
   */
  readonly kind: "event" | "fold" | "projection" | "snapshot" | "stream"
  readonly stream?: string
  readonly version?: number
  /** Of the event. */
  readonly type?: string
  /** In the event. */
  readonly path?: string
  /** The projection, and the key of its row. */
  readonly projection?: string
  readonly key?: string
  readonly problem: string
  /** A line for each field that differs. */
  readonly differences?: ReadonlyArray<string>
}

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
