/**
 * Policies for an event that still fails after all retries, for projections and reactions alike.
 *
 * A new policy is a new row of {@link policies}, and a new operation in {@link FailingEvent} if it
 * does something that no policy does yet. The compiler then names the places that lack it: the
 * public type `Projection.OnFailure`, and the operations of `ProjectorTurn` and `DeliveryLoop`. It
 * does not name these:
 *
 * - `LiveProjection`, whose rows are in memory, parks the key for every policy that continues;
 * - `InlineEnlistment` stops for every policy, because an append cannot park its event;
 * - the option `onFailure` of a reaction (`ReactionRunnable`) has its own list of names;
 * - `docs/projections.md` and `docs/reactions.md` describe the policies.
 */
import type { Effect } from "effect"

/**
 * Operations that a projector, or a reaction, offers for a failing event; the policy chooses one.
 */
export interface FailingEvent<E, R> {
  /** Ends the work before the event, with its error. */
  readonly stop: Effect.Effect<void, E, R>
  /** Stores the event with its error, so that the work continues after it. */
  readonly park: Effect.Effect<void, E, R>
}

export interface FailurePolicy {
  /** `true` if the work continues after a failing event. A live projection then parks the key. */
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
