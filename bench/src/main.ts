/**
 * `pnpm bench`: compares Eventfold with Emmett and the bare drivers, in one run on one PostgreSQL
 * server.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Cause, Console, Effect, FileSystem, Option, Path, Schema, type Scope } from "effect"
import { Command, Flag } from "effect/cli"
import * as Environment from "./Environment.ts"
import { BenchFailed, server } from "./Database.ts"
import type { Plan } from "./Plan.ts"
import * as Plot from "./Plot.ts"
import * as Report from "./Report.ts"
import { notMeasured, Results, type Row } from "./Results.ts"
import * as Appends from "./rows/Appends.ts"
import * as Codegen from "./rows/Codegen.ts"
import * as Decoders from "./rows/Decoders.ts"
import * as Executions from "./rows/Executions.ts"
import * as FoldRow from "./rows/FoldRow.ts"
import * as Laws from "./rows/Laws.ts"
import * as Growth from "./rows/Growth.ts"
import * as Loads from "./rows/Loads.ts"
import * as ProjectionRates from "./rows/ProjectionRates.ts"
import * as Rebuilds from "./rows/Rebuilds.ts"
import * as StreamMemory from "./rows/StreamMemory.ts"
import * as Verifications from "./rows/Verifications.ts"
import { ids, wanted } from "./Wanted.ts"

const flags = {
  only: Flag.String("only").pipe(
    Flag.withDescription(`Rows to measure, separated by commas: ${ids.join(", ")}`),
    Flag.optional
  ),
  quick: Flag.Boolean("quick").pipe(
    Flag.withDescription(
      "Fewer and shorter rounds, under three minutes: a trial run, whose figures are not for quoting"
    ),
    Flag.withDefault(false)
  ),
  long: Flag.Boolean("long").pipe(
    Flag.withDescription(
      "Also grow a log to 10,000,000 events, which takes about seven minutes more and 12 GB of disk"
    ),
    Flag.withDefault(false)
  ),
  url: Flag.String("url").pipe(
    Flag.withDescription(
      "PostgreSQL server to use instead of a temporary one; the user must be allowed to create databases and to run CHECKPOINT"
    ),
    Flag.optional
  )
}

/** Reason why a row has no values. */
const reason = (id: string, plan: Plan): string => {
  switch (id) {
    case "growth-append":
    case "growth-load":
      if (!plan.long) return "it needs --long"
  }
  return "nothing measures it"
}

const bench = Command.make(
  "bench",
  flags,
  Effect.fn("bench")(function* ({ long, only, quick, url }) {
    const chosen = Option.getOrUndefined(only)?.split(",")
    const unknown = chosen?.find((id) => !ids.includes(id))
    if (unknown !== undefined) {
      return yield* new BenchFailed({ message: `there is no row ${unknown}; use one of: ${ids.join(", ")}` })
    }
    const plan: Plan = {
      url: yield* server(Option.getOrUndefined(url)),
      rounds: quick ? 3 : 7,
      millis: quick ? 400 : 2_000,
      quick,
      long,
      wants: (id) => chosen === undefined || chosen.includes(id)
    }
    const environment = yield* Environment.describe(plan)
    const measuredRows: Array<Row> = []
    const groups: ReadonlyArray<(plan: Plan) => Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope>> = [
      Codegen.rows,
      FoldRow.rows,
      Laws.rows,
      Decoders.rows,
      Appends.rows,
      Loads.rows,
      Executions.rows,
      Rebuilds.rows,
      Verifications.rows,
      ProjectionRates.rows,
      StreamMemory.rows,
      Growth.rows
    ]
    for (const rows of groups) {
      // Each group drops its databases and closes its connections before the next one begins.
      measuredRows.push(...(yield* Effect.scoped(rows(plan))))
    }
    const rows = wanted
      .filter(({ id }) => plan.wants(id))
      .map(
        (each) =>
          measuredRows.find(
            ({ baselineName, id, what }) =>
              id === each.id && what === each.what && (baselineName ?? "").startsWith(each.baselineName ?? "")
          ) ?? notMeasured(each, reason(each.id, plan))
      )

    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    // Only whole runs are committed; a partial run goes to another folder, so that it is not
    // committed by mistake.
    const isWhole = chosen === undefined && !quick
    const folder = path.join(import.meta.dirname, "..", isWhole ? "results" : ".data")
    yield* fs.makeDirectory(folder, { recursive: true })
    const results = yield* Schema.encodeEffect(Results)({ ...environment, rows })
    const [json, picture] = [path.join(folder, "latest.json"), path.join(folder, "latest.svg")]
    yield* fs.writeFileString(json, `${JSON.stringify(results, undefined, 2)}\n`)
    const subtitle = `${plan.rounds} interleaved rounds, medians; ${Environment.summary(environment)}${quick ? "; --quick" : ""}`
    yield* fs.writeFileString(picture, Plot.svg("Eventfold: how many times as fast", subtitle, rows))

    yield* Console.log(["", ...Report.table(rows), "", Report.verdict(rows), subtitle, json, picture].join("\n"))
  }, Effect.scoped)
).pipe(
  Command.withDescription("Compares Eventfold with Emmett and the bare drivers in interleaved rounds on one server")
)

Command.run(bench, { version: "0.0.0" }).pipe(
  Effect.tapCause((cause) => {
    const failure = Cause.findErrorOption(cause)
    return Option.isSome(failure) && failure.value instanceof BenchFailed
      ? Console.error(failure.value.message)
      : Console.error(Cause.pretty(cause))
  }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
