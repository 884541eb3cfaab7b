/**
 * The door for authors of event stores: services that a store provides, and rules that all stores
 * share.
 */
export * as AppendOutcome from "./AppendOutcome.ts"
export * as CanonicalJson from "./CanonicalJson.ts"
export * as EventDecoder from "../internal/codec/EventDecoder.ts"
export * as KeyPartition from "./KeyPartition.ts"
export * as ProjectionReplay from "./ProjectionReplay.ts"
export * as ProjectionStore from "./ProjectionStore.ts"
export * as ReactionStore from "./ReactionStore.ts"
export * as RowVersions from "../internal/projection/RowVersions.ts"
export * as StoreMetrics from "./StoreMetrics.ts"
export * as StoreRefusal from "./StoreRefusal.ts"
export * as StoreRequest from "./StoreRequest.ts"
export * as StoreService from "./StoreService.ts"
