/** The store that a command line names, for the commands that look after what is kept beside its log. */
import { Effect, type Scope } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import * as SqlEventStore from "../SqlEventStore.ts"
import { connect, type NotFound, type UsageError } from "./CommandLine.ts"
import { requireStore } from "./schema/StoreOpening.ts"

export type Options = Parameters<typeof connect>[0] & { readonly schema: string }

/** Fails where there is none: a command makes no store. */
export const open = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<EventStore.Service, EventStoreError.EventStoreError | NotFound | UsageError, Scope.Scope> {
  const connector = yield* connect(options, true)
  yield* requireStore(connector.client, options.schema, connector.place)
  return yield* SqlEventStore.make(connector, { schema: options.schema })
})
