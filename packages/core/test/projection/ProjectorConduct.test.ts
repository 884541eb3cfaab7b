/** Projectors beside other releases, changing partitions, slow handlers and busy readers. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope } from "effect"
import { EventStore, InlineProjections, MemoryEventStore, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import type { ProjectionStore } from "eventfold/store"
import { definition, projector as bodies, put, sent, times } from "./Parcels.ts"

const quick: Parameters<typeof Projector.layer>[1] = { lease: "200 millis", retries: 0 }

/**
 * Starts a projector, which runs until the returned effect or the test ends it; `changed` replaces
 * methods of its store.
 */
const running = Effect.fnUntraced(function* (
  one: ReturnType<typeof definition>,
  changed: Partial<ProjectionStore.Service> = {},
  options: Parameters<typeof Projector.layer>[1] = quick
) {
  const store = yield* EventStore.EventStore
  const here = { ...store, projections: { ...store.projections!, ...changed } }
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  yield* Layer.buildWithScope(
    Layer.provide(
      Projector.layer([StoredProjection.runnable(one)], options),
      Layer.succeed(EventStore.EventStore, here)
    ),
    scope
  )
  return Scope.close(scope, Exit.void)
})

const projectionsOf = Effect.map(EventStore.EventStore, ({ projections }) => projections!)

const until = Effect.fnUntraced(function* <E, R>(isSo: Effect.Effect<boolean, E, R>, what: string) {
  for (let i = 0; !(yield* isSo); i++) {
    assert.isBelow(i, 1_000, what)
    yield* Effect.sleep("10 millis")
  }
})

const servedBy = (fingerprint: string) =>
  Effect.map(
    Effect.flatMap(projectionsOf, ({ status }) => status("Towns")),
    (status) => status?.fingerprint === fingerprint
  )

const release = (fingerprint: string, factor: number) => definition("Towns", times(factor), "towns", fingerprint)
const throwing = (fingerprint: string): ReturnType<typeof definition> =>
  definition(
    "Towns",
    {
      ...bodies,
      project: () => {
        throw new Error(`not by ${fingerprint}`)
      }
    },
    "towns",
    fingerprint
  )

/** Makes rows with handlers of an earlier release, and a log that takes a while to fold. */
const before = Effect.gen(function* () {
  for (let i = 0; i < 60; i++) yield* put(String(i), sent(["Brno"]))
  const rows = yield* StoredProjection.make(definition())
  const end = yield* running(definition())
  yield* rows.waitFor(60)
  yield* end
})

/** Records which release begins a rebuild; its writes are slow. */
const slowly = Effect.fnUntraced(function* (begun: Array<string>) {
  const { begin, save } = yield* projectionsOf
  return {
    begin: (projection: ProjectionStore.Described, policy?: ProjectionStore.Policy) =>
      Effect.tap(begin(projection, policy), () => Effect.sync(() => begun.push(projection.fingerprint))),
    save: (...args: Parameters<typeof save>) => Effect.delay(save(...args), "10 millis")
  }
})

const onMemory = <E>(claim: string, effect: Effect.Effect<void, E, EventStore.EventStore | Scope.Scope>) =>
  it.live(claim, () => effect.pipe(Effect.scoped, Effect.provide(MemoryEventStore.layer)), 20_000)

onMemory(
  "two releases that both find rows of another release rebuild them one after the other, and then no more",
  Effect.gen(function* () {
    yield* before
    const begun: Array<string> = []
    const slow = yield* slowly(begun)
    const page = { ...quick, pageSize: 2 }
    const rows = yield* StoredProjection.make(definition())
    yield* running(release("two", 2), slow, page)
    yield* until(
      Effect.sync(() => begun.length > 0),
      "not begun"
    )
    yield* running(release("three", 3), slow, page)
    yield* until(servedBy("three"), "the later release is not served")
    assert.deepStrictEqual(
      begun.filter((one, i) => one !== begun[i - 1]),
      ["two", "three"]
    )
    yield* Effect.sleep("500 millis")
    assert.isTrue(yield* servedBy("three"))
    assert.strictEqual((yield* rows.get("Brno"))?.parcels, 180)
  })
)

onMemory(
  "of two releases with inline projections, the newer takes over, and the older does not start",
  Effect.gen(function* () {
    yield* before
    const begun: Array<string> = []
    const store = yield* EventStore.EventStore
    const here = { ...store, projections: { ...store.projections!, ...(yield* slowly(begun)) } }
    const start = (one: ReturnType<typeof definition>) =>
      Layer.build(
        Layer.provide(
          InlineProjections.layer([StoredProjection.runnable(one)], { pageSize: 2 }),
          Layer.succeed(EventStore.EventStore, here)
        )
      )
    const older = yield* Effect.forkChild(Effect.result(start(release("two", 2))))
    yield* until(
      Effect.sync(() => begun.length > 0),
      "not begun"
    )
    const newer = yield* start(release("three", 3))
    assert.deepStrictEqual(
      begun.filter((one, i) => one !== begun[i - 1]),
      ["two", "three"]
    )
    const outcome = yield* Fiber.join(older)
    if (outcome._tag === "Success") return assert.fail("the older release has started")
    assert.match(
      outcome.failure.message,
      /by other handlers \(three\) .* are of a newer release: this program has stepped/
    )
    yield* Effect.provide(put("1", sent(["Brno"])), newer)
    assert.strictEqual((yield* (yield* StoredProjection.make(definition())).get("Brno"))?.parcels, 183)
  })
)

onMemory(
  "two releases that both fail do not try again",
  Effect.gen(function* () {
    yield* before
    const begun: Array<string> = []
    const slow = yield* slowly(begun)
    yield* running(throwing("two"), slow)
    yield* running(throwing("three"), slow)
    const { stages } = yield* projectionsOf
    yield* until(
      Effect.map(stages("Towns"), (all) => all.some(({ problem }) => problem !== undefined)),
      "none has stopped"
    )
    yield* Effect.sleep("1 second")
    // Each has its turn.
    assert.isAtMost(begun.filter((one, i) => one !== begun[i - 1]).length, 3)
    const now = begun.length
    yield* Effect.sleep("500 millis")
    assert.strictEqual(begun.length, now)
    assert.isTrue(yield* servedBy("one"))
  })
)

onMemory(
  "a rebuild that an operator has cancelled is not begun again by its release",
  Effect.gen(function* () {
    yield* before
    const begun: Array<string> = []
    const slow = yield* slowly(begun)
    yield* running(release("two", 2), slow, { ...quick, pageSize: 1 })
    yield* until(
      Effect.sync(() => begun.length > 0),
      "not begun"
    )
    const { drop, stages } = yield* projectionsOf
    assert.isTrue(yield* drop("Towns", "next"))
    yield* Effect.sleep("600 millis")
    assert.deepStrictEqual(
      (yield* stages("Towns")).map(({ stage }) => stage),
      ["serving"]
    )
    assert.isTrue(yield* servedBy("one"))
  })
)

onMemory(
  "a cancelled release begins no rows after a restart either, until a rebuild is requested",
  Effect.gen(function* () {
    yield* before
    const begun: Array<string> = []
    const slow = yield* slowly(begun)
    const end = yield* running(release("two", 2), slow, { ...quick, pageSize: 1 })
    yield* until(
      Effect.sync(() => begun.length > 0),
      "not begun"
    )
    const { drop, rebuild, stages } = yield* projectionsOf
    assert.isTrue(yield* drop("Towns", "next"))
    yield* end
    yield* running(release("two", 2))
    yield* Effect.sleep("400 millis")
    assert.deepStrictEqual(
      (yield* stages("Towns")).map(({ fingerprint, stage }) => [stage, fingerprint]),
      [["serving", "one"]]
    )
    yield* rebuild("Towns", { fingerprint: "two" })
    yield* until(servedBy("two"), "it was requested, and is not served")
  })
)

onMemory(
  "a projector steps aside when its projection is removed, and rebuilds the rows after a restart",
  Effect.gen(function* () {
    yield* before
    const { remove, statuses } = yield* projectionsOf
    const end = yield* running(definition())
    yield* until(
      Effect.map(statuses, ([one]) => one?.owner !== undefined),
      "no process holds the lease"
    )
    yield* remove("Towns")
    yield* Effect.sleep("300 millis")
    assert.deepStrictEqual(yield* statuses, [])
    yield* end
    yield* running(definition())
    yield* (yield* StoredProjection.make(definition())).waitFor(60)
  })
)

onMemory(
  "every partition has a projector, also if the number of partitions changed while a turn began",
  Effect.gen(function* () {
    const { open, status, versions } = yield* projectionsOf
    const one = StoredProjection.runnable(definition())
    yield* open(one, 3)
    // As they were read when there was one partition.
    const stale = Effect.map(versions(one), ({ release, stages }) => ({
      release,
      stages: stages.map((each) => ({ ...each, partitions: each.partitions.slice(0, 1) }))
    }))
    const first = { versions: () => stale }
    yield* running(definition(), first, { ...quick, partitions: 3 })
    yield* until(
      Effect.map(status("Towns"), (one) => one?.partitions.every(({ owner }) => owner !== undefined) === true),
      "a partition has no projector"
    )
  })
)

onMemory(
  "a lease is renewed during the fold of a page that takes longer than the lease",
  Effect.gen(function* () {
    const slow: typeof bodies = {
      ...bodies,
      project: (row, event, origin, key) => {
        for (const since = performance.now(); performance.now() - since < 10;);
        return bodies.project(row, event, origin, key)
      }
    }
    const parcels = Array.from({ length: 60 }, () => sent(["Brno"]))
    const { position } = yield* put("1", ...parcels)
    const done: Array<string> = []
    const { renew, save } = yield* projectionsOf
    const note = (what: string) => Effect.sync(() => done.push(what))
    yield* running(definition("Towns", slow), {
      renew: (...args) => Effect.tap(renew(...args), note("renew")),
      save: (...args) => Effect.tap(save(...args), note("save"))
    })
    yield* (yield* StoredProjection.make(definition())).waitFor(position)
    assert.isAbove(done.indexOf("save"), 2)
  })
)

onMemory(
  "a projector that cannot promote rows because of readers tries less and less often",
  Effect.gen(function* () {
    yield* before
    let asked = 0
    yield* running(release("two", 2), {
      serve: () =>
        Effect.sync(() => {
          asked++
          return "busy" as const
        })
    })
    yield* until(
      Effect.sync(() => asked > 0),
      "never asked"
    )
    yield* Effect.sleep("1400 millis")
    assert.isAtLeast(asked, 2)
    assert.isAtMost(asked, 5)
  })
)

onMemory(
  "invalid options are refused before the projector begins",
  Effect.gen(function* () {
    const wrong: ReadonlyArray<readonly [object, RegExp]> = [
      [{ pageSize: 0 }, /pageSize 0 must be from 1 to 100,000/],
      [{ pageSize: -1 }, /pageSize -1 must be/],
      [{ pageSize: 1e9 }, /pageSize 1000000000 must be/],
      [{ lease: "0 millis" }, /lease is 0 ms, at least 50 are needed/],
      [{ lease: Number.NaN }, /lease is 0 ms/],
      [{ lease: "4 secs" }, /lease is "4 secs"; it is a duration such as "4 seconds"/],
      [{ lease: Infinity }, /lease is Infinity; it is a duration/],
      [{ retries: -1 }, /retries is -1; it is a whole number from 0/],
      [{ retries: Number.NaN }, /retries is NaN/],
      [{ cachedRows: 1.5 }, /cachedRows is 1\.5/],
      [{ maxParked: -1 }, /maxParked is -1/],
      [{ onChange: "rebiuld" }, /onChange is "rebiuld"; it is one of "rebuild", "stale", "refuse"/]
    ]
    const store = yield* EventStore.EventStore
    for (const [options, says] of wrong) {
      const error = yield* Effect.flip(running(definition(), {}, options))
      assert.strictEqual(error.reason._tag, "InvalidRequest")
      assert.match(error.message, says)
    }
    const over = Layer.succeed(EventStore.EventStore, store)
    for (const [options, says] of [
      [{ pageSize: 0 }, /InlineProjections\.layer: pageSize 0/],
      [JSON.parse('{ "onChange": "stale" }') as object, /onChange is "stale"; it is one of "rebuild", "refuse"/]
    ] as const) {
      const inline = InlineProjections.layer([StoredProjection.runnable(definition())], options)
      const error = yield* Effect.flip(Layer.build(Layer.provide(inline, over)))
      assert.match(error.message, says)
    }
    assert.deepStrictEqual(yield* store.projections!.statuses, [])
  })
)

onMemory(
  "waitFor refuses an invalid position",
  Effect.gen(function* () {
    const all = [yield* StoredProjection.make(definition()), yield* LiveProjection.make(definition())]
    for (const rows of all) {
      for (const place of [Number.NaN, Infinity, -1, 0.5, JSON.parse("null"), JSON.parse("{}")]) {
        const error = yield* Effect.flip(rows.waitFor(place as number, { timeout: "50 millis" }))
        assert.match(error.message, /^Towns\.waitFor: .* is neither a position, a whole number from 0, nor/)
      }
      const error = yield* Effect.flip(rows.waitFor(0, { timeout: JSON.parse('"soon"') as "1 second" }))
      assert.match(error.message, /timeout is "soon"; it is a duration such as "5 seconds"/)
      const future = yield* Effect.flip(rows.waitFor(1e9, { timeout: "20 millis" }))
      assert.strictEqual(future._tag, "ProjectionBehind")
    }
  })
)

onMemory(
  "a handler that throws or returns any value stops the projection, or parks the key, with its error",
  Effect.gen(function* () {
    const { position } = yield* put("1", sent(["Brno"]))
    const shown = /something was thrown that can't be shown as text/
    const fails =
      (thrown: unknown): typeof bodies.project =>
      () => {
        throw thrown
      }
    const handlers: ReadonlyArray<readonly [typeof bodies.project, RegExp]> = [
      [fails(Object.create(null)), shown],
      [fails(undefined), /undefined/],
      [
        (...args) => ({
          ...bodies.project(...args)!,
          get town(): string {
            throw new Error("not now")
          }
        }),
        /the row of key "Brno" does not fit its schema: .*threw: not now/
      ],
      [() => JSON.parse("null") as undefined, /does not fit its schema/]
    ]
    const { parked, status } = yield* projectionsOf
    for (const [i, [project, says]] of handlers.entries()) {
      for (const onFailure of ["stop", "park"] as const) {
        const name = `Odd${i}${onFailure}`
        yield* running({ ...definition(name, { ...bodies, project }, name.toLowerCase()), onFailure })
        yield* until(
          Effect.map(status(name), (one) => one?.problem !== undefined || one?.parked === 1),
          `${name} says nothing`
        )
        const now = yield* status(name)
        assert.strictEqual(now?.checkpoint.position, onFailure === "stop" ? 0 : position)
        assert.match(now?.problem ?? (yield* parked(name)).keys[0]!.error, says)
      }
    }
  })
)

onMemory(
  "a handler that takes longer than the lease continues if no other process wants the lease",
  Effect.gen(function* () {
    let folded = 0
    const slow: typeof bodies = {
      ...bodies,
      project: (row, event, origin, key) => {
        folded++
        for (const since = performance.now(); performance.now() - since < 450;);
        return bodies.project(row, event, origin, key)
      }
    }
    const { renew } = yield* projectionsOf
    // Like a distant server.
    yield* running(definition("Towns", slow), { renew: (...args) => Effect.delay(renew(...args), "20 millis") })
    const rows = yield* StoredProjection.make(definition("Towns", slow))
    const { position } = yield* put("1", ...Array.from({ length: 6 }, () => sent(["Brno"])))
    yield* rows.waitFor(position, { timeout: "5 minutes" })
    assert.strictEqual((yield* rows.get("Brno"))?.parcels, 6)
    assert.strictEqual(folded, 6)
  })
)
