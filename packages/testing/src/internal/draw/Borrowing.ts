/**
 * Fields that borrow values from earlier in the history. Random ids would never be equal, and
 * random amounts would never be exactly the balance.
 *
 * The pool has the values of earlier commands and states. A field takes one of them that fits its
 * schema.
 */
import { Equal, Result, Schema } from "effect"
import * as fc from "fast-check"
import { strict } from "../subject/AggregateTools.ts"
import { StoredJson } from "eventfold/tables"
import { StoredForm } from "eventfold/generated"
import type { ValuePool } from "../subject/ValuePool.ts"
import { fieldsOf } from "./StructFields.ts"

/**
 * Numbers of the fitting values of the pool that the fields take; 0 keeps the drawn value of a
 * field.
 */
export type Choices = ReadonlyArray<number>

/** Choices of borrowed values for the fields of a struct. */
export interface Borrowing {
  /** Random choices. They shrink to the drawn values. */
  readonly choices: fc.Arbitrary<Choices>
  readonly apply: <Value>(value: Value, choices: Choices, pool: ValuePool) => Value
}

/** Creates the choices for the fields of a tagged struct. */
export const borrowing = (schema: Schema.Constraint): Borrowing => {
  const fields = fieldsOf(schema).map(([name, field]) => [name, fitsField(field), survivesStorage(field)] as const)
  const choice = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 8 }) })
  return {
    choices: fc.tuple(...fields.map(() => choice)),
    apply: (value, choices, pool) => {
      const taken: Record<string, unknown> = {}
      for (const [i, [name, fits, survives]] of fields.entries()) {
        const nth = choices[i] ?? 0
        const seen = nth === 0 ? undefined : pool.fitting(fits, nth - 1)
        if (seen !== undefined && survives(seen)) taken[name] = seen
      }
      return { ...value, ...taken }
    }
  }
}

/**
 * Creates a check that a value fits the schema of a field. Excess properties do not fit: they would
 * not be stored.
 */
const fitsField = (field: Schema.Constraint) => {
  const check = Schema.decodeUnknownResult(Schema.toType(field))
  return (value: unknown): boolean => {
    try {
      return Result.isSuccess(check(value, strict))
    } catch {
      // A check that throws for a value of another field refuses it.
      return false
    }
  }
}

/**
 * Creates a check that a value is the same after it is stored and read back. `Schema.Struct({})`
 * accepts any value, such as a part of the state that only another schema can store.
 */
const survivesStorage = (field: Schema.Constraint) => {
  const codec = StoredForm.codec(field as Schema.Codec<unknown, unknown>)
  const [encode, decode] = [Schema.encodeUnknownResult(codec), Schema.decodeUnknownResult(codec)]
  return (value: unknown): boolean => {
    try {
      const encoded = encode(value, strict)
      // A value without a stored form is never stored.
      if (Result.isFailure(encoded)) return true
      const text: string | undefined = JSON.stringify(encoded.success)
      const decoded = text === undefined ? undefined : decode(StoredJson.parse(text))
      return decoded !== undefined && Result.isSuccess(decoded) && Equal.equals(decoded.success, value)
    } catch {
      // A transformation throws, or the value contains a bigint or itself: the field keeps its
      // drawn value.
      return false
    }
  }
}
