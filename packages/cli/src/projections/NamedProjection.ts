/** The projection that a command names, in the store that it names. */
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { NotFound } from "../commandline/Failures.ts"
import * as Connection from "../store/Connection.ts"

type Options = Parameters<typeof Connection.open>[0]

export const name = Argument.String("name").pipe(Argument.withDescription("The projection, by its declared name"))

/** Opens the part of a store that holds rows. */
export const open = (options: Options) => Effect.map(Connection.open(options), ({ projections }) => projections!)

/** Opens the part of a store that holds rows, and fails if it has no projection of a name. */
export const openWith = Effect.fnUntraced(function* (options: Options, name: string) {
  const store = yield* open(options)
  if ((yield* store.status(name)) !== undefined) return store
  const names = [...new Set((yield* store.statuses).map((one) => one.name))]
  const known =
    names.length === 0 ? "no projector has ever run on it, and no rows were requested" : `it has ${names.join(", ")}`
  return yield* new NotFound({ message: `there is no projection ${JSON.stringify(name)} in this store: ${known}` })
})
