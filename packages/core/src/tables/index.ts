/**
 * Tables that tools read. They are plain data, and loading them loads nothing else: `eventfold gen` reads them in a process
 * without Effect, and the hermetic realm reads them before any other module is loaded. An app has no use for them.
 */
export * from "./Impurities.ts"
export * as LeafTypes from "./LeafTypes.ts"
