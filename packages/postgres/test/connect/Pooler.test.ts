/**
 * A store behind a pooler that runs each transaction in another session, and loses prepared
 * statements.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { collect } from "../SubscriptionTools.ts"
import * as TransactionPooler from "../server/TransactionPooler.ts"
import { reasonOf } from "../StoreFixture.ts"
import { appendRaw, client, clientOf, eventually, open, url } from "../StoreOnServer.ts"
import { event, events, freshSchema } from "../Stores.ts"

const unbounded = { concurrency: "unbounded" } as const

/** A pooler with sessions of another program, which also run transactions of the store. */
const pooler = Effect.gen(function* () {
  const opened = yield* TransactionPooler.open(yield* url)
  const other = yield* clientOf(opened.url)
  yield* Effect.all(
    Array.from({ length: 3 }, () => other.unsafe("select pg_sleep(0.05)").unprepared),
    unbounded
  )
  return opened
})

it.live("pooler: without prepare: false the error names the pooler's setting and the option", () =>
  Effect.gen(function* () {
    const pooled = yield* pooler
    const schema = freshSchema()
    yield* open(schema)
    const using = Effect.gen(function* () {
      const store = yield* open(schema, { url: pooled.url })
      // The driver prepares a lost statement again, except in a transaction, which has failed by
      // then.
      for (let i = 0; i < 50; i++) {
        yield* store.append("A-1", "any", [event()])
        yield* store.projections!.inline!.append([{ stream: "A-1", expected: "any", events: events(1) }], [])
      }
    })
    const reason = yield* reasonOf(using)
    assert.strictEqual(reason._tag, "Unavailable")
    assert.isFalse(reason.isRetryable)
    const { host } = new URL(pooled.url)
    assert.match(
      reason._tag === "Unavailable" ? reason.problem : "",
      new RegExp(
        `^a pooler at ${host} runs transactions in several sessions and loses prepared statements \\(prepared statement .*\\)\\. Set max_prepared_statements above 0 in PgBouncer 1\\.21 or later, or open the store with prepare: false$`
      )
    )
  })
)

it.live("pooler: with prepare: false appends, reads, subscriptions, archiving and truncating work", () =>
  Effect.gen(function* () {
    const pooled = yield* pooler
    const schema = freshSchema()
    const store = yield* open(schema, { url: pooled.url, prepare: false, pollInterval: "50 millis" })
    const { positions } = yield* collect(store, { truncated: "skip" })
    yield* store.append("A-1", "noStream", events(1))
    yield* store.append("A-1", 1, events(5))
    yield* Effect.all(
      Array.from({ length: 100 }, (_, i) => store.append(`B-${i}`, "any", events(1))),
      unbounded
    )
    yield* store.appendAll([
      { stream: "A-1", expected: 6, events: events(2) },
      { stream: "C-1", expected: "any", events: events(300) }
    ])
    yield* store.projections!.inline!.append([{ stream: "C-2", expected: "any", events: events(2) }], [])
    const conflict = yield* reasonOf(store.append("A-1", 3, events(1)))
    assert.strictEqual(conflict._tag, "VersionConflict")
    const repeated = events(1)
    yield* store.append("D-1", "any", repeated)
    assert.isTrue((yield* store.append("D-1", "any", repeated)).repeated)
    yield* store.archive("D-1")
    yield* store.truncate("A-1", { before: 3 })
    const { id } = (yield* Stream.runCollect(store.read("C-2")))[0]!
    assert.deepInclude(yield* store.locate(id), { stream: "C-2", version: 1 })
    assert.strictEqual((yield* Stream.runCollect(store.read("C-1"))).length, 300)
    // An append of another process: the pooler passes on no notifications.
    yield* (yield* open(schema)).append("E-1", "any", events(1))
    const log = yield* Stream.runCollect(store.readAll({ truncated: "skip" }))
    yield* eventually(Effect.sync(() => positions().at(-1) === log.at(-1)!.position))
    // It has also seen events that were truncated later.
    const seen = new Set(positions())
    assert.isTrue(log.every(({ position }) => seen.has(position)))
    assert.isAbove(pooled.switches(), 10)
  })
)

it.live("pooler: with prepare: false a held stream does not block other streams, and a closed store opens again", () =>
  Effect.gen(function* () {
    const pooled = yield* pooler
    const schema = freshSchema()
    yield* Effect.scoped(open(schema, { url: pooled.url, prepare: false }))
    const store = yield* open(schema, { url: pooled.url, prepare: false })
    const sql = yield* client
    const waiting = yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* appendRaw(sql, schema, "Held-1")
        const waiting = yield* Effect.forkChild(store.append("Held-1", "any", events(1)), { startImmediately: true })
        for (let i = 0; i < 5; i++) yield* store.append(`Free-${i}`, "any", events(1))
        return waiting
      })
    )
    assert.strictEqual((yield* Fiber.join(waiting)).version, 2)
  })
)

it.live("pooler: the commands work behind it without options", () =>
  Effect.gen(function* () {
    const pooled = yield* pooler
    const schema = freshSchema()
    const store = yield* open(schema)
    const data = { district: 1, statements: "monthly", overdraftLimit: "0" }
    yield* store.appendAll(
      Array.from({ length: 2_000 }, (_, i) => ({ stream: `Account-${i}`, expected: "any", events: [event(data)] }))
    )
    // Sessions of another program are used in between.
    const other = yield* clientOf(pooled.url)
    for (let i = 0; i < 3; i++) {
      yield* Effect.forkChild(Effect.forever(other.unsafe("select pg_sleep(0.001)").unprepared))
    }
    const root = fileURLToPath(new URL("../../../..", import.meta.url))
    const parameters = ["packages/cli/src/bin.ts", "verify", "--url", pooled.url, "--schema", schema]
    const said = yield* Effect.callback<string>((resume) => {
      execFile(process.execPath, parameters, { cwd: root }, (error, out, err) =>
        resume(Effect.succeed(error === null ? "done" : `${out}${err}`))
      )
    })
    assert.strictEqual(said, "done")
  })
)
