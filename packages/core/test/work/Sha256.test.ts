import { expect, it } from "vitest"
import { sha256 } from "../../src/internal/work/Sha256.ts"

it("sha256 equals the platform's SHA-256 at every length around block boundaries", async () => {
  for (let length = 0; length < 300; length++) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 31 + length * 7) % 256)
    const platform = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", data))
    expect(sha256(data)).toEqual(platform)
  }
})
