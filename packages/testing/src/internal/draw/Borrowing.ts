/**
 * Values that were seen before, to be used again: random ids never meet, and random amounts are never just as much as there is.
 *
 * The values of earlier commands and of the states that they led to go in; a field takes one of them that its schema lets pass.
 */
import { Equal, Result, Schema } from "effect"
import * as fc from "fast-check"
import { strict } from "../subject/AggregateTools.ts"
import { StoredJson } from "eventfold/store"
import { StoredForm } from "eventfold/generated"
import type { ValuePool } from "../subject/ValuePool.ts"
import { fieldsOf } from "./StructFields.ts"

/** For each field, the how-manieth value of the pool that fits it takes; with 0 it stays as it was drawn. */
export type Choices = ReadonlyArray<number>

export interface Borrowing {
  /** Shrinks to values as they were drawn. */
  readonly choices: fc.Arbitrary<Choices>
  readonly apply: <Value>(value: Value, choices: Choices, pool: ValuePool) => Value
}

/** How the fields of a tagged struct take values from a pool. */
export const borrowing = (schema: Schema.Constraint): Borrowing => {
  const fields = fieldsOf(schema).map(([name, field]) => [name, fitting(field), comingBack(field)] as const)
  const choice = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 8 }) })
  return {
    choices: fc.tuple(...fields.map(() => choice)),
    apply: (value, choices, pool) => {
      const taken: Record<string, unknown> = {}
      for (const [i, [name, fits, comesBack]] of fields.entries()) {
        const nth = choices[i] ?? 0
        const seen = nth === 0 ? undefined : pool.fitting(fits, nth - 1)
        if (seen !== undefined && comesBack(seen)) taken[name] = seen
      }
      return { ...value, ...taken }
    }
  }
}

/** Nothing too many either: it would not be stored. */
const fitting = (field: Schema.Constraint) => {
  const check = Schema.decodeUnknownResult(Schema.toType(field))
  return (value: unknown): boolean => {
    try {
      return Result.isSuccess(check(value, strict))
    } catch {
      // A check that throws at a value of another field does not let it pass.
      return false
    }
  }
}

/**
 * Whether what is stored of a value is that value again: `Schema.Struct({})` lets anything pass, such as a part of the state that only
 * another schema knows how to store.
 */
const comingBack = (field: Schema.Constraint) => {
  const codec = StoredForm.codec(field as Schema.Codec<unknown, unknown>)
  const [encode, decode] = [Schema.encodeUnknownResult(codec), Schema.decodeUnknownResult(codec)]
  return (value: unknown): boolean => {
    try {
      const encoded = encode(value, strict)
      // What has no stored form is never stored.
      if (Result.isFailure(encoded)) return true
      const text: string | undefined = JSON.stringify(encoded.success)
      const decoded = text === undefined ? undefined : decode(StoredJson.parse(text))
      return decoded !== undefined && Result.isSuccess(decoded) && Equal.equals(decoded.success, value)
    } catch {
      // A transformation throws at it, there is a bigint in it, or it is in itself: the field keeps the value that was drawn for it.
      return false
    }
  }
}
