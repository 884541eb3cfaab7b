/**
 * Policies for an event that still fails after all retries, for projections and reactions alike.
 *
 * A new policy is a new row of {@link policies}, and a new operation in {@link FailingEvent} if it
 * does something that no policy does yet.
 */
import type { Effect } from "effect"

/** Operations that a projector, or a reaction, offers for a failing event. */
export interface FailingEvent<E, R> {
  /** Ends the work before the event, with its error. */
  readonly stop: Effect.Effect<void, E, R>
  /** Stores the event with its error, so that the work continues after it. */
  readonly park: Effect.Effect<void, E, R>
}

export interface FailurePolicy {
  /** `true` if the work continues after a failing event. */
  readonly continues: boolean
  readonly handle: <E, R>(event: FailingEvent<E, R>) => Effect.Effect<void, E, R>
}

export const policies = {
  stop: { continues: false, handle: ({ stop }) => stop },
  park: { continues: true, handle: ({ park }) => park }
} as const satisfies { readonly [name: string]: FailurePolicy }

export type FailurePolicyName = keyof typeof policies

export const names = Object.keys(policies) as ReadonlyArray<FailurePolicyName>

/** Returns whether a value is the name of a policy. */
export const isName = (value: unknown): value is FailurePolicyName => names.some((name) => name === value)

/** Policy of a projection or reaction that names none. */
export const defaultName = "stop" satisfies FailurePolicyName
