/**
 * The promises of every store with rows and checkpoints: in memory, in PGlite, and on servers of
 * the newest and the oldest version.
 */
import * as ProjectionConformance from "@eventfold/testing/ProjectionConformance"
import { stores } from "./Stores.ts"

const options = process.env["EVENTFOLD_SOAK"] === "1" ? { runs: 200, timeout: 3_600_000 } : { runs: 3 }

for (const [name, layer] of stores) ProjectionConformance.suite(name, layer, options)
