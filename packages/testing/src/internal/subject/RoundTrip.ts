/** Stores a value and reads it back, and reports what is lost. */
import { Result, Schema } from "effect"
import { StoredForm } from "eventfold/generated"
import { StoredJson } from "eventfold/tables"
import { shortened, strict } from "./AggregateTools.ts"
import * as Divergence from "./Divergence.ts"
import { messageOf } from "./ErrorMessage.ts"

/** A defect of how a value is stored and read back. */
export interface Lost {
  readonly because: string
  /** One line for each place that differs: before → after. */
  readonly differences: ReadonlyArray<string>
}

/**
 * Creates a check of values of a schema: it stores a value with the codec, reads it back, and
 * reports what is lost.
 */
export const roundTrip = <A>(what: string, codec: Schema.Codec<A, Schema.Json>, schema: Schema.Constraint) => {
  const encode = Schema.encodeResult(codec)
  const decode = Schema.decodeUnknownResult(codec)
  const same = Schema.toEquivalence(codec)
  const between = (before: A, after: A): ReadonlyArray<string> => {
    // Compares the values in memory, because a field that the codec omits is missing in both stored
    // forms.
    const show = Schema.encodeUnknownResult(StoredForm.codec(Schema.toType(schema as Schema.Codec<A>)))
    const [a, b] = [show(before), show(after)]
    return Result.isSuccess(a) && Result.isSuccess(b) ? Divergence.betweenTexts(a.success, b.success) : []
  }
  const check = (value: A): Lost | undefined => {
    const lost = (because: string, differences: ReadonlyArray<string> = []): Lost => ({ because, differences })
    const encoded = encode(value, strict)
    if (Result.isFailure(encoded)) return lost(`the ${what} cannot be encoded: ${messageOf(encoded.failure)}`)
    const text = JSON.stringify(encoded.success)
    const decoded = decode(StoredJson.parse(text))
    if (Result.isFailure(decoded)) {
      return lost(
        `the stored form of the ${what}, ${shortened(text)}, cannot be decoded: ${messageOf(decoded.failure)}`
      )
    }
    if (!same(value, decoded.success)) {
      return lost(
        `the ${what} that was read back from ${shortened(text)} differs from the one that was stored (before → after)`,
        between(value, decoded.success)
      )
    }
    // Two values can be equal for a schema that does not know all of their fields.
    const again = encode(decoded.success, strict)
    if (Result.isSuccess(again) && JSON.stringify(again.success) === text) return undefined
    const because = `the ${what} that was read back is stored in another form (first → second)`
    return lost(because, Result.isSuccess(again) ? Divergence.betweenTexts(encoded.success, again.success) : [])
  }
  return (value: A): Lost | undefined => {
    try {
      return check(value)
    } catch (error) {
      // A transformation threw instead of failing.
      return { because: `the codec of the ${what} threw: ${messageOf(error)}`, differences: [] }
    }
  }
}
