/**
 * The law that rows are the same, whether they are written inline, folded live, projected or
 * rebuilt.
 */
import { Context, DateTime, Effect, Exit, Layer, Schema, Stream } from "effect"
import { EventId, EventStore, InlineProjections, MemoryEventStore } from "eventfold"
import { LiveProjection, StoredForm, StoredProjection } from "eventfold/generated"
import { ProjectionReplay } from "eventfold/store"
import * as Divergence from "../subject/Divergence.ts"
import type { Log, ProjectionTools } from "../subject/ProjectionTools.ts"
import * as ProjectionLaw from "./ProjectionLaw.ts"
import type { Tagged } from "../subject/Subject.ts"

/**
 * Checks that rows are the same if they are written in the transaction of the append, folded from
 * the log when they are queried, and folded in pages later, as a projector and a rebuild do.
 *
 * **When to use**
 *
 * It finds defects that the other laws cannot: it runs a store, the projector's fold of pages, and
 * the codec of the rows together.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Gotchas**
 *
 * The law runs a store in memory, which is slower than a fold, so it draws a tenth of the logs.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.keeping(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const keeping = ProjectionLaw.make({
  name: "keeping",
  claim: "inline, live, projected and rebuilt rows are the same",
  share: 0.1,
  check: (tools, log) => {
    const exit = Effect.runSyncExit(
      Effect.scoped(kept(tools, log)).pipe(Effect.provide(MemoryEventStore.layer, { local: true }))
    )
    if (Exit.isSuccess(exit)) return exit.value
    // The other laws report a handler that throws, or a row that does not fit its schema, with the
    // event.
    const whole = tools.fold(log)
    if (whole.ok) throw new Error(`the rows cannot be stored: ${String(exit.cause)}`)
    return whole.divergence
  }
})

/** Page sizes and cache sizes of a projector: one event, a few events, and all events in a page. */
const projectorOptions = [
  { size: 1, cached: 0 },
  { size: 3, cached: 1 },
  { size: 1_000, cached: 10_000 }
] as const

const kept = Effect.fnUntraced(function* <Row, Event extends Tagged, Id, Key>(
  { subject: { definition } }: ProjectionTools<Row, Event, Id, Key>,
  log: Log<Event, Id>
) {
  const store = yield* EventStore.EventStore
  const rows = yield* StoredProjection.storeOfRows
  const projection = StoredProjection.runnable(definition)
  const replay = ProjectionReplay.of(projection)
  const plain = Layer.succeed(EventStore.EventStore, store)
  // Enlists the projection here: the layer would find no events, and only look again after a delay.
  yield* rows.open(projection)
  const lease = yield* rows.acquire(projection, "serving", "laws", 60_000)
  if (lease === undefined || rows.inline === undefined) return yield* Effect.die("the store in memory has no rows")
  yield* rows.inline.enlist(projection, lease, (events, load) =>
    Effect.map(Effect.orDie(replay.folding(0).fold(events, load, new Set())), ({ changes }) => changes)
  )
  const inline = Context.get(
    yield* Layer.build(Layer.provide(InlineProjections.layer([projection]), plain)),
    EventStore.EventStore
  )
  const live = yield* LiveProjection.make(definition)
  const encode = Schema.encodeUnknownSync(StoredForm.codec(definition.row))
  const served = Effect.map(rows.page(projection, undefined, 10_000), (all) =>
    all.map(({ key, row }) => [key, row] as const)
  )

  for (const [at, { at: time, stored, stream }] of log.entries()) {
    const { data, type } = stored
    const event = { id: yield* EventId.make, type, schemaVersion: 1, data, metadata: {} }
    yield* inline.append(stream, "any", [{ ...event, occurredAt: DateTime.makeUnsafe(time) }])
    const written = yield* served
    const folded = (yield* live.all).map((row, i) => [written[i]?.[0] ?? "no key", encode(row)] as const)
    const differences = differ(written, folded)
    if (differences.length > 0) return { at, because: "inline rows differ from live rows (inline → live)", differences }
  }

  const written = yield* served
  for (const { cached, size } of projectorOptions) {
    const folding = replay.folding(cached)
    const known = new Map<string, Schema.Json>()
    const load = (keys: ReadonlyArray<string>) =>
      Effect.sync(() => keys.flatMap((key) => (known.has(key) ? [{ key, row: known.get(key)! }] : [])))
    const follow = store.readAll({ aggregates: projection.aggregates, types: projection.types, pageSize: size }).pipe(
      Stream.runForEachArray((page) =>
        Effect.map(folding.fold(page, load, new Set()), ({ changes }) => {
          for (const { key, row } of changes) {
            if (row === undefined) known.delete(key)
            else known.set(key, row)
          }
          folding.keep()
        })
      )
    )
    yield* follow
    const differences = differ(written, [...known])
    if (differences.length === 0) continue
    const because = `inline rows differ from rows folded in pages of ${size} with ${cached} rows cached (inline → in pages)`
    return { at: log.length - 1, because, differences }
  }
  return undefined
})

type Keyed = ReadonlyArray<readonly [key: string, row: Schema.Json]>

const differ = (a: Keyed, b: Keyed): ReadonlyArray<string> =>
  [...new Set([...a, ...b].map(([key]) => key))].flatMap((key) =>
    Divergence.between(new Map(a).get(key), new Map(b).get(key), "the row").map(
      (line) => `${JSON.stringify(key)}: ${line}`
    )
  )
