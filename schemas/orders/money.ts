/** Money in whole cents. */
import { Schema } from "effect"

/** Money in whole cents, at most 100,000.00: bounded, so that random amounts meet each other. */
export const Cents = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000_000 })).pipe(Schema.brand("Cents"))
export type Cents = typeof Cents.Type

/** Money that is asked for or moves: above zero. */
export const Amount = Cents.check(Schema.isGreaterThan(0))
