/**
 * Compares compiled codecs with interpreted ones, on random schemas and values that fit, nearly
 * fit, or don't.
 */
import { Result, Schema, SchemaAST } from "effect"
import { invalid } from "effect/schema/SchemaCompiler"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import { expect } from "vitest"
import { schemaOf } from "./Building.ts"
import { type AnySchema, type Compiled, compiled } from "./Compiled.ts"
import { decode, describe, encode } from "./Comparison.ts"
import { type Field, shapes } from "./Shapes.ts"
import { type Draw, mutated, storedEvent } from "./StoredValues.ts"

type Events = ReadonlyArray<ReadonlyArray<Field>>

/** Draws that depend on a seed alone. */
const drawing = (seed: number): Draw => {
  let state = seed | 0
  return (from) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return from[((mixed ^ (mixed >>> 14)) >>> 0) % from.length]!
  }
}

const optionSets = [
  undefined,
  undefined,
  undefined,
  { errors: "all" },
  { onExcessProperty: "error" },
  { disableChecks: true }
] as const

export interface Sample {
  /** Counts of leaves, by name. */
  readonly leaves: ReadonlyArray<string>
  /** `true` if straight code has to cover all of them. */
  readonly covered: boolean
  readonly make?: (schema: AnySchema) => Compiled
  /** Counts of the cases, so that a sample that tests nothing is noticed. */
  readonly counts?: { decoded: number; encoded: number; refused: number }
}

/** Runs both codecs of one schema, each built on its own, on twenty values and their results. */
const compare = (events: Events, seed: number, { counts, covered, make = compiled }: Sample): void => {
  const draw = drawing(seed)
  const interpreted = StoredForm.events(schemaOf(events))
  const { codecs, decoding, encoding, straight } = make(schemaOf(events))
  // Options within options within themselves have no end as Effect derives them, so that no code
  // could have one.
  const isEndless = [...decoding.others, ...encoding.others].some(({ why }) =>
    why.startsWith("a recursion without end")
  )
  const agree = (run: typeof decode, type: string, input: unknown): boolean => {
    const options = draw(optionSets)
    const told = { type, input: describe(input), options }
    const codec = codecs.get(type)!
    const ast = run === decode ? codec.ast : SchemaAST.flip(codec.ast)
    const result = run(interpreted.get(type)!, input, options)
    expect({ ...told, result: run(codec, input, options) }).toEqual({ ...told, result })
    const gives = result.startsWith("gives")
    // What is right has to go the straight way: were it left to Effect, all would agree, and
    // nothing be gained.
    if (covered && !isEndless && options === undefined) {
      const code = straight.get(ast)
      expect({ ...told, took: code === undefined ? "no code" : code(input, {}) !== invalid }).toEqual({
        ...told,
        took: gives
      })
    }
    return gives
  }
  for (let i = 0; i < 20; i++) {
    const { data: fitting, type } = storedEvent(events, draw)
    const decoder = Schema.decodeUnknownResult(interpreted.get(type)!)
    let stored = fitting
    for (let changes = draw([0, 0, 1, 1, 2]); changes > 0; changes--) stored = mutated(stored, draw)
    const gives = agree(decode, type, stored)
    if (counts !== undefined) counts[gives ? "decoded" : "refused"]++
    const decoded = [stored, fitting].map((one) => decoder(one)).find(Result.isSuccess)
    if (decoded === undefined) continue
    let value = decoded.success
    for (let changes = draw([0, 0, 1, 1, 2]); changes > 0; changes--) value = mutated(value, draw)
    if (agree(encode, type, value) && counts !== undefined) counts.encoded++
  }
}

/** Checks that they agree, for any schema and seed. */
export const agreement = (sample: Sample) =>
  fc.property(
    shapes(sample.leaves, ["no", "no", "key", "undefined", ...(sample.covered ? [] : ["default" as const])]),
    fc.integer(),
    (events, seed) => compare(events, seed, sample)
  )
