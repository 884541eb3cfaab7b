/** The promises that every store keeps, kept by PGlite and by PostgreSQL servers, the newest and the oldest supported. */
import * as StoreConformance from "@eventfold/testing/StoreConformance"
import { stores } from "./Stores.ts"

for (const [name, layer] of stores) if (name !== "memory") StoreConformance.suite(name, layer)
