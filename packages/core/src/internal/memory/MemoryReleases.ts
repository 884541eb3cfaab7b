/** The order of a projection's releases in memory, each known by the fingerprint of its handlers. */
export class MemoryReleases {
  readonly #places = new Map<string, number>()

  placeOf(fingerprint: string): number | undefined {
    return this.#places.get(fingerprint)
  }

  /** Newest first. */
  get fingerprints(): ReadonlyArray<string> {
    return [...this.#places].sort(([, a], [, b]) => b - a).map(([fingerprint]) => fingerprint)
  }

  /** At the end of the order, unless it has a place. */
  enroll(fingerprint: string): number {
    return this.placeOf(fingerprint) ?? this.promote(fingerprint)
  }

  /** Makes it the newest. */
  promote(fingerprint: string): number {
    const place = Math.max(0, ...this.#places.values()) + 1
    this.#places.set(fingerprint, place)
    return place
  }

  /** Makes it the oldest, so that it steps aside for every other one. */
  giveUp(fingerprint: string): void {
    this.#places.set(fingerprint, Math.min(0, ...this.#places.values()) - 1)
  }
}
