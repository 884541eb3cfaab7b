/**
 * Random arrays that shrink by removing items before they shrink the items themselves.
 *
 * A law folds a history several times, so the cost of one attempt to shrink grows with the length
 * of the history. `fc.array` shrinks the first item completely before it removes a later one: a
 * history of thirty events with large values took a thousand simplifications, each on a long
 * history. This arbitrary first removes items, in runs from half the length down to one, then
 * shrinks values from left to right, and then removes items that are no longer needed.
 */
import * as fc from "fast-check"

/** Next attempt to shrink. */
type Stage =
  /** Removing `size` items at `at`. */
  | { readonly _tag: "Remove"; readonly size: number; readonly at: number }
  /** Smaller values of the item at `at`. */
  | { readonly _tag: "Shrink"; readonly at: number }
  /**
   * Removing any single item, which can be unnecessary once another item is removed or a value is
   * smaller.
   */
  | { readonly _tag: "Tidy" }

type Items<A> = ReadonlyArray<fc.Value<A>>

interface Context<A> {
  readonly items: Items<A>
  readonly stage: Stage
}

class Sequence<A> extends fc.Arbitrary<ReadonlyArray<A>> {
  readonly #item: fc.Arbitrary<A>
  readonly #lengths: fc.Arbitrary<number>
  readonly #fewer: fc.Arbitrary<number>

  constructor(item: fc.Arbitrary<A>, maxLength: number) {
    super()
    this.#item = item
    this.#lengths = fc.integer({ min: 0, max: maxLength })
    this.#fewer = fc.integer({ min: 0, max: Math.floor(Math.log2(Math.max(maxLength, 1))) })
  }
  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<ReadonlyArray<A>> {
    // As in `fc.array`: some arrays are unbiased, most have biased items, and a few of those are
    // short.
    const isBiased = biasFactor !== undefined && random.nextInt(1, biasFactor) === 1
    const isShort = isBiased && random.nextInt(1, biasFactor) === 1
    const length = (isShort ? this.#fewer : this.#lengths).generate(random, undefined).value
    const items = Array.from({ length }, () => this.#item.generate(random, isBiased ? biasFactor : undefined))
    return valueOf({ items, stage: { _tag: "Remove", size: Math.ceil(length / 2), at: 0 } })
  }
  override canShrinkWithoutContext(_: unknown): _ is ReadonlyArray<A> {
    return false
  }
  override shrink(_: ReadonlyArray<A>, context: unknown): fc.Stream<fc.Value<ReadonlyArray<A>>> {
    // fast-check passes the context of `generate` and `shrink` unchanged.
    return context === undefined ? fc.Stream.nil() : new fc.Stream(this.#candidates(context as Context<A>))
  }
  /** Continues from the stage of the array, so that no candidate is tried twice. */
  *#candidates({ items, stage }: Context<A>): IterableIterator<fc.Value<ReadonlyArray<A>>> {
    switch (stage._tag) {
      case "Remove":
        yield* this.#removals(items, stage.size, stage.at)
        yield* this.#tidied(items)
        return yield* this.#smaller(items, 0)
      case "Shrink":
        yield* this.#smaller(items, stage.at)
        return yield* this.#tidied(items)
      case "Tidy":
        yield* this.#tidied(items)
        return yield* this.#smaller(items, 0)
    }
  }
  *#removals(items: Items<A>, first: number, from: number): IterableIterator<fc.Value<ReadonlyArray<A>>> {
    let at = from
    for (let size = first; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2), at = 0) {
      for (; at < items.length; at += size)
        yield valueOf({ items: items.toSpliced(at, size), stage: { _tag: "Remove", size, at } })
    }
  }
  *#smaller(items: Items<A>, from: number): IterableIterator<fc.Value<ReadonlyArray<A>>> {
    for (let at = from; at < items.length; at++) {
      const { context, value_ } = items[at]!
      for (const smaller of this.#item.shrink(value_, context))
        yield valueOf({ items: items.with(at, smaller), stage: { _tag: "Shrink", at } })
    }
  }
  *#tidied(items: Items<A>): IterableIterator<fc.Value<ReadonlyArray<A>>> {
    for (let at = 0; at < items.length; at++) yield valueOf({ items: items.toSpliced(at, 1), stage: { _tag: "Tidy" } })
  }
}

const valueOf = <A>(context: Context<A>): fc.Value<ReadonlyArray<A>> =>
  new fc.Value(
    context.items.map(({ value }) => value),
    context
  )

/** Creates an arbitrary of arrays with at most `maxLength` items. */
export const of = <A>(item: fc.Arbitrary<A>, maxLength: number): fc.Arbitrary<ReadonlyArray<A>> =>
  new Sequence(item, maxLength)
