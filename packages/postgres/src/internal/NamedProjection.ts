/** The projection that a command is about, in the store that it is about. */
import { Effect, type Scope } from "effect"
import { Argument } from "effect/cli"
import type { EventStoreError } from "eventfold"
import type { ProjectionStore } from "eventfold/store"
import { NotFound, type UsageError } from "./CommandLine.ts"
import * as OpenedStore from "./OpenedStore.ts"

export const name = Argument.String("name").pipe(Argument.withDescription("The projection, as it is declared"))

type Failure = EventStoreError.EventStoreError | NotFound | UsageError

/** The part of the store that keeps rows. */
export const open = (options: OpenedStore.Options): Effect.Effect<ProjectionStore.Service, Failure, Scope.Scope> =>
  Effect.map(OpenedStore.open(options), ({ projections }) => projections!)

/** The same, with a projection of that name in it. */
export const openWith = Effect.fnUntraced(function* (
  options: OpenedStore.Options,
  name: string
): Effect.fn.Return<ProjectionStore.Service, Failure, Scope.Scope> {
  const store = yield* open(options)
  if ((yield* store.status(name)) !== undefined) return store
  const names = [...new Set((yield* store.statuses).map((one) => one.name))]
  const others =
    names.length === 0 ? "no projector has ever run on it, and no rows were asked for" : `it has ${names.join(", ")}`
  return yield* new NotFound({ message: `there is no projection ${JSON.stringify(name)} in this store: ${others}` })
})
