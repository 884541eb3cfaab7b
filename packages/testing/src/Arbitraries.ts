/**
 * `effect/Arbitrary` as `fc.Arbitrary`, with shrinking, so that schemas feed `fc.commands`, `fc.scheduler` and the laws.
 *
 * Effect keeps its shrink tree to itself, but `checkEffect` walks it in a documented way: it evaluates the root, then the
 * root's candidates in order, and goes down into the first one that fails. So a check whose property waits for an answer
 * is a cursor in that tree: "passed" moves to the next sibling, "failed" moves down. A node is a path, and a cursor that
 * has gone elsewhere is replaced by a new one, led along the path.
 */
import { Arbitrary, Effect, Result, Schema, type SchemaAST, Scheduler } from "effect"
import * as fc from "fast-check"
import * as Drawing from "./internal/draw/Drawing.ts"
import { because, nonePass, reasonOf, Undrawable, undrawable } from "./internal/draw/Undrawable.ts"

export { Undrawable }

type Path = ReadonlyArray<number>

class Cursor<A> {
  /** The current value, while the check waits to hear whether it passes. */
  waiting: { readonly value: A; readonly answer: (passed: boolean) => void } | undefined = undefined
  /** Index of the current candidate among its siblings. */
  index = -1
  /** The path of their parent; above the root there is none. */
  #parent: Path | undefined = undefined

  constructor(self: Arbitrary.Arbitrary<A>, seed: number, size: number) {
    const ask = (value: A) =>
      Effect.callback<boolean>((resume) => {
        this.waiting = { value, answer: (passed) => resume(Effect.succeed(passed)) }
      })
    // One run of the given size; each answer runs the check on, synchronously, to its next question or its end.
    Effect.runFork(
      Arbitrary.checkEffect(self, ask, { runs: 1, seed, size, maxShrinks: Number.MAX_SAFE_INTEGER }).pipe(
        Effect.provideService(Scheduler.PreventSchedulerYield, true)
      )
    )
  }
  #answer(passed: boolean) {
    const { waiting } = this
    this.waiting = undefined
    waiting?.answer(passed)
  }
  next() {
    this.index++
    this.#answer(true)
  }
  down() {
    this.#parent = this.#parent === undefined ? [] : [...this.#parent, this.index]
    this.index = 0
    this.#answer(false)
  }
  isAt(parent: Path | undefined, index: number) {
    return this.waiting !== undefined && this.index === index && String(this.#parent) === String(parent)
  }
}

/** Where a value came from: everything needed to find it again. */
interface Origin<A> {
  readonly seed: number
  readonly size: number
  readonly path: Path
  readonly cursor: Cursor<A> | undefined
}

/** Seeds that are tried for a value. */
const attempts = 20

class FromEffect<A> extends fc.Arbitrary<A> {
  readonly #self: Arbitrary.Arbitrary<A>
  readonly #size: number
  /** What is thrown if no seed leads to a value. */
  readonly #none: (reason: string) => Error

  constructor(self: Arbitrary.Arbitrary<A>, size: number, none: (reason: string) => Error) {
    super()
    this.#self = self
    this.#size = size
    this.#none = none
  }
  override generate(random: fc.Random): fc.Value<A> {
    let discards = 0
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const seed = random.nextInt()
      const size = random.nextInt(0, this.#size)
      const drawn = this.#sample(seed, size)
      if (Result.isSuccess(drawn)) return new fc.Value(drawn.success[0]!, { seed, size, path: [], cursor: undefined })
      // If keys have to differ and there are few, a seed may lead nowhere, and the next one does.
      discards += drawn.failure.discards
    }
    throw this.#none(nonePass(discards))
  }
  #sample(seed: number, size: number): Result.Result<ReadonlyArray<A>, Arbitrary.SampleError> {
    const sampling = Effect.result(Arbitrary.sampleEffect(this.#self, { count: 1, seed, size }))
    try {
      return Effect.runSync(sampling)
    } catch (error) {
      throw this.#none(because(error))
    }
  }
  override canShrinkWithoutContext(_: unknown): _ is A {
    return false
  }
  override shrink(_: A, context: unknown): fc.Stream<fc.Value<A>> {
    // fast-check hands back what `generate` and `shrink` gave it.
    return context === undefined ? fc.Stream.nil() : new fc.Stream(this.#children(context as Origin<A>))
  }
  /** A cursor that has this node in front of it: the one that found it, if it still stands there, or a new one. */
  #cursorAt({ cursor, path, seed, size }: Origin<A>): Cursor<A> {
    const parent = path.length === 0 ? undefined : path.slice(0, -1)
    if (cursor?.isAt(parent, path.at(-1) ?? -1) === true) return cursor
    const fresh = new Cursor(this.#self, seed, size)
    for (const index of path) {
      fresh.down()
      while (fresh.index < index) fresh.next()
    }
    return fresh
  }
  *#children(origin: Origin<A>): IterableIterator<fc.Value<A>> {
    let cursor = this.#cursorAt(origin)
    cursor.down()
    for (let index = 0; cursor.waiting !== undefined; index++) {
      const child: Origin<A> = { ...origin, path: [...origin.path, index], cursor }
      yield new fc.Value(cursor.waiting.value, child)
      // Meanwhile fast-check may have gone down into the child, with this same cursor.
      if (!cursor.isAt(origin.path, index)) cursor = this.#cursorAt({ ...child, cursor: undefined })
      cursor.next()
    }
  }
}

export interface Options {
  /** Bounds what Effect calls complexity: lengths, and the magnitude of `Int` (about its square). Defaults to 10. */
  readonly size?: number
}

export interface SchemaOptions extends Options {
  /** Which values, of types such as dates and numbers, whose whole range holds few that ever come. Defaults to "realistic". */
  readonly range?: Drawing.Range
  /** What is drawn, for the message of an error: "event Opened of Account". */
  readonly what?: string
}

/**
 * An `effect/Arbitrary` as a fast-check arbitrary, with its shrinking.
 *
 * **When to use**
 *
 * To put values of a schema into what only fast-check has: `fc.commands`, `fc.scheduler`, `fc.oneof` with weights.
 *
 * @example
 * ```ts
 * import { Arbitraries } from "@eventfold/testing"
 * import { Arbitrary, Schema } from "effect"
 * import * as fc from "fast-check"
 *
 * const names = Arbitraries.fromEffect(Arbitrary.schema(Schema.NonEmptyString))
 * fc.assert(fc.property(names, (name) => name.length > 0))
 * ```
 */
export const fromEffect = <A>(self: Arbitrary.Arbitrary<A>, options?: Options): fc.Arbitrary<A> =>
  new FromEffect(self, options?.size ?? 10, (reason) => new Undrawable("the schema", "", reason))

/**
 * Values of a schema's decoded side.
 *
 * **Details**
 *
 * Values are those that come in practice, where no check says otherwise: dates from 1900 to 2100, numbers up to a million with two
 * decimals, durations up to ten years, big integers of 64 bits, decimals of 18 digits, offsets of time zones in quarters of an hour. The
 * ends of these ranges, zero, and numbers that arithmetic has trouble with (0.1, 2^31, the largest safe integer) are drawn more often
 * than others. A bound that a check gives is kept to, so a check with both bounds widens a range. `range: "all"` draws whatever the schema lets pass: NaN, and the year 275760.
 *
 * If a schema, or a part of it, has the annotation `drawnFrom`, values are drawn from the schema that it holds: a narrower one, whose
 * values lead to where random ones hardly come. Stored forms and checks are not touched by it. So all laws draw:
 *
 * ```ts
 * import { Schema } from "effect"
 *
 * const Quantity = Schema.Int.annotate({ drawnFrom: Schema.Literals([1, 2, 3]) })
 * ```
 *
 * **Errors**
 *
 * Throws an `Undrawable` that names the place in the schema, if Effect knows no way to make values of it, or if hardly any value passes
 * its checks, so that none is found; a `TypeError` if `drawnFrom` holds no schema, and, once it is drawn, for a value that the annotated
 * schema refuses.
 *
 * **Gotchas**
 *
 * `Schema.Int` and `Schema.Natural` give `-0` now and then: compare with `Schema.toEquivalence`, not with `toEqual`.
 *
 * @example
 * ```ts
 * import { Arbitraries } from "@eventfold/testing"
 * import { Schema } from "effect"
 * import * as fc from "fast-check"
 *
 * fc.assert(fc.property(Arbitraries.fromSchema(Schema.Natural), (n) => n >= 0))
 * ```
 */
export const fromSchema = <S extends Schema.Constraint>(
  schema: S,
  { range = "realistic", size = 10, what = "the schema" }: SchemaOptions = {}
): fc.Arbitrary<S["Type"]> => {
  const known = made.get(schema.ast) ?? new Map<string, fc.Arbitrary<unknown>>()
  made.set(schema.ast, known)
  const options = JSON.stringify([range, size, what])
  const arbitrary = known.get(options) ?? make(schema, { range, size, what })
  known.set(options, arbitrary)
  return arbitrary
}

/** Each law asks for the same ones: to find out what to draw from costs more than a few histories do. */
const made = new WeakMap<SchemaAST.AST, Map<string, fc.Arbitrary<unknown>>>()

const make = <S extends Schema.Constraint>(
  schema: S,
  { range, size, what }: Required<SchemaOptions>
): fc.Arbitrary<S["Type"]> => {
  const realistic = Drawing.narrowed(schema, range)
  // Checks of several fields together may let nothing realistic pass: an end that is 300 years after its start.
  const isFound = realistic === undefined || reasonOf(realistic.schema) === undefined
  const narrowed = isFound ? realistic : Drawing.narrowed(schema, "all")
  const drawn = narrowed?.schema ?? Schema.make<Schema.Codec<S["Type"]>>(schema.ast)
  const none = (reason: string) => undrawable(what, drawn, reason)
  let arbitrary: Arbitrary.Arbitrary<S["Type"]>
  try {
    arbitrary = Arbitrary.schema(drawn)
  } catch (error) {
    throw none(because(error))
  }
  const values = new FromEffect(arbitrary, size, none)
  if (narrowed === undefined) return values
  const check = Schema.decodeUnknownResult(Schema.toType(schema))
  return values.map((value) => {
    if (!narrowed.isAnnotated()) return value
    const checked = check(value)
    if (Result.isSuccess(checked)) return checked.success
    throw new TypeError(`\`drawnFrom\` gives a value that its schema refuses: ${checked.failure.message}`)
  })
}
