/**
 * Order of a projection's releases in memory. Each release is identified by the fingerprint of its
 * handlers, and has a number, which is greater for a newer release.
 */
export class MemoryReleases {
  readonly #numbers = new Map<string, number>()

  numberOf(fingerprint: string): number | undefined {
    return this.#numbers.get(fingerprint)
  }

  /** Fingerprints of all releases, newest first. */
  get fingerprints(): ReadonlyArray<string> {
    return [...this.#numbers].sort(([, a], [, b]) => b - a).map(([fingerprint]) => fingerprint)
  }

  /** Adds a release as the newest, unless it is in the order already; returns its number. */
  enroll(fingerprint: string): number {
    return this.numberOf(fingerprint) ?? this.makeNewest(fingerprint)
  }

  /** Makes a release the newest. */
  makeNewest(fingerprint: string): number {
    const number = Math.max(0, ...this.#numbers.values()) + 1
    this.#numbers.set(fingerprint, number)
    return number
  }

  /** Makes a release the oldest, so that every other release takes precedence. */
  makeOldest(fingerprint: string): void {
    this.#numbers.set(fingerprint, Math.min(0, ...this.#numbers.values()) - 1)
  }
}
