/** Reads the rows of projections. */
import { Effect } from "effect"
import type { ProjectionStore } from "eventfold/store"
import { checked, invalid, type RowAccess } from "./RowAccess.ts"
import * as RowColumns from "./RowColumns.ts"
import * as RowRanges from "./RowRanges.ts"
import * as RowTable from "./RowTable.ts"
import { causeIn, isAboutData, serverMessage } from "../sql/SqlFailure.ts"

type RowReader = Pick<ProjectionStore.Service, "count" | "find" | "page" | "range" | "rows">

export const make = (access: RowAccess): RowReader => {
  /** Runs the statement of a range of an index. */
  const inRange = Effect.fnUntraced(function* (
    projection: ProjectionStore.Described,
    range: ProjectionStore.IndexRange,
    statement: typeof RowRanges.page
  ) {
    const { name, table } = projection
    const { parameters, text } = yield* checked(name, () =>
      statement(RowTable.nameOf(access.schemaName, table, "serving"), table, range)
    )
    return yield* Effect.mapError(access.read(name, text, parameters), (error) => {
      const cause = causeIn(error)
      if (cause === undefined || !isAboutData(cause)) return error
      return invalid(name, `the server can't compare rows with these values: ${serverMessage(cause)}`)
    })
  })

  return {
    rows: (projection, stage, keys) => {
      const statements = access.statementsOf(projection.table, stage)
      // The driver would change a key that is no text of PostgreSQL into another key, which may
      // have a row.
      const possible = RowColumns.texts(keys.filter(RowColumns.isText))
      return access.readKeyed(projection, statements, statements.rows, [possible])
    },
    range: (projection, range) =>
      Effect.map(inRange(projection, range, RowRanges.page), (rows) =>
        rows.map(access.statementsOf(projection.table, "serving").read)
      ),
    count: (projection, range) =>
      Effect.map(inRange(projection, range, RowRanges.count), ([row]) => Number(row?.[0] ?? 0)),
    page: (projection, after, limit) => {
      const statements = access.statementsOf(projection.table, "serving")
      // No key contains a NUL, so the keys after `after` are those after the part before its first
      // NUL.
      const from = after?.split("\0", 1)[0]?.toWellFormed() ?? null
      return access.readKeyed(projection, statements, statements.page, [from, limit])
    },
    find: Effect.fnUntraced(function* (projection, where) {
      const { name, table } = projection
      const statements = access.statementsOf(table, "serving")
      const unknown = Object.keys(where).find((field) => table.columns.every((column) => column.field !== field))
      if (unknown !== undefined) {
        return yield* invalid(name, `there is no column for the field ${JSON.stringify(unknown)}`)
      }
      const found = RowColumns.toConditions(table, where)
      if (found === undefined) return []
      const text = `${statements.select} where ${found.conditions} order by r._key`
      return yield* Effect.catchIf(
        access.readKeyed(projection, statements, text, found.parameters),
        // No row has a value that its column can't hold.
        (error) => {
          const cause = causeIn(error)
          return cause !== undefined && isAboutData(cause)
        },
        () => Effect.succeed([])
      )
    })
  }
}
