/** The shop, open for requests: `pnpm --filter orders serve`. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { PgEventStore, PgliteEventStore } from "@eventfold/postgres"
import { Cause, Console, Duration, Effect, Option, Path } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { HttpServer } from "effect/http"
import * as FulfilmentManager from "./FulfilmentManager.ts"
import { docsPath, openApiPath } from "./OrdersServer.ts"
import * as Shop from "./Shop.ts"

const within = (name: string, otherwise: Duration.Input) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => Duration.fromInput(text as Duration.Input),
      () => 'a time such as "90 seconds" or "3 days"'
    ),
    Flag.withDefault(Duration.fromInputUnsafe(otherwise))
  )

const flags = {
  port: Flag.Int("port").pipe(
    Flag.withDescription("Where requests are taken; 0 is any free one"),
    Flag.withDefault(3000)
  ),
  url: Flag.Redacted("url").pipe(
    Flag.withDescription(
      "A PostgreSQL server, postgres://user:password@host:5432/database, instead of PGlite in this process"
    ),
    Flag.optional
  ),
  dataDir: Flag.String("data-dir").pipe(
    Flag.withDescription("Where PGlite and the process manager's bookmark are kept"),
    Flag.withDefault(".data")
  ),
  payment: within("payment-within", "3 days").pipe(
    Flag.withDescription("How long customers have to pay, such as '90 seconds'; 3 days")
  ),
  dispatch: within("dispatch-within", "5 days").pipe(
    Flag.withDescription("How long the warehouse has to send a parcel; 5 days")
  )
}

const serve = Command.make(
  "serve",
  flags,
  Effect.fn("serve")(function* ({ dataDir, dispatch, payment, port, url }) {
    const path = yield* Path.Path
    const folder = path.resolve(dataDir)
    const target = Option.getOrUndefined(url)
    const store =
      target === undefined
        ? PgliteEventStore.layer({ dataDir: path.join(folder, "pglite") })
        : PgEventStore.layer({ url: target, schema: "eventfold_orders" })
    const opened = HttpServer.addressFormattedWith((address) =>
      Console.log(
        [
          `The shop is open at ${address}`,
          `  ${address}${docsPath} to read the API and to try it; ${openApiPath} for clients in any language`,
          `  events are in ${target === undefined ? path.join(folder, "pglite") : "schema eventfold_orders of the server"}; Ctrl-C closes it`
        ].join("\n")
      )
    )
    yield* Shop.serve({ store, bookmark: path.join(folder, "fulfilment.json"), port, opened }).pipe(
      Effect.provideService(FulfilmentManager.CurrentDeadlines, { payment, dispatch })
    )
  })
).pipe(Command.withDescription("Takes orders over HTTP and processes each of them to its end"))

serve.pipe(
  Command.run({ version: "0.1.0" }),
  Effect.tapCause((cause) => {
    const error = Option.getOrUndefined(Cause.findErrorOption(cause))
    // The problem of the command line is printed by then, above its help.
    if (error === undefined || CliError.isCliError(error)) return Effect.void
    return Console.error(
      error._tag === "ServeError" ? `requests can't be taken: ${String(error.cause)}` : error.message
    )
  }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
