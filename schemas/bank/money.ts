/** Money in exact hellers (1 Kč = 100 hellers): no rounding, ever. */
import { Schema } from "effect"

/** Money in exact hellers; below zero is a debt. */
export const Money = Schema.BigInt.pipe(Schema.brand("Money"))
export type Money = typeof Money.Type

/**
 * Money that moves at once: above zero, and bounded, so that random amounts meet each other (and
 * shrink fast).
 */
export const Amount = Money.check(Schema.isBetweenBigInt({ minimum: 1n, maximum: 1_000_000_000_000n }))

/** The amount by which an account may be overdrawn. */
export const Limit = Money.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 100_000_000n }))

export const zero = Money.make(0n)
export const add = (a: Money, b: Money): Money => (a + b) as Money
export const subtract = (a: Money, b: Money): Money => (a - b) as Money
export const negate = (a: Money): Money => -a as Money
