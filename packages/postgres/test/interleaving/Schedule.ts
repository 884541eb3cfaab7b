/** Orders in which writers and a reader take their steps: all orders, or a random one. */
import { kinds, plain, type Script } from "./Script.ts"

export interface Schedule {
  readonly scripts: ReadonlyArray<readonly [name: string, script: Script]>
  /** The owner of each step: the number of a writer from 0, or `scripts.length` for the reader. */
  readonly order: ReadonlyArray<number>
  /** The reader's three steps are part of the order, or it reads completely after every step. */
  readonly reader: "step by step" | "after each step"
  /** Maximum number of events that the reader takes at a time. Defaults to all. */
  readonly page?: number
}

/** Returns numbers between 0 and 1 that are the same for the same seed (mulberry32). */
export type Random = () => number

export const random = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Returns all orders in which number `i` occurs `counts[i]` times. */
function* orders(counts: ReadonlyArray<number>): Generator<ReadonlyArray<number>> {
  if (counts.every((count) => count === 0)) return yield []
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue
    for (const rest of orders(counts.with(i, count - 1))) yield [i, ...rest]
  }
}

const shuffled = (counts: ReadonlyArray<number>, next: Random): ReadonlyArray<number> => {
  const order = counts.flatMap((count, i) => Array.from({ length: count }, () => i))
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    const swapped = order[i]!
    order[i] = order[j]!
    order[j] = swapped
  }
  return order
}

const counts = ({ reader, scripts }: Omit<Schedule, "order">): ReadonlyArray<number> => [
  ...scripts.map(([, { steps }]) => steps.length),
  ...(reader === "step by step" ? [3] : [])
]

type Writers = Omit<Schedule, "order">

const outcomes: ReadonlyArray<readonly [string, Script]> = Object.entries(plain)

const plainWriters = (count: number): ReadonlyArray<ReadonlyArray<readonly [string, Script]>> =>
  count === 0 ? [[]] : plainWriters(count - 1).flatMap((others) => outcomes.map((script) => [...others, script]))

/**
 * Three writers that lock and draw, insert, and commit or roll back, with a full read after each
 * step.
 */
export const threeWriters: ReadonlyArray<Writers> = plainWriters(3).map((scripts) => ({
  scripts,
  reader: "after each step"
}))

/** Two such writers, with the reader's three steps between any of theirs. */
export const twoWriters: ReadonlyArray<Writers> = plainWriters(2).map((scripts) => ({
  scripts,
  reader: "step by step"
}))

export function* all(family: ReadonlyArray<Writers>): Generator<Schedule> {
  for (const writers of family) for (const order of orders(counts(writers))) yield { ...writers, order }
}

export function* sample(family: ReadonlyArray<Writers>, next: Random): Generator<Schedule> {
  for (;;) {
    const writers = family[Math.floor(next() * family.length)]!
    yield { ...writers, order: shuffled(counts(writers), next) }
  }
}

/** Returns the names of all kinds, without prepared transactions if the server refuses them. */
export const kindsFor = ({ preparesTransactions }: { readonly preparesTransactions: boolean }): ReadonlyArray<string> =>
  Object.keys(kinds).filter((name) => preparesTransactions || !name.startsWith("two-phase"))

/** Returns two or three writers of the named kinds, or of any kinds. */
export function* mixed(
  next: Random,
  names: ReadonlyArray<string>,
  readers: ReadonlyArray<Schedule["reader"]> = ["step by step", "after each step"]
): Generator<Schedule> {
  for (;;) {
    const scripts = Array.from({ length: 2 + Math.floor(next() * 2) }, () => {
      const name = names[Math.floor(next() * names.length)]!
      return [name, kinds[name]!()] as const
    })
    const reader = readers[Math.floor(next() * readers.length)]!
    const writers: Writers = { scripts, reader, ...(next() < 0.25 ? { page: 1 } : {}) }
    yield { ...writers, order: shuffled(counts(writers), next) }
  }
}
