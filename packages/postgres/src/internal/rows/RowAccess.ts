/** Statements on the tables of rows, whose failures name the fix. */
import { Effect } from "effect"
import { EventStoreError, type Projection } from "eventfold"
import { type ProjectionStore, StoreRequest } from "eventfold/store"
import * as RowColumns from "./RowColumns.ts"
import * as RowTable from "./RowTable.ts"
import { type Rows, type Values } from "../read/StoredEvent.ts"
import { causeIn, codeOf, isAboutData, serverMessage } from "../sql/SqlFailure.ts"

/** SQLSTATEs of a table that was dropped or changed: undefined table, schema or column. */
const changedTableCodes = ["42P01", "3F000", "42703"]

/** Returns the error of a request about the rows of a projection. */
export const invalid = (name: string, problem: string): EventStoreError.EventStoreError =>
  EventStoreError.EventStoreError.invalidRequest(`projection ${name}`, problem)

/** Fails with `InvalidRequest` if a column can't hold a value. */
export const checked = <A>(name: string, encode: () => A): Effect.Effect<A, EventStoreError.EventStoreError> =>
  RowColumns.tried(encode, ({ message }) => invalid(name, message))

/** Runs statements on the tables of rows. */
export class RowAccess {
  /**
   * The name of the store's schema, not quoted; the tables of each domain are in schemas beside it.
   */
  readonly schemaName: string
  readonly values: Values
  /** The statements on a table at a stage. */
  readonly statementsOf: (table: Projection.Table, stage: ProjectionStore.Stage) => RowTable.Statements

  constructor(values: Values, schemaName: string) {
    this.values = values
    this.schemaName = schemaName
    this.statementsOf = RowTable.prepare(schemaName)
  }

  /** Encodes rows as an array for each column. */
  columnsOf(
    { name, table }: ProjectionStore.Described,
    rows: ReadonlyArray<ProjectionStore.KeyedRow>
  ): Effect.Effect<ReadonlyArray<unknown>, EventStoreError.EventStoreError> {
    return checked(name, () => RowColumns.toColumns(table, rows))
  }

  /**
   * Runs a statement on the rows of a projection. A table that was dropped or changed can be fixed,
   * and the error names the fix.
   */
  read(
    name: string,
    text: string,
    parameters: ReadonlyArray<unknown>
  ): Effect.Effect<Rows, EventStoreError.EventStoreError> {
    return Effect.mapError(this.values(text, parameters), (error) => {
      const cause = causeIn(error)
      if (cause === undefined || !changedTableCodes.includes(codeOf(cause))) return error
      return EventStoreError.EventStoreError.unavailable({
        problem: `the table of the rows of ${name} was changed after it was created (${serverMessage(cause)}). Rebuild it: eventfold projections rebuild ${StoreRequest.shellWord(name)}`,
        retryable: false,
        cause
      })
    })
  }

  /** Reads rows with their keys. */
  readKeyed(
    { name }: Pick<ProjectionStore.Described, "name">,
    { read }: Pick<RowTable.Statements, "read">,
    text: string,
    parameters: ReadonlyArray<unknown>
  ): Effect.Effect<ReadonlyArray<ProjectionStore.KeyedRow>, EventStoreError.EventStoreError> {
    return Effect.map(this.read(name, text, parameters), (found) => found.map(read))
  }

  /**
   * Runs a statement that writes rows: fails with `InvalidRequest` if the server can't store one,
   * and writes nothing then.
   */
  write(
    name: string,
    text: string,
    parameters: ReadonlyArray<unknown>
  ): Effect.Effect<Rows, EventStoreError.EventStoreError> {
    return Effect.mapError(this.read(name, text, parameters), (error) => {
      // A value out of range, a constraint, or too much for an index.
      const cause = causeIn(error)
      if (cause === undefined || !isAboutData(cause)) return error
      return invalid(name, `the server can't store a row: ${serverMessage(cause)}`)
    })
  }
}
