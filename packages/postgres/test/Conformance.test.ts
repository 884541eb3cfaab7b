/** The promises that every store keeps, kept by PGlite and by a PostgreSQL server. */
import * as StoreConformance from "@eventfold/testing/StoreConformance"
import { stores } from "./Stores.ts"

for (const [name, layer] of stores) if (name !== "memory") StoreConformance.suite(name, layer)
