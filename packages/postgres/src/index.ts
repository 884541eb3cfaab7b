export * as PgEventStore from "./PgEventStore.ts"
export * as PgliteEventStore from "./PgliteEventStore.ts"
export * as SqlEventStore from "./SqlEventStore.ts"
