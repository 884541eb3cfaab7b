/** Version 1 of the store's schema. */
import { appendAll } from "./functions/append_all.ts"
import { appendBatch } from "./functions/append_batch.ts"
import { appendMany } from "./functions/append_many.ts"
import { appendOne } from "./functions/append_one.ts"
import { dropSnapshots } from "./functions/drop_snapshots.ts"
import { enterInline } from "./functions/enter_inline.ts"
import { head } from "./functions/head.ts"
import { hold } from "./functions/hold.ts"
import { horizon } from "./functions/horizon.ts"
import { lockSpace } from "./functions/lock_space.ts"
import { publish } from "./functions/publish.ts"
import { refuseAll } from "./functions/refuse_all.ts"
import { refusePosition } from "./functions/refuse_position.ts"
import { refuseUninlined } from "./functions/refuse_uninlined.ts"
import { saveSnapshot } from "./functions/save_snapshot.ts"
import { slice } from "./functions/slice.ts"
import { truncateStream } from "./functions/truncate_stream.ts"
import { eventTables } from "./tables/events.ts"
import { projectionTables } from "./tables/projections.ts"
import { reactionTables } from "./tables/reactions.ts"

const functions = [
  lockSpace,
  hold,
  refusePosition,
  appendOne,
  appendMany,
  appendBatch,
  appendAll,
  refuseAll,
  horizon,
  publish,
  head,
  slice,
  truncateStream,
  saveSnapshot,
  dropSnapshots,
  enterInline,
  refuseUninlined
]

/** The statements that create it in an empty schema. */
export const create = (schema: string): ReadonlyArray<string> => [
  ...eventTables(schema),
  ...projectionTables(schema),
  ...reactionTables(schema),
  ...functions.map((statement) => statement(schema)),
  `revoke all on all functions in schema ${schema} from public`
]
