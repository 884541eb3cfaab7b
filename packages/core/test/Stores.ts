/**
 * Stores that the tests of core run on: memory, and the SQL stores, whose fixtures are in
 * `packages/postgres/test`.
 */
export { eventually, open } from "../../postgres/test/StoreOnServer.ts"
export { connectOnce, freshSchema, SharedPglite, sharedPglite, stores } from "../../postgres/test/Stores.ts"
