/** Parts that the keys of a projection are divided into, so that several projectors can keep its rows at the same time. */

/**
 * One of the parts.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyPartition {
  /** From 0. */
  readonly index: number
  /** How many there are. */
  readonly of: number
}

/**
 * All keys, where they are not divided.
 *
 * @since 0.1.0
 * @category constructors
 */
export const whole: KeyPartition = { index: 0, of: 1 }

const encoder = new TextEncoder()
/** Keys are short, and there are many: nothing is made for one of them. */
const scratch = new Uint8Array(512)

/** The bytes of a text, and how many there are. */
const bytesOf = (text: string): readonly [Uint8Array, number] => {
  if (text.length * 3 > scratch.length) {
    const bytes = encoder.encode(text)
    return [bytes, bytes.length]
  }
  return [scratch, encoder.encodeInto(text, scratch).written]
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/**
 * A hash of a text that is the same everywhere and for ever, as 32 bits with a sign.
 *
 * **Details**
 *
 * Bob Jenkins' lookup3 over the UTF-8 bytes, with the seed that PostgreSQL's `hashtext` has: a server that has it finds the events
 * of a partition by itself.
 *
 * **Source**
 *
 * https://burtleburtle.net/bob/c/lookup3.c
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
  // What is left, as if zeros followed; the lowest byte of the third word is the length's.
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
 * Whether a key belongs to a partition; undefined where all do.
 *
 * @since 0.1.0
 * @category accessors
 */
export const owner = ({ index, of }: KeyPartition): ((key: string) => boolean) | undefined =>
  of === 1 ? undefined : (key) => (hash(key) & 0x7fffffff) % of === index
