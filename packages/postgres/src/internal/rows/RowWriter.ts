/** Writes the rows of projections, each time with the lease of one projector. */
import { Effect, Result } from "effect"
import type { EventStoreError } from "eventfold"
import type { ProjectionStore } from "eventfold/store"
import * as ParkedTable from "./ParkedTable.ts"
import type { RowAccess } from "./RowAccess.ts"
import * as RowColumns from "./RowColumns.ts"
import { quote } from "../schema/StoreSchema.ts"
import { causeIn, codeIn, isAboutData, serverMessage } from "../sql/SqlFailure.ts"

interface RowWriter extends Pick<ProjectionStore.Service, "refused" | "save"> {
  /**
   * Returns false if a write failed because its lease was lost: the table may be gone because the
   * rows were discarded.
   */
  readonly unlessLost: (
    lease: ProjectionStore.Lease,
    written: Effect.Effect<boolean, EventStoreError.EventStoreError>
  ) => Effect.Effect<boolean, EventStoreError.EventStoreError>
}

/** SQLSTATE of the division by zero that ends each trial, so that nothing is stored. */
const trialSucceededCode = "22012"

export const make = (access: RowAccess): RowWriter => {
  const heldText = `select 1 from ${quote(access.schemaName)}.projection_partitions t
    where t.name = $1 and t.stage = $2 and t.partition = $3 and t.token = $4`
  const unlessLost: RowWriter["unlessLost"] = ({ name, partition, stage, token }, written) =>
    Effect.catchIf(
      written,
      (error) => codeIn(error) === "42P01",
      (error) =>
        Effect.flatMap(access.values(heldText, [name, stage, partition.index, BigInt(token)]), ([row]) =>
          row === undefined ? Effect.succeed(false) : Effect.fail(error)
        )
    )

  /** Returns the problem with which a row can't be stored, if there is one. */
  const problemOf = Effect.fnUntraced(function* (
    projection: ProjectionStore.Described,
    stage: ProjectionStore.Stage,
    { key, row }: ProjectionStore.Change
  ) {
    if (row === undefined) return undefined
    const trial = Effect.flatMap(access.columnsOf(projection, [{ key, row }]), (columns) =>
      access.values(access.statementsOf(projection.table, stage).trial, [RowColumns.texts([key]), ...columns])
    )
    const outcome = yield* Effect.result(trial)
    if (Result.isSuccess(outcome)) return undefined
    const { failure } = outcome
    if (codeIn(failure) === trialSucceededCode) return undefined
    const { reason } = failure
    if (reason._tag === "InvalidRequest") return reason.problem
    const cause = causeIn(failure)
    if (cause !== undefined && isAboutData(cause)) return `the server can't store the row: ${serverMessage(cause)}`
    return yield* failure
  })

  return {
    unlessLost,
    save: Effect.fnUntraced(function* (projection, lease, from, to, changes, waiting = []) {
      const { name, table } = projection
      const { partition, stage, token } = lease
      const { gone, there } = RowColumns.parted(changes)
      const columns = yield* access.columnsOf(projection, there)
      const statements = access.statementsOf(table, stage)
      const saved = access.write(name, waiting.length === 0 ? statements.save : statements.park, [
        name,
        stage,
        partition.index,
        BigInt(token),
        BigInt(from.position),
        BigInt(to.position),
        to.eventId,
        RowColumns.texts(gone),
        RowColumns.texts(there.map(({ key }) => key)),
        ...columns,
        ...(waiting.length === 0 ? [] : ParkedTable.toColumns(waiting))
      ])
      return yield* unlessLost(
        lease,
        Effect.map(saved, ([row]) => row?.[0] === 1)
      )
    }),
    refused: Effect.fnUntraced(function* (projection, stage, changes) {
      const refused: Array<{ readonly key: string; readonly problem: string }> = []
      for (const change of changes) {
        const problem = yield* problemOf(projection, stage, change)
        if (problem !== undefined) refused.push({ key: change.key, problem })
      }
      return refused
    })
  }
}
