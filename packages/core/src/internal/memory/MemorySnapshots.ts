/** Snapshots in memory, beside `MemoryLog`. */
import { Effect } from "effect"
import type { Service, Snapshot, Which } from "../../Snapshots.ts"
import * as StoreRequest from "../../store/StoreRequest.ts"

export class MemorySnapshots {
  /** By stream, then by fingerprint. */
  readonly #kept = new Map<string, Map<string, Snapshot>>()
  readonly #isTruncated: (stream: string) => boolean

  constructor(isTruncated: (stream: string) => boolean) {
    this.#isTruncated = isTruncated
  }

  readonly service: Service = {
    latest: (stream, fingerprint) =>
      Effect.suspend(() => {
        const invalid = StoreRequest.checkStream("snapshots.latest", stream)
        if (invalid !== undefined) return Effect.fail(invalid)
        const found = this.#kept.get(stream)?.get(fingerprint)
        return Effect.succeed(found === undefined ? undefined : { ...found })
      }),
    save: (snapshot, options) =>
      Effect.suspend(() => {
        const invalid = StoreRequest.checkSnapshot(snapshot)
        if (invalid !== undefined) return Effect.fail(invalid)
        this.#save(snapshot, options?.replace ?? false)
        return Effect.void
      }),
    drop: (which) => Effect.sync(() => this.#drop(which))
  }

  #save(snapshot: Snapshot, replace: boolean): void {
    // It would hold what was taken away.
    if (this.#isTruncated(snapshot.stream)) return
    const ofStream = this.#kept.get(snapshot.stream) ?? new Map<string, Snapshot>()
    const known = ofStream.get(snapshot.fingerprint)
    if (known !== undefined && known.version > snapshot.version && !replace) return
    ofStream.set(snapshot.fingerprint, { ...snapshot })
    this.#kept.set(snapshot.stream, ofStream)
  }

  #drop(which: Which): number {
    let dropped = 0
    for (const stream of this.#kept.keys()) {
      const isMeant =
        which === "all" || ("stream" in which ? stream === which.stream : stream.startsWith(`${which.aggregate}-`))
      if (isMeant) dropped += this.forget(stream)
    }
    return dropped
  }

  /** Drops those of a stream; gives how many there were. */
  forget(stream: string): number {
    const { size } = this.#kept.get(stream) ?? { size: 0 }
    this.#kept.delete(stream)
    return size
  }
}
