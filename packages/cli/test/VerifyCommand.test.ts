/**
 * `eventfold verify` on the code of the examples, by a role that may only read: as cron calls it,
 * and in the process of the test.
 */
import { assert, it } from "@effect/vitest"
import { Grants } from "@eventfold/postgres"
import { Effect } from "effect"
import { EventId } from "eventfold"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { serverUrl } from "../../postgres/test/server/serverUrl.ts"
import { client, open } from "../../postgres/test/StoreOnServer.ts"
import { freshSchema } from "../../postgres/test/Stores.ts"
import { call, callProcess, type Ended } from "./CommandCalls.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))

const calledBy =
  (caller: typeof call) =>
  (url: string, args: ReadonlyArray<string>): Effect.Effect<Ended> =>
    Effect.promise(() => caller(["verify", ...args], { DATABASE_URL: url }, root))
const run = calledBy(call)
const inProcess = calledBy(callProcess)

it.live(
  "verify: exits with 0, 1, 64 or 70, prints mismatches, and keeps the file of its progress only if it is interrupted",
  () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(() => serverUrl())
      const schema = freshSchema()
      const folder = mkdtempSync(join(tmpdir(), "verify-command-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
      const place = join(folder, "verify.json")
      const sql = yield* client
      const role = `reader_${schema}`
      const store = yield* open(schema)
      const put = (
        stream: string,
        { _tag: type, ...data }: { readonly _tag: string; readonly [field: string]: string | number }
      ) =>
        Effect.gen(function* () {
          const event = { id: yield* EventId.make, type, schemaVersion: 1, data, metadata: {} }
          yield* store.append(stream, "any", [event])
        })
      yield* put("Account-1", { _tag: "AccountOpened", district: 1, statements: "monthly", overdraftLimit: "0" })
      yield* sql.unsafe(`create role "${role}" login password 'reader'`)
      yield* Effect.addFinalizer(() =>
        Effect.orDie(
          Effect.andThen(sql.unsafe(`drop owned by "${role}"`).unprepared, sql.unsafe(`drop role "${role}"`).unprepared)
        )
      )
      for (const statement of yield* Grants.statements({ role, schema, access: "read" })) yield* sql.unsafe(statement)
      const reader = new URL(url)
      reader.username = role
      reader.password = "reader"
      const verify = (...args: ReadonlyArray<string>) => run(reader.href, ["--schema", schema, ...args])
      const asCron = (...args: ReadonlyArray<string>) => inProcess(reader.href, ["--schema", schema, ...args])

      writeFileSync(place, "half of a pl")
      const [fine, none, usage, torn] = yield* Effect.all(
        [
          verify("--json"),
          run(url, ["--schema", "nowhere"]),
          run(url, ["--connections", "0"]),
          verify("--progress", place)
        ],
        { concurrency: 2 }
      )
      const nowhere = yield* verify("--progress", join(folder, "nowhere", "verify.json"))
      assert.deepStrictEqual([nowhere.code, nowhere.out], [64, ""])
      assert.match(nowhere.err, /^can't write \S+verify.json: ENOENT.*\n$/)
      assert.deepStrictEqual([fine.code, fine.err], [0, ""], fine.err + fine.out)
      const report = JSON.parse(fine.out)
      assert.deepInclude(report, { streams: 1, events: 1, mismatches: 0, truncated: 0 })
      assert.match(
        report.projections[0].left[0],
        /^no rows of it are stored$|^its rows, which this role may not read: GRANT/
      )
      assert.deepStrictEqual([none.code, none.out], [70, ""])
      assert.match(none.err, /^there is no store in schema "nowhere"/)
      assert.deepStrictEqual(usage, {
        code: 64,
        out: "",
        err: "--connections must be a whole number from 1 to 64, and is 0\n"
      })
      assert.deepStrictEqual([torn.code, torn.out], [64, ""])
      assert.match(
        torn.err,
        /verify.json does not hold the progress of a verification \(.*\): remove it to start again/
      )

      yield* put("Account-1", { _tag: "Emptied" })
      const left = { eventfold: "verify", format: 1, storeId: store.id, after: "", streams: 0, events: 0, truncated: 0 }
      const counts = {
        snapshots: 0,
        otherSnapshots: 0,
        mismatches: 0,
        digest: "0".repeat(32),
        folds: { Account: "older" }
      }
      writeFileSync(place, JSON.stringify({ ...left, ...counts }))
      const foreign = join(folder, "foreign.json")
      writeFileSync(foreign, JSON.stringify({ ...left, ...counts, storeId: "another" }))
      const [broken, other] = yield* Effect.all([asCron("--progress", place), verify("--progress", foreign)], {
        concurrency: 2
      })
      assert.strictEqual(broken.code, 1)
      assert.match(
        broken.out,
        /^Account-1 v2 Emptied: no event of this name is declared in Account\n2 events of 1 stream decoded and folded twice, in .*\n1 mismatch\n$/s
      )
      assert.match(broken.err, /verify.json was written by other folds: all streams are replayed again\n/)
      assert.isFalse(existsSync(place))
      assert.strictEqual(other.code, 64)
      assert.match(other.err, /foreign.json is of store another, and this is store /)
    }).pipe(Effect.scoped),
  600_000
)
