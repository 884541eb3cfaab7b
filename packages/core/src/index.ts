/**
 * The door for apps. `eventfold/store` is for authors of stores, `eventfold/generated` for
 * generated code.
 */
export * as Aggregate from "./Aggregate.ts"
export * as AggregateCache from "./AggregateCache.ts"
export * as Broker from "./Broker.ts"
export * as Checkpoint from "./Checkpoint.ts"
export * as CloudEvent from "./CloudEvent.ts"
export * as Decider from "./Decider.ts"
export * as Event from "./Event.ts"
export * as EventId from "./EventId.ts"
export * as EventStore from "./EventStore.ts"
export * as EventStoreError from "./EventStoreError.ts"
export * as History from "./History.ts"
export * as InlineProjections from "./InlineProjections.ts"
export * as MemoryEventStore from "./MemoryEventStore.ts"
export * as Projection from "./Projection.ts"
export * as ProjectionError from "./ProjectionError.ts"
export * as Projector from "./Projector.ts"
export * as Reaction from "./Reaction.ts"
export * as Repository from "./Repository.ts"
export * as Snapshots from "./Snapshots.ts"
export * as Webhook from "./Webhook.ts"
