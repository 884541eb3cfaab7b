/** Rows of projections in tables. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { StoreRefusal, type StoreService } from "eventfold/store"
import * as LogScan from "./LogScan.ts"
import * as ParkedTable from "./ParkedTable.ts"
import { ProjectionReleases } from "./ProjectionReleases.ts"
import * as ProjectionStatuses from "./ProjectionStatuses.ts"
import * as ReleaseOrder from "./ReleaseOrder.ts"
import { RowAccess } from "./RowAccess.ts"
import * as RowLease from "./RowLease.ts"
import * as RowReader from "./RowReader.ts"
import { RowStages } from "./RowStages.ts"
import * as RowWriter from "./RowWriter.ts"
import { valuesOf } from "../read/StoredEvent.ts"
import { quote } from "../schema/StoreSchema.ts"
import type { Place } from "../sql/SqlFailure.ts"

/**
 * `schemaName` is that of the store, not quoted; the tables of each domain are in schemas beside
 * it.
 */
export const make = (
  sql: PgClient,
  schemaName: string,
  storeId: string,
  place: Place
): NonNullable<StoreService.Operations["projections"]> => {
  const schema = quote(schemaName)
  const values = valuesOf(sql, place)
  const access = new RowAccess(values, schemaName)
  const statuses = ProjectionStatuses.make(values, schema, storeId)
  const leases = RowLease.make(values, schema, storeId)
  const order = ReleaseOrder.make(values, schema)
  const stages = new RowStages(sql, schemaName, place, order)
  const releases = new ProjectionReleases({ sql, schemaName, place, statuses, leases, order, stages })
  const parked = ParkedTable.make(access)
  const { refused, save, unlessLost } = RowWriter.make(access)

  return {
    open: releases.open,
    enroll: releases.enroll,
    begin: releases.begin,
    compare: releases.compare,
    serve: releases.serve,
    acquire: leases.acquire,
    renew: leases.renew,
    release: leases.release,
    seize: leases.seize,
    stop: leases.stop,
    pause: leases.pause,
    resume: (name, { acceptParked = false } = {}) => {
      const accepted = acceptParked ? ", accepts_parked = p.stage = 'next'" : ""
      const text = `update ${schema}.projections p set is_paused = false, problem = null${accepted}
        where p.name = $1 returning 1`
      return Effect.flatMap(values(text, [name]), ([row]) =>
        row === undefined ? Effect.fail(StoreRefusal.unknown("projections.resume", name)) : Effect.void
      )
    },
    save,
    refused,
    ...parked,
    unpark: (projection, lease, retried) => unlessLost(lease, parked.unpark(projection, lease, retried)),
    rebuild: stages.rebuild,
    drop: stages.drop,
    remove: stages.remove,
    rollback: (name) =>
      Effect.andThen(
        stages.rollback(name),
        Effect.map(statuses.status(name), (now) => now!)
      ),
    status: (name) => statuses.status(name),
    stages: statuses.stages,
    statuses: statuses.statuses,
    versions: statuses.versions,
    ...RowReader.make(access),
    scan: LogScan.make(values, schema)
  }
}
