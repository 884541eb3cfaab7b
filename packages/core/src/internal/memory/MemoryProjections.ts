/** Store of projection rows in memory, beside `MemoryLog`. */
import type { Operations } from "../../store/StoreOperations.ts"
import * as MemoryParkedKeys from "./MemoryParkedKeys.ts"
import * as MemoryRowAdmin from "./MemoryRowAdmin.ts"
import * as MemoryRowReader from "./MemoryRowReader.ts"
import * as MemoryRowWriter from "./MemoryRowWriter.ts"
import type { MemoryTables } from "./MemoryTables.ts"

export const make = (tables: MemoryTables): Omit<NonNullable<Operations["projections"]>, "inline"> => ({
  ...MemoryRowAdmin.make(tables),
  ...MemoryRowReader.make(tables),
  ...MemoryRowWriter.make(tables),
  ...MemoryParkedKeys.make(tables)
})
