/** Snapshots in memory, beside `MemoryLog`. */
import { Effect } from "effect"
import type { Service, Snapshot } from "../../Snapshots.ts"

export class MemorySnapshots {
  /** By stream, then by fingerprint. */
  readonly #snapshots = new Map<string, Map<string, Snapshot>>()
  readonly #isTruncated: (stream: string) => boolean

  constructor(isTruncated: (stream: string) => boolean) {
    this.#isTruncated = isTruncated
  }

  readonly service: Service = {
    latest: (stream, fingerprint) =>
      Effect.sync(() => {
        const found = this.#snapshots.get(stream)?.get(fingerprint)
        return found === undefined ? undefined : { ...found }
      }),
    save: (snapshot, options) => Effect.sync(() => this.#save(snapshot, options?.replace ?? false)),
    drop: (which) => Effect.sync(() => this.#drop(which))
  }

  #save(snapshot: Snapshot, replace: boolean): void {
    // The snapshot can hold content that was truncated.
    if (this.#isTruncated(snapshot.stream)) return
    const ofStream = this.#snapshots.get(snapshot.stream) ?? new Map<string, Snapshot>()
    const known = ofStream.get(snapshot.fingerprint)
    if (known !== undefined && known.version > snapshot.version && !replace) return
    ofStream.set(snapshot.fingerprint, { ...snapshot })
    this.#snapshots.set(snapshot.stream, ofStream)
  }

  #drop(which: Parameters<Service["drop"]>[0]): number {
    let dropped = 0
    for (const stream of this.#snapshots.keys()) {
      const isChosen =
        which === "all" || ("stream" in which ? stream === which.stream : stream.startsWith(`${which.aggregate}-`))
      if (isChosen) dropped += this.forget(stream)
    }
    return dropped
  }

  /** Drops the snapshots of a stream; returns their number. */
  forget(stream: string): number {
    const { size } = this.#snapshots.get(stream) ?? { size: 0 }
    this.#snapshots.delete(stream)
    return size
  }
}
