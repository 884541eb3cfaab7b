/** The environment of the figures: machine, versions, settings. */
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import { type BenchFailed, connections, facts } from "./Database.ts"
import type { Plan } from "./Plan.ts"
import type { Results } from "./Results.ts"

type Environment = Pick<Results, "machine" | "versions" | "settings">

const dependencies: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8")
).dependencies

const versionOf = (name: string): string => {
  const pinned = dependencies[name] ?? ""
  if (!pinned.startsWith("workspace:")) return pinned
  return createRequire(import.meta.url)(`${name}/package.json`).version
}

export const describe = (plan: Plan): Effect.Effect<Environment, BenchFailed> =>
  Effect.map(facts(plan.url), ({ server_version: postgres = "", ...settings }) => ({
    machine: {
      cpu: os.cpus()[0]?.model ?? "unknown",
      cores: os.cpus().length,
      memoryGB: Math.round(os.totalmem() / 1e9),
      system: `${os.type()} ${os.release()} ${os.arch()}`,
      // Above a fraction of a core, other programs were running, and the figures are less reliable.
      loadAtStart: Number(os.loadavg()[0]!.toFixed(2))
    },
    versions: {
      node: process.version,
      postgres,
      ...Object.fromEntries(
        ["effect", "@effect/sql-pg", "pg", "@event-driven-io/emmett", "@event-driven-io/emmett-postgresql"].map(
          (name) => [name, versionOf(name)]
        )
      )
    },
    settings: { ...settings, rounds: plan.rounds, roundMillis: plan.millis, connectionsOfEach: connections }
  }))

export const summary = ({ machine, versions }: Environment): string =>
  `PostgreSQL ${versions["postgres"]}, Node ${versions["node"]}, ${machine["cores"]} × ${machine["cpu"]}, load ${machine["loadAtStart"]} at start`
