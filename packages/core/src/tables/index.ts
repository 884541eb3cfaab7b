/**
 * Tables that tools read, and the parser of stored JSON. Loading them loads nothing else:
 * `eventfold gen` reads them in a process without Effect, and the hermetic realm reads them before
 * any other module is loaded. An app has no use for them.
 */
export { impurities } from "./Impurities.ts"
export * as LeafTypes from "./LeafTypes.ts"
export * as StoredJson from "../store/StoredJson.ts"
