/**
 * The promises of every store, on PGlite and on PostgreSQL servers of the newest and the oldest
 * supported version.
 */
import * as StoreConformance from "@eventfold/testing/StoreConformance"
import { stores } from "./Stores.ts"

// Thousands of random histories of each kind with `test:soak`.
const options =
  process.env["EVENTFOLD_SOAK"] === "1" ? { runs: 2_500, timeout: 3_600_000 } : { runs: 60, timeout: 60_000 }

for (const [name, layer] of stores) if (name !== "memory") StoreConformance.suite(name, layer, options)
