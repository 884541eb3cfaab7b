/**
 * Order of a projection's releases in memory. Each release is identified by the fingerprint of its
 * handlers.
 */
export class MemoryReleases {
  readonly #places = new Map<string, number>()

  placeOf(fingerprint: string): number | undefined {
    return this.#places.get(fingerprint)
  }

  /** Fingerprints of all releases, newest first. */
  get fingerprints(): ReadonlyArray<string> {
    return [...this.#places].sort(([, a], [, b]) => b - a).map(([fingerprint]) => fingerprint)
  }

  /** Adds a release as the newest, unless it is in the order already; returns its place. */
  enroll(fingerprint: string): number {
    return this.placeOf(fingerprint) ?? this.promote(fingerprint)
  }

  /** Makes a release the newest. */
  promote(fingerprint: string): number {
    const place = Math.max(0, ...this.#places.values()) + 1
    this.#places.set(fingerprint, place)
    return place
  }

  /** Makes a release the oldest, so that every other release takes precedence. */
  giveUp(fingerprint: string): void {
    this.#places.set(fingerprint, Math.min(0, ...this.#places.values()) - 1)
  }
}
