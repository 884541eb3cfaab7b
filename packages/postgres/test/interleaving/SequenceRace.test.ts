/**
 * Shows why the horizon lock is taken on `pg_sequence_last_value` and not on `select last_value`.
 * No schedule of statements can show it, since it happens within microseconds of one `nextval`:
 * every 32nd call writes a value 32 higher into the page for the write-ahead log, and then the
 * right one. The function waits for the lock of the page in between, the select does not. The
 * mutant "the lock one too high" shows the effect of a lock that is too high.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { serverUrl, serverUrlOf } from "../server/serverUrl.ts"
import { freshSchema } from "../Stores.ts"
import * as Session from "./Session.ts"
import { isSoak } from "./Soak.ts"

const readings = {
  "select last_value": (sequence: string) => `select last_value into seen from ${sequence}`,
  pg_sequence_last_value: (sequence: string) => `seen := pg_sequence_last_value('${sequence}')`
}

/**
 * Returns the greatest distance of a reading above the last drawn position, within some seconds; 0
 * if it never was above.
 */
const race = Effect.fnUntraced(function* (
  reading: (sequence: string) => string,
  seconds: number,
  server: () => Promise<string> = serverUrl
) {
  const url = yield* Effect.promise(() => server())
  const schema = quote(freshSchema())
  const sequence = `${schema}.positions`
  const connection = Effect.map(
    Session.connect(url),
    (sql) => (text: string, parameters: ReadonlyArray<unknown>) => sql.unsafe(text, parameters).values
  )
  const observer = yield* connection
  for (const text of [
    `create schema ${schema}`,
    `create sequence ${sequence}`,
    `create function ${schema}.draw(until timestamptz) returns int language plpgsql as $$
begin
  while clock_timestamp() < until loop
    for i in 1..500 loop perform nextval('${sequence}'); end loop;
  end loop;
  return 0;
end $$`,
    `create function ${schema}.observe(until timestamptz) returns float8 language plpgsql as $$
declare
  seen bigint;
  drawn bigint;
begin
  perform nextval('${sequence}');
  while clock_timestamp() < until loop
    for i in 1..500 loop
      ${reading(sequence)};
      -- Later, and of a value that only grows: it can't be the smaller one.
      drawn := pg_sequence_last_value('${sequence}');
      if seen > drawn then return seen - drawn; end if;
    end loop;
  end loop;
  return 0;
end $$`
  ]) {
    yield* observer(text, [])
  }
  const call = (name: string, time: number) =>
    `select ${schema}.${name}(clock_timestamp() + ${time} * interval '1 second')`
  const drawers = yield* Effect.forEach(Array.from({ length: 2 }), () =>
    Effect.flatMap(connection, (run) => Effect.forkChild(run(call("draw", seconds), [])))
  )
  const [row] = yield* observer(call("observe", seconds), [])
  yield* Effect.forEach(drawers, Fiber.interrupt)
  return Number(row?.[0])
})

describe("sequence: while other transactions draw positions", () => {
  it.live(
    "select last_value returns values above the last drawn position",
    ({ annotate }) =>
      Effect.gen(function* () {
        const above = yield* race(readings["select last_value"], isSoak ? 120 : 20)
        assert.isAbove(above, 0)
        assert.isAtMost(above, 32)
        yield* Effect.promise(() => annotate(`${above} above it`))
      }),
    600_000
  )

  it.live(
    "pg_sequence_last_value returns no value above the last drawn position",
    () => Effect.map(race(readings.pg_sequence_last_value, isSoak ? 60 : 2), (above) => assert.strictEqual(above, 0)),
    600_000
  )

  it.live(
    "pg_sequence_last_value returns no such value on PostgreSQL 15",
    () =>
      Effect.map(
        race(readings.pg_sequence_last_value, isSoak ? 60 : 2, () => serverUrlOf(15)),
        (above) => assert.strictEqual(above, 0)
      ),
    600_000
  )
})
