/** Version 1 of the store's schema. */
import { appending } from "./Appending.ts"
import { inlining } from "./Inlining.ts"
import { locking } from "./Locking.ts"
import { reacting } from "./Reacting.ts"
import { reading } from "./Reading.ts"
import { truncating } from "./Truncating.ts"
import { snapshotting } from "./Snapshotting.ts"
import { tables } from "./Tables.ts"

/** The statements that make it in an empty schema. */
export const create = (schema: string): ReadonlyArray<string> => [
  ...tables(schema),
  ...reacting(schema),
  ...locking(schema),
  ...appending(schema),
  ...reading(schema),
  ...truncating(schema),
  ...snapshotting(schema),
  ...inlining(schema),
  `revoke all on all functions in schema ${schema} from public`
]
