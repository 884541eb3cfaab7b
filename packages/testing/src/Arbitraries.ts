/**
 * Converts `effect/Arbitrary` to `fc.Arbitrary`, with shrinking, so that `fc.commands`,
 * `fc.scheduler` and the laws can draw values of schemas.
 *
 * Effect does not expose its shrink tree, but `checkEffect` walks it in a documented way: it
 * evaluates the root, then the candidates of the root in order, and descends into the first one
 * that fails. A check whose property waits for an answer is therefore a cursor in that tree:
 * "passed" moves to the next sibling, "failed" moves down. A node is a path. A cursor that is at
 * another node is replaced by a new one, which follows the path.
 */
import { Arbitrary, Effect, Result, Schema, type SchemaAST, Scheduler } from "effect"
import * as fc from "fast-check"
import * as Drawing from "./internal/draw/Drawing.ts"
import { because, nonePass, reasonOf, Undrawable, undrawable } from "./internal/draw/Undrawable.ts"

type Path = ReadonlyArray<number>

class Cursor<A> {
  /** Current value, while the check waits for the answer whether it passes. */
  waiting: { readonly value: A; readonly answer: (passed: boolean) => void } | undefined = undefined
  /** Index of the current candidate among its siblings. */
  index = -1
  /** Path of their parent; `undefined` above the root. */
  #parent: Path | undefined = undefined

  constructor(self: Arbitrary.Arbitrary<A>, seed: number, size: number) {
    const ask = (value: A) =>
      Effect.callback<boolean>((resume) => {
        this.waiting = { value, answer: (passed) => resume(Effect.succeed(passed)) }
      })
    // Runs once with the given size. Each answer continues the check synchronously to its next
    // question or its end.
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

/** Origin of a value: the data that finds it again. */
interface Origin<A> {
  readonly seed: number
  readonly size: number
  readonly path: Path
  readonly cursor: Cursor<A> | undefined
}

/** Maximum number of seeds that are tried for one value. */
const maxAttempts = 20

class FromEffect<A> extends fc.Arbitrary<A> {
  readonly #self: Arbitrary.Arbitrary<A>
  readonly #size: number
  /** Creates the error if no seed leads to a value. */
  readonly #none: (reason: string) => Error

  constructor(self: Arbitrary.Arbitrary<A>, size: number, none: (reason: string) => Error) {
    super()
    this.#self = self
    this.#size = size
    this.#none = none
  }
  override generate(random: fc.Random): fc.Value<A> {
    let discards = 0
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const seed = random.nextInt()
      const size = random.nextInt(0, this.#size)
      const drawn = this.#sample(seed, size)
      if (Result.isSuccess(drawn)) return new fc.Value(drawn.success[0]!, { seed, size, path: [], cursor: undefined })
      // If keys have to differ and few exist, one seed can fail and the next one succeed.
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
    // fast-check passes the context of `generate` and `shrink` unchanged.
    return context === undefined ? fc.Stream.nil() : new fc.Stream(this.#children(context as Origin<A>))
  }
  /**
   * Returns a cursor at this node: the one that found the node, if it is still there, or a new one.
   */
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
      // fast-check can have descended into the child with this same cursor.
      if (!cursor.isAt(origin.path, index)) cursor = this.#cursorAt({ ...child, cursor: undefined })
      cursor.next()
    }
  }
}

/**
 * Converts an `effect/Arbitrary` to a fast-check arbitrary that shrinks in the same way.
 *
 * **When to use**
 *
 * Use it to draw values of a schema for features that only fast-check has: `fc.commands`,
 * `fc.scheduler`, `fc.oneof` with weights.
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
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEffect = <A>(
  self: Arbitrary.Arbitrary<A>,
  {
    size = 10
  }: {
    /**
     * Bound of the complexity in Effect: of lengths, and of the magnitude of `Int` (about its
     * square). Defaults to 10.
     */
    readonly size?: number
  } = {}
): fc.Arbitrary<A> => new FromEffect(self, size, (reason) => new Undrawable("the schema", "", reason))

/**
 * Creates an arbitrary of the decoded values of a schema.
 *
 * **When to use**
 *
 * Use it to draw single values as the laws draw them: ids, fields, or the events of an aggregate.
 *
 * **Details**
 *
 * Values are realistic unless a check gives other bounds: dates from 1900 to 2100, numbers up to a
 * million with two decimals, durations up to ten years, big integers of 64 bits, decimals of 18
 * digits, and offsets of time zones in quarters of an hour. The ends of these ranges, zero, and
 * numbers that are difficult in arithmetic (0.1, 2^31, the largest safe integer) are drawn more
 * often. The bounds of a check apply, so a check with both bounds can widen a range. `range: "all"`
 * draws all values that the schema allows, such as NaN and the year 275760.
 *
 * If a schema, or a part of it, has the annotation `drawnFrom`, values are drawn from the schema in
 * the annotation: a narrower one, whose values reach states that random values rarely reach. The
 * annotation changes neither stored forms nor checks. All laws use it:
 *
 * ```ts
 * import { Schema } from "effect"
 *
 * const Quantity = Schema.Int.annotate({ drawnFrom: Schema.Literals([1, 2, 3]) })
 * ```
 *
 * **Errors**
 *
 * Throws an `Undrawable` with the path in the schema if Effect cannot derive an arbitrary for it,
 * or if so few values pass its checks that none is found. Throws a `TypeError` if `drawnFrom` is
 * not a schema, and when a drawn value does not fit the annotated schema.
 *
 * **Gotchas**
 *
 * `Schema.Int` and `Schema.Natural` sometimes give `-0`: compare with `Schema.toEquivalence`, not
 * with `toEqual`.
 *
 * @example
 * ```ts
 * import { Arbitraries } from "@eventfold/testing"
 * import { Schema } from "effect"
 * import * as fc from "fast-check"
 *
 * fc.assert(fc.property(Arbitraries.fromSchema(Schema.Natural), (n) => n >= 0))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromSchema = <S extends Schema.Constraint>(
  schema: S,
  {
    range = "realistic",
    size = 10,
    what = "the schema"
  }: {
    /**
     * Range of values of types such as dates and numbers, most of whose values never occur.
     * Defaults to "realistic".
     */
    readonly range?: "realistic" | "all"
    /** Bound of the complexity in Effect, as of {@link fromEffect}. Defaults to 10. */
    readonly size?: number
    /** Name of the drawn value in the message of an error: "event Opened of Account". */
    readonly what?: string
  } = {}
): fc.Arbitrary<S["Type"]> => {
  const known = made.get(schema.ast) ?? new Map<string, fc.Arbitrary<unknown>>()
  made.set(schema.ast, known)
  const options = JSON.stringify([range, size, what])
  const arbitrary = known.get(options) ?? make(schema, { range, size, what })
  known.set(options, arbitrary)
  return arbitrary
}

/**
 * Arbitraries by schema and options: all laws ask for the same ones, and building one takes longer
 * than a few histories.
 */
const made = new WeakMap<SchemaAST.AST, Map<string, fc.Arbitrary<unknown>>>()

const make = <S extends Schema.Constraint>(
  schema: S,
  { range, size, what }: { readonly range: Drawing.Range; readonly size: number; readonly what: string }
): fc.Arbitrary<S["Type"]> => {
  const realistic = Drawing.narrowed(schema, range)
  // A check of several fields can refuse all realistic values: an end that is 300 years after its
  // start.
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
    throw new TypeError(`\`drawnFrom\` draws a value that the annotated schema refuses: ${checked.failure.message}`)
  })
}
