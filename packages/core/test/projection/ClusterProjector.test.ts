/**
 * Projections that a cluster distributes over its nodes: one node runs each, and another takes over
 * when that node leaves.
 */
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Option, Scope } from "effect"
import * as MessageStorage from "effect/cluster/MessageStorage"
import { make as runnerAddress } from "effect/cluster/RunnerAddress"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import * as Runners from "effect/cluster/Runners"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import { EventStore, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { sameRows } from "./Histories.ts"
import { definition, projector, put, sent } from "./Parcels.ts"
import { freshSchema, open } from "../Stores.ts"

const names = Array.from({ length: 12 }, (_, i) => `Towns${i}`)
const definitions = names.map((name) => definition(name, projector, name.toLowerCase()))

it.live(
  "ClusterProjector: nodes share the projections, and take over those of a node that leaves",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      /** Node that ran each projection last. */
      const keepers = new Map<string, number>()
      const shared = yield* Layer.build(RunnerStorage.layerMemory)
      /** Starts a node with its own store, like a separate process. */
      const node = Effect.fnUntraced(function* (port: number) {
        const scope = yield* Scope.make()
        const store = yield* Effect.provideService(open(schema), Scope.Scope, scope)
        const rows = store.projections!
        const noting: EventStore.Service = {
          ...store,
          projections: {
            ...rows,
            acquire: (projection, ...lease) =>
              Effect.tap(rows.acquire(projection, ...lease), (had) =>
                Effect.sync(() => (had === undefined ? undefined : keepers.set(projection.name, port)))
              )
          }
        }
        const sharding = Sharding.layer.pipe(
          Layer.provide(Runners.layerNoop),
          Layer.provide(MessageStorage.layerMemory),
          Layer.provide([Layer.succeedContext(shared), RunnerHealth.layerNoop]),
          Layer.provide(
            ShardingConfig.layer({
              runnerAddress: Option.some(runnerAddress("localhost", port)),
              refreshAssignmentsInterval: 100,
              runnerJoinDebounce: 0
            })
          )
        )
        const runnables = definitions.map((one) => StoredProjection.runnable(one))
        yield* Layer.buildWithScope(
          Projector.clusterLayer(runnables, { lease: "400 millis" }).pipe(
            Layer.provide([sharding, Layer.succeed(EventStore.EventStore, noting)])
          ),
          scope
        )
        return Scope.close(scope, Exit.void)
      })
      const leaveFirst = yield* node(1)
      const leaveSecond = yield* node(2)
      const reader = yield* open(schema)
      const atReader = Effect.provide(Context.make(EventStore.EventStore, reader))
      const check = Effect.gen(function* () {
        const appended = yield* put("1", sent(["Brno"]), sent(["Cheb"]))
        for (const one of definitions) {
          const stored = yield* StoredProjection.make(one)
          yield* stored.waitFor(appended, { timeout: "5 minutes" })
          yield* sameRows(stored, yield* LiveProjection.make(one))
        }
      }).pipe(atReader)
      yield* check
      for (let i = 0; new Set(keepers.values()).size < 2; i++) {
        assert.isBelow(i, 200, "one node runs all projections")
        yield* Effect.sleep("100 millis")
      }
      yield* check
      yield* leaveFirst
      yield* check
      assert.deepStrictEqual([...new Set(keepers.values())], [2])
      yield* leaveSecond
    }),
  600_000
)
