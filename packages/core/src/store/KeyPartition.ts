/**
 * Partitions of the keys of a projection, so that several projectors can run it at the same time.
 */

/**
 * A partition.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyPartition {
  /** Index, from 0. */
  readonly index: number
  /** Number of partitions. */
  readonly of: number
}

const encoder = new TextEncoder()
/** Buffer for short keys, so that hashing a key allocates nothing. */
const scratch = new Uint8Array(512)

/** Returns the bytes of a text, and their number. */
const bytesOf = (text: string): readonly [Uint8Array, number] => {
  if (text.length * 3 > scratch.length) {
    const bytes = encoder.encode(text)
    return [bytes, bytes.length]
  }
  return [scratch, encoder.encodeInto(text, scratch).written]
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/**
 * Returns a hash of a text as a signed 32-bit integer, which is the same on every machine and in
 * every version.
 *
 * **Details**
 *
 * Bob Jenkins' lookup3 over the UTF-8 bytes, with the seed of PostgreSQL's `hashtext`, so that a
 * server can select the events of a partition.
 *
 * **Source**
 *
 * https://burtleburtle.net/bob/c/lookup3.c
 *
 * @example
 * ```ts
 * import { KeyPartition } from "eventfold/store"
 *
 * KeyPartition.hash("Praha") % 4 // the partition of four
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const hash = (text: string): number => {
  const [bytes, length] = bytesOf(text)
  const word = (at: number): number =>
    bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
  let a = (0x9e3779b9 + length + 3_923_095) | 0
  let b = a
  let c = a
  let at = 0
  for (; length - at >= 12; at += 12) {
    a = (a + word(at)) | 0
    b = (b + word(at + 4)) | 0
    c = (c + word(at + 8)) | 0
    a = (a - c) ^ rotated(c, 4)
    c = (c + b) | 0
    b = (b - a) ^ rotated(a, 6)
    a = (a + c) | 0
    c = (c - b) ^ rotated(b, 8)
    b = (b + a) | 0
    a = (a - c) ^ rotated(c, 16)
    c = (c + b) | 0
    b = (b - a) ^ rotated(a, 19)
    a = (a + c) | 0
    c = (c - b) ^ rotated(b, 4)
    b = (b + a) | 0
  }
  // The remaining bytes, padded with zeros; the lowest byte of the third word belongs to the
  // length.
  const left = length - at
  const byte = (i: number): number => (i < left ? bytes[at + i]! : 0)
  a = (a + (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24))) | 0
  b = (b + (byte(4) | (byte(5) << 8) | (byte(6) << 16) | (byte(7) << 24))) | 0
  c = (c + ((byte(8) << 8) | (byte(9) << 16) | (byte(10) << 24))) | 0
  c = ((c ^ b) - rotated(b, 14)) | 0
  a = ((a ^ c) - rotated(c, 11)) | 0
  b = ((b ^ a) - rotated(a, 25)) | 0
  c = ((c ^ b) - rotated(b, 16)) | 0
  a = ((a ^ c) - rotated(c, 4)) | 0
  b = ((b ^ a) - rotated(a, 14)) | 0
  return ((c ^ b) - rotated(b, 24)) | 0
}

/**
 * Returns a predicate for the keys of a partition; `undefined` if the partition has all keys.
 *
 * @example
 * ```ts
 * import { KeyPartition } from "eventfold/store"
 *
 * const owns = KeyPartition.owner({ index: 0, of: 4 })
 * owns?.("Praha")
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const owner = ({ index, of }: KeyPartition): ((key: string) => boolean) | undefined =>
  of === 1 ? undefined : (key) => (hash(key) & 0x7fffffff) % of === index
