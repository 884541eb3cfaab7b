import { Effect, type Scope } from "effect"
import type { EventStoreError } from "eventfold"
export const claimDirectory = (_dir: string): Effect.Effect<void, EventStoreError.EventStoreError, Scope.Scope> => Effect.void
