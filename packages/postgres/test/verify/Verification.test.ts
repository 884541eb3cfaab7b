/**
 * Replaying the whole log of a store: valid data passes, each kind of damage is reported with its
 * location, and nothing is written.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { EventStore, Projector } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import { KeyPartition } from "eventfold/store"
import { PgEventStore, SqlEventStore, Verification } from "@eventfold/postgres"
import { codeIn, unavailable } from "../../src/internal/sql/SqlFailure.ts"
import * as ReadOnly from "../../src/internal/verify/ReadOnly.ts"
import { apply, filled, fingerprint, type JarEvent, jars, type JarState, noted, put } from "./Jars.ts"
import { definition, projector, put as send, sent } from "../../../core/test/projection/Parcels.ts"
import { serverUrl, serverUrlOf } from "../server/serverUrl.ts"
import { connectOnce, freshSchema } from "../Stores.ts"

const onServer = (ask: () => Promise<string>) =>
  Effect.flatMap(Effect.promise(ask), (url) => PgEventStore.connect({ url, maxConnections: 5 }))
const databases = [
  ["PGlite", connectOnce],
  ["PostgreSQL", onServer(serverUrl)],
  // The oldest supported version, in the soak run.
  ...(process.env["EVENTFOLD_SOAK"] === undefined ? [] : [["PostgreSQL 15", onServer(() => serverUrlOf(15))] as const])
] as const

type Domain = Parameters<typeof Verification.run>[1]
type Options = NonNullable<Parameters<typeof Verification.run>[2]>

describe.each(databases)("on %s", (_, connector) => {
  const open = Effect.gen(function* () {
    const connected = yield* connector
    const schema = freshSchema()
    const store = yield* SqlEventStore.make(connected, { schema })
    const sql = (text: string) => connected.client.unsafe(text.replaceAll("$s", `"${schema}"`)).unprepared
    const verify = (options: Options = {}, domain: Partial<Domain> = {}) =>
      Effect.gen(function* () {
        const found: Array<Verification.Mismatch> = []
        const report = yield* Verification.run(
          connected,
          { aggregates: [jars()], projections: [], ...domain },
          { schema, onMismatch: (one) => Effect.sync(() => void found.push(one)), ...options }
        )
        return { report, found }
      })
    const filling = <A, E>(effect: Effect.Effect<A, E, EventStore.EventStore>) =>
      Effect.provideService(effect, EventStore.EventStore, store)
    return { connected, schema, sql, store, verify, filling }
  })

  /**
   * Streams of several lengths: shorter and longer than the pages that are folded, and than those
   * that are read.
   */
  const streams = Effect.gen(function* () {
    for (const [id, length] of [1, 2, 15, 16, 17, 40].entries()) {
      yield* put(
        String(id),
        Array.from({ length }, (_, i) => (i % 3 === 1 ? noted(`ů ${i}\n"`) : filled(i)))
      )
    }
  })

  it.live("verify: a whole log passes with any number of connections, and again from any place", () =>
    Effect.gen(function* () {
      const { filling, sql, store, verify } = yield* open
      yield* filling(streams)
      yield* store.archive("Jar-1", { reason: "full" })
      yield* store.unarchive("Jar-1")
      yield* filling(put("1", [filled(9)]))
      yield* sql(`insert into $s.events select nextval('$s.positions'), i, 5, 5, gen_random_uuid(), 1, 'Jar-long', 'Filled', '{"_tag":"Filled","beans":1}', '{}'
        from generate_series(1, 7001) i`)
      for (const [stream, version, state] of [
        ["Jar-3", 16, { beans: 85, notes: ['ů 7\n"', 'ů 10\n"', 'ů 13\n"'] }],
        // The order of keys is not part of a state.
        ["Jar-1", 3, { notes: ['ů 1\n"'], beans: 0 }],
        ["Jar-long", 6_500, { beans: 6_500, notes: [] }]
      ] as const) {
        const [[eventId] = []] = yield* sql(
          `select event_id::text from $s.events where stream_id = '${stream}' and version = ${version}`
        ).pipe(Effect.map((rows) => rows.map((row) => Object.values(row))))
        yield* store.snapshots!.save({
          stream,
          version,
          fingerprint,
          eventId: String(eventId),
          state: JSON.stringify(state)
        })
      }
      yield* store.snapshots!.save({
        stream: "Jar-3",
        version: 1,
        fingerprint: "another",
        eventId: "0192f0c1-7e2a-7b3c-8d4e-000000000000",
        state: "whatever"
      })

      const progress: Array<Verification.Progress> = []
      const { found, report } = yield* verify({
        rangeSize: 20,
        onProgress: (one) => Effect.sync(() => void progress.push(one))
      })
      assert.deepStrictEqual(found, [])
      const { digest, events, otherSnapshots, replayed, snapshots, truncated } = report
      const all = 1 + 2 + 15 + 16 + 17 + 40 + 3 + 7_001
      assert.deepStrictEqual(
        {
          events,
          replayed,
          streams: report.streams,
          snapshots,
          otherSnapshots,
          truncated,
          mismatches: report.mismatches
        },
        { events: all, replayed: all, streams: 7, snapshots: 3, otherSnapshots: 1, truncated: 0, mismatches: 0 }
      )
      assert.isAbove(progress.length, 2)
      for (const from of [progress[0]!, progress.at(-2)!]) {
        const again = yield* verify({ from, connections: 1, rangeSize: 30 })
        assert.deepStrictEqual([again.report.digest, again.report.events, again.found], [digest, all, []])
        assert.strictEqual(again.report.replayed, all - from.events)
      }
      // One state differs: one event more, and one less in another stream.
      yield* filling(put("2", [filled(1)]))
      assert.notStrictEqual((yield* verify()).report.digest, digest)
    })
  )

  it.live("verify: each damaged event and snapshot is reported, and no other one", () =>
    Effect.gen(function* () {
      const { filling, sql, store, verify } = yield* open
      yield* filling(streams)
      const event = (id: string, version: number, set: string) =>
        sql(`update $s.events set ${set} where stream_id = 'Jar-${id}' and version = ${version}`)
      yield* event("0", 1, `data = '{"beans":"many"}'`)
      yield* event("2", 3, "type = 'Emptied'")
      yield* event("2", 9, "data = 'no JSON'")
      yield* event("2", 12, "type = 'Noted'")
      yield* event("3", 16, `data = '{}'`)
      yield* sql("delete from $s.events where stream_id = 'Jar-4' and version in (1, 7)")
      yield* sql(`insert into $s.events select nextval('$s.positions'), i, 5, 5, gen_random_uuid(), 1, s, 'Opened', '{}', '{}'
        from generate_series(1, 3) i, unnest(array['Tin-1', 'lone']) s`)
      yield* store.truncate("Jar-1", { before: 2, reason: "old" })
      // Content that is missing without a truncation, or behind one; versions in another order than
      // the log; one that is too great.
      yield* filling(
        Effect.gen(function* () {
          yield* put("6", [filled(1), filled(2), filled(3)])
          yield* put("7", [filled(1), filled(2), filled(3), filled(4)])
          yield* put("8", [filled(1), filled(2)])
          yield* put("90", [filled(1), filled(2), filled(3)])
        })
      )
      yield* event("6", 2, "data = null")
      yield* store.truncate("Jar-7", { before: 3, reason: "old" })
      yield* event("7", 4, "data = null")
      yield* event("8", 2, "version = 9007199254740993")
      yield* sql(`update $s.events set version = version + 10 where stream_id = 'Jar-90' and version in (2, 3)`)
      yield* sql(`update $s.events set version = 15 - version where stream_id = 'Jar-90' and version in (12, 13)`)
      const snapshot = (stream: string, version: number, state: string) =>
        store.snapshots!.save({ stream, version, fingerprint, eventId: "0192f0c1-7e2a-7b3c-8d4e-000000000000", state })
      yield* snapshot("Jar-5", 40, '{"beans":1,"notes":[]}')
      yield* sql(
        `update $s.snapshots s set event_id = e.event_id from $s.events e where e.stream_id = s.stream_id and e.version = s.version`
      )
      yield* snapshot("Jar-9", 2, "{}")
      const { found, report } = yield* verify()
      assert.deepStrictEqual(
        found.map(({ kind, path, problem, stream, type, version }) => [
          [kind, stream, version, type, path].filter((part) => part !== undefined).join(" "),
          problem
        ]),
        [
          ["event Jar-0 1 Filled beans", "Expected number"],
          ["event Jar-2 3 Emptied", "no event of this name is declared in Jar"],
          [
            "event Jar-2 9 Filled",
            "the stored text is not JSON: SyntaxError: Unexpected token 'o', \"no JSON\" is not valid JSON"
          ],
          ["event Jar-2 12 Noted note", "Missing key"],
          ["event Jar-3 16 Filled beans", "Missing key"],
          ["stream Jar-4 2", "version 1 is missing before it"],
          ["stream Jar-4 8", "version 7 is missing before it"],
          ["snapshot Jar-5 40", "the snapshot is not what the events give (snapshot → events)"],
          ["event Jar-6 2 Filled", "its content is missing, and was not truncated"],
          ["event Jar-7 4 Filled", "its content is missing, and was not truncated"],
          [
            "stream Jar-8 9007199254740992",
            "no version can be read between 2 and 9007199254740992, which stands for the last one"
          ],
          ["stream Jar-90 3", "it stands before an earlier version in the log"],
          ["event Tin-1 1 Opened", "no aggregate Tin is declared"],
          ["event lone 1 Opened", "no aggregate lone is declared"],
          ["snapshot Jar-9 2", "there is a snapshot of a stream without events"]
        ]
      )
      assert.deepStrictEqual(found.find(({ stream }) => stream === "Jar-5")?.differences?.slice(0, 1), [
        "beans: 1 → 533"
      ])
      assert.deepStrictEqual([report.truncated, report.mismatches], [3, found.length])
    })
  )

  it.live(
    "verify: a stream with an id that its aggregate can't have is reported with the reason, and no other stream",
    () =>
      Effect.gen(function* () {
        const { filling, sql, verify } = yield* open
        yield* filling(put("žito a", [filled(1)]))
        yield* filling(put("-7", [filled(1), filled(2)]))
        yield* sql(`insert into $s.events select nextval('$s.positions'), i, 5, 5, gen_random_uuid(), 1, s, 'Filled', '{"_tag":"Filled","beans":1}', '{}'
        from generate_series(1, 2) i, unnest(array['Jar-', 'Jar-BIG', 'Jar-007', 'Jar']) s`)
        const { found, report } = yield* verify()
        const reasons = Object.fromEntries(
          found.map(({ kind, problem, stream, version }) => [`${kind} ${stream} ${version}`, problem])
        )
        assert.deepStrictEqual(Object.keys(reasons).sort(), [
          "stream Jar 1",
          "stream Jar- 1",
          "stream Jar-007 1",
          "stream Jar-BIG 1"
        ])
        assert.strictEqual(reasons["stream Jar 1"], "it has no id: streams of Jar are called Jar-…")
        assert.match(
          reasons["stream Jar- 1"]!,
          /^its id "" is written otherwise by the service, which reads and writes Jar-0$/
        )
        assert.match(reasons["stream Jar-BIG 1"]!, /^its id "BIG" does not decode: /)
        assert.strictEqual(
          reasons["stream Jar-007 1"],
          'its id "007" is written otherwise by the service, which reads and writes Jar-7'
        )
        assert.deepStrictEqual([report.mismatches, report.streams, report.replayed], [4, 6, 11])
      })
  )

  const remembered = { calls: 0 }
  const handlers: Readonly<Record<string, readonly [(state: JarState, event: JarEvent) => JarState, RegExp]>> = {
    "counts its calls": [
      (state, event) => ({ ...apply(state, event), beans: ++remembered.calls }),
      /^fold Jar-0 1 Filled folded again, .* gives another state beans: \d+ → \d+$/
    ],
    "changes the event it is given": [
      (state, event) => {
        const next = apply(state, event)
        if (event._tag === "Filled") Object.assign(event, { beans: event.beans + 1 })
        return next
      },
      /^fold Jar-0 1 Filled the handler changed the event $/
    ],
    "keeps what its schema does not know": [
      (state, event) => {
        const before: JarState & { readonly kept?: number } = state
        const kept = (before.kept ?? 0) + 1
        return { ...apply(state, event), kept, beans: kept } as JarState
      },
      /^fold Jar-5 2 Noted folded again, .* gives another state beans: 2 → 1$|^fold Jar-4 2 /
    ],
    throws: [
      (state, event) => {
        if (event._tag === "Filled" && event.beans === 39) throw new Error("too many")
        return apply(state, event)
      },
      /^fold Jar-5 40 Filled the handler threw: too many $/
    ],
    "gives what is no state": [
      (state, event) => ({ ...apply(state, event), beans: 0.5 }),
      /^fold Jar-0 1 Filled the state does not fit its schema: .*integer/s
    ]
  }
  it.live("verify: a fold that is not pure is reported with the first event and the fields", () =>
    Effect.gen(function* () {
      const { filling, verify } = yield* open
      yield* filling(streams)
      for (const [what, [handler, expected]] of Object.entries(handlers)) {
        const { found } = yield* verify({}, { aggregates: [jars(handler)] })
        const texts = found.map(
          ({ differences = [], kind, problem, stream, type, version }) =>
            `${kind} ${stream} ${version} ${type} ${problem} ${differences.join("; ")}`
        )
        assert.isTrue(
          texts.some((text) => expected.test(text)),
          `${what}: ${texts.join("\n") || "nothing was found"}`
        )
      }
      assert.deepStrictEqual((yield* verify()).found, [])
    })
  )

  it.live(
    "verify: rows of projections are compared up to their checkpoint, and rows that are not compared are reported",
    () =>
      Effect.gen(function* () {
        const { filling, sql, store, verify } = yield* open
        const one = definition()
        const domain = (runnable: StoredProjection.Runnable = StoredProjection.runnable(one)) => ({
          aggregates: [],
          projections: [runnable]
        })
        const outcome = (options: Options = {}, runnable?: StoredProjection.Runnable) =>
          Effect.map(verify(options, domain(runnable)), ({ found, report }) => ({
            found: found
              .filter(({ kind }) => kind === "projection")
              .map(({ differences: _, projection: __, kind: ___, ...rest }) => rest),
            ...report.projections[0]
          }))
        assert.deepStrictEqual((yield* outcome()).left, ["no rows of it are stored"])

        const scope = yield* Scope.make()
        yield* Layer.buildWithScope(
          Layer.provide(
            Projector.layer([StoredProjection.runnable(one)], { partitions: 3 }),
            Layer.succeed(EventStore.EventStore, store)
          ),
          scope
        )
        const rows = yield* filling(StoredProjection.make(one))
        yield* filling(
          Effect.gen(function* () {
            for (let i = 0; i < 9; i++)
              yield* send(String(i), sent(["Aš", "Brno", `town ${i}`], 20 + i, i === 3 ? "" : `n${i}`))
            yield* rows.waitFor((yield* send("1", { _tag: "Returned", to: ["town 1"] }, { _tag: "Ignored" })).position)
          })
        )
        yield* Scope.close(scope, Exit.void)
        const end = (yield* outcome()).compared?.position ?? 0
        // From here on the rows are behind: they do not include these events.
        yield* filling(send("10", sent(["Brno"], 5)))
        assert.deepStrictEqual(yield* outcome(), {
          found: [],
          name: "Towns",
          compared: { rows: 10, events: 10, position: end },
          left: [],
          mismatches: []
        })
        assert.match(
          (yield* outcome({ maxRows: 3 })).left![0]!,
          /more than --max-rows 3: .* eventfold projections rebuild Towns$/
        )
        const other = StoredProjection.runnable({ ...one, fingerprint: "two" })
        assert.match((yield* outcome({}, other)).left![0]!, /another release of its handlers/)

        const table = "$s_depot".replace("$s", "")
        const [{ name } = { name: "" }] = (yield* sql(
          `select format('%I.%I', schemaname, tablename) as name from pg_tables where tablename = 'towns' and schemaname ^@ trim('"' from '$s')`
        )) as ReadonlyArray<{ readonly name: string }>
        assert.include(name, table)
        // A partition that has not begun yet has no rows, which is no mismatch.
        const owns = KeyPartition.owner({ index: 1, of: 3 })!
        const theirs = ["Aš", "Brno", ...Array.from({ length: 9 }, (_, i) => `town ${i}`)].filter(owns)
        assert.isAbove(theirs.length, 0)
        yield* sql(
          `create table $s.aside as select * from ${name} where _key in (${theirs.map((key) => `'${key}'`).join(", ")})`
        )
        yield* sql(`delete from ${name} r using $s.aside a where a._key = r._key`)
        yield* sql(`create table $s.places as select * from $s.projection_partitions`)
        yield* sql("update $s.projection_partitions set position = 0, event_id = null where partition = 1")
        const behind = yield* outcome()
        assert.deepStrictEqual(
          [behind.found, (behind.compared?.rows ?? 0) + theirs.filter((key) => key !== "town 1").length],
          [[], 10]
        )
        yield* sql(`insert into ${name} select * from $s.aside`)
        assert.isAbove((yield* outcome()).found.length, 0)
        yield* sql(
          "update $s.projection_partitions p set position = l.position, event_id = l.event_id from $s.places l where l.partition = p.partition"
        )
        // Another text of the same number is the same number.
        yield* sql(`update ${name} set price = (price::text || '0')::numeric where _key = 'Aš'`)
        assert.deepStrictEqual((yield* outcome()).found, [])
        yield* sql(`update ${name} set parcels = 7 where _key = 'Brno'`)
        yield* sql(`delete from ${name} where _key = 'town 2'`)
        yield* sql(`update ${name} set _key = 'Plzeň' where _key = 'town 3'`)
        assert.deepStrictEqual((yield* outcome()).found, [
          { key: "Plzeň", problem: "this row is stored, and the events give none" },
          { key: "Brno", problem: "the row is not what the events give (stored → events)" },
          { key: "town 2", problem: "the events give a row, and none is stored" },
          { key: "town 3", problem: "the events give a row, and none is stored" }
        ])
        // A key with parked events has its earlier row.
        for (const [ordinal, key] of ["Brno", "town 2", "Plzeň", "town 3"].entries()) {
          yield* sql(`insert into $s.parked (name, stage, position, ordinal, key, event_id, type, attempts, parked_at)
          select 'Towns', 'serving', e.position, ${ordinal}, to_json('${key}'::text)::text, e.event_id, e.type, 1, 1
          from $s.events e order by e.position limit 1`)
        }
        const parked = yield* outcome()
        assert.deepStrictEqual(
          [parked.found, parked.left, parked.compared?.rows],
          [[], ["the rows of 4 parked keys"], 7]
        )
        yield* sql("delete from $s.parked")

        const thrown = StoredProjection.runnable({
          ...one,
          bodies: {
            ...projector,
            project: (row, event, origin, key) => {
              if (key === "town 4") throw new Error("no town 4")
              return projector.project(row, event, origin, key)
            }
          }
        })
        const failing = yield* outcome({}, thrown)
        assert.deepInclude(failing.found[0], { stream: "Parcel-4", version: 1, type: "Sent" })
        assert.match(failing.found[0]!.problem, /^can't be folded: .*no town 4/)
        assert.deepStrictEqual(failing.left, ["its rows, because not all of its events can be folded"])

        const unknown = yield* verify({}, { aggregates: [], projections: [] })
        assert.deepInclude(unknown.report.projections[0], {
          name: "Towns",
          left: ["its rows, because no projection of this name is declared"]
        })
        yield* sql(`update $s.projection_partitions set event_id = gen_random_uuid() where partition = 2`)
        assert.match((yield* outcome()).found[0]!.problem, /checkpoint is an event .* that the log does not have/)
        yield* sql(
          `update $s.projection_partitions p set event_id = e.event_id from $s.events e where e.position = p.position`
        )
        yield* sql(`update ${name} set last = 'infinity' where _key = 'town 5'`)
        assert.deepInclude((yield* outcome()).found, {
          key: "town 5",
          problem: "the stored row can't be read: Invalid time value"
        })
        const problemAfter = (change: string) =>
          Effect.andThen(
            sql(change),
            Effect.map(outcome(), ({ found }) => found.map(({ problem }) => problem).join())
          )
        assert.match(
          yield* problemAfter(`update $s.events set stream_id = 'Parcel-' where stream_id = 'Parcel-4'`),
          /^the log can't be folded: Towns: stream "Parcel-" has no id that decodes/
        )
        yield* sql(`update $s.events set stream_id = 'Parcel-4' where stream_id = 'Parcel-'`)
        yield* store.truncate("Parcel-3", { before: 2 })
        assert.deepStrictEqual((yield* outcome()).left, [
          "its rows, because they can't be rebuilt: Parcel-3 was truncated"
        ])
        assert.match(yield* problemAfter("delete from $s.projection_partitions"), /^it has rows, and no checkpoint$/)
        yield* sql("insert into $s.projection_partitions select * from $s.places")
        const column = `alter table ${name} rename column parcels to packets`
        yield* sql("delete from $s.events where stream_id = 'Parcel-3'")
        assert.match(yield* problemAfter(column), /^its table does not have the declared columns: .*parcels/)
        assert.match(yield* problemAfter(`drop table ${name}`), /^its rows are registered, but there is no table /)
      })
  )

  it.live("verify: its transactions can't write, for any role", () =>
    Effect.gen(function* () {
      const { connected, schema } = yield* open
      const readOnly = ReadOnly.make(connected.client, connected.place)
      for (const sight of ["each statement", "one snapshot"] as const) {
        const deleting = connected.client.unsafe(`delete from "${schema}".events`).unprepared
        const written = readOnly(sight, Effect.mapError(deleting, unavailable(connected.place)))
        const error = yield* Effect.flip(written)
        // READ ONLY SQL TRANSACTION
        assert.strictEqual(codeIn(error), "25006")
      }
    })
  )

  it.live("verify: a database without a store is refused, and no store is created", () =>
    Effect.gen(function* () {
      const connected = yield* connector
      const schema = freshSchema()
      const failure = yield* Effect.flip(Verification.run(connected, { aggregates: [], projections: [] }, { schema }))
      assert.match(failure.message, /there is no store in schema/)
      const found = yield* connected.client.unsafe("select 1 from pg_namespace where nspname = $1", [schema]).values
      assert.deepStrictEqual(found, [])
    })
  )
})
