/** Values that the declarations of the shop share. */
import { Effect, Schema } from "effect"

export const OrderId = Schema.NonEmptyString.pipe(Schema.brand("OrderId"))
/** An amount in cents. */
export const Cents = Schema.BigInt.pipe(Schema.brand("Cents"))
export const Price = Cents.check(Schema.isGreaterThanOrEqualToBigInt(0n))
export const Reduced = Price.pipe(Schema.brand("Reduced"))

/** A category, with those below it. */
export interface Category {
  readonly name: string
  readonly below: ReadonlyArray<Category>
}
export const Category = Schema.Struct({
  name: Schema.String,
  /** Categories below it. */
  below: Schema.Array(Schema.suspend((): Schema.Codec<Category> => Category))
})

export class Address extends Schema.Class<Address>("Address")({ street: Schema.String }) {}

export const Channel = Schema.Literals(["web", "phone"])

export const Line = Schema.Struct({
  /** Printed *\/ on the shelf: `"A|B"`, <b>größer</b> than 日本 🏦. */
  sku: Schema.String,
  price: Price,
  reduced: Schema.optionalKey(Reduced),
  quantity: Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1)))
})
