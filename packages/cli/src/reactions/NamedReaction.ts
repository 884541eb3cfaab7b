/** The reaction that a command names, in the store that it names. */
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { StoreRequest } from "eventfold/store"
import { NotFound } from "../commandline/Failures.ts"
import * as Connection from "../store/Connection.ts"

type Options = Parameters<typeof Connection.open>[0]

export const name = Argument.String("name").pipe(Argument.withDescription("The reaction, by its name in the code"))

/** Opens the part of a store that holds reactions. */
export const open = (options: Options) => Effect.map(Connection.open(options), ({ reactions }) => reactions!)

/** Opens the part of a store that holds reactions, and fails if it has no reaction of a name. */
export const openWith = Effect.fnUntraced(function* (options: Options, name: string) {
  const store = yield* open(options)
  if ((yield* store.status(name)) !== undefined) return store
  const names = (yield* store.statuses).map((one) => one.name)
  const known = names.length === 0 ? "no reaction has ever run on it" : `it has ${names.join(", ")}`
  return yield* new NotFound({ message: `there is no reaction ${JSON.stringify(name)} in this store: ${known}` })
})

/** The failure of a command that names an event which is not parked. */
export const notParked = (name: string, id: string): NotFound =>
  new NotFound({
    message: `event ${JSON.stringify(id)} is not parked in ${name}: eventfold reactions parked ${StoreRequest.shellWord(name)}`
  })
