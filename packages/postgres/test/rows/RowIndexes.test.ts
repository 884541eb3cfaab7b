/**
 * The owner of a partition that reaches the end of the log creates the indexes of rebuilt rows,
 * also if two owners do so at the same time.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as RowSwitch from "../../src/internal/rows/RowSwitch.ts"
import * as RowTable from "../../src/internal/rows/RowTable.ts"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { definition } from "../../../core/test/projection/Parcels.ts"
import { client } from "../StoreOnServer.ts"
import { freshSchema } from "../Stores.ts"
import { StoredProjection } from "eventfold/generated"

it.live(
  "indexes: processes that finish their partitions at the same time create the indexes of the rows together",
  () =>
    Effect.gen(function* () {
      const [one, two, three] = yield* Effect.all([client, client, client])
      const projection = StoredProjection.runnable(definition())
      const { table } = projection
      for (let round = 0; round < 10; round++) {
        const schema = freshSchema()
        const name = RowTable.nameOf(schema, table, "next")
        yield* one.unsafe(`create schema ${quote(RowTable.schemaOf(schema, table, "next"))}`).unprepared
        yield* one.unsafe(RowTable.create(name, table)).unprepared
        const indexed = [one, two, three].map((sql) => RowSwitch.createIndexes(sql, schema, projection))
        yield* Effect.all(indexed, { concurrency: "unbounded" })
        const [row] = yield* one.unsafe(`select count(*)::int from pg_indexes where schemaname = $1`, [
          RowTable.schemaOf(schema, table, "next")
        ]).values
        assert.isAbove(Number(row?.[0]), table.indexes.length)
      }
    }).pipe(Effect.scoped)
)
