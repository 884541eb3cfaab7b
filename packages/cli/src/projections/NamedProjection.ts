/** The projection that a command is about, in the store that it is about. */
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { NotFound } from "./CommandLine.ts"
import * as OpenedStore from "./OpenedStore.ts"

export const name = Argument.String("name").pipe(Argument.withDescription("The projection, as it is declared"))

/** The part of the store that keeps rows. */
export const open = (options: OpenedStore.Options) =>
  Effect.map(OpenedStore.open(options), ({ projections }) => projections!)

/** The same, with a projection of that name in it. */
export const openWith = Effect.fnUntraced(function* (options: OpenedStore.Options, name: string) {
  const store = yield* open(options)
  if ((yield* store.status(name)) !== undefined) return store
  const names = [...new Set((yield* store.statuses).map((one) => one.name))]
  const others =
    names.length === 0 ? "no projector has ever run on it, and no rows were asked for" : `it has ${names.join(", ")}`
  return yield* new NotFound({ message: `there is no projection ${JSON.stringify(name)} in this store: ${others}` })
})
