// First, and in this order: the guards of `Hermetic` stand before any domain code is loaded.
export * as Hermetic from "./Hermetic.ts"
export * as Arbitraries from "./Arbitraries.ts"
export * as Histories from "./Histories.ts"
export * as Laws from "./Laws.ts"
export * as Linearisability from "./Linearisability.ts"
export * as ProjectionLaws from "./ProjectionLaws.ts"
export * as Scenario from "./Scenario.ts"
