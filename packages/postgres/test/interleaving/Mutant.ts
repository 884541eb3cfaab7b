/**
 * Broken stores: each with one rule of the log broken in its SQL, or with a reader that looks right
 * and loses events.
 */
import { Effect } from "effect"
import type { Edit } from "./PausedStore.ts"
import { mixed, type Random, sample, type Schedule, threeWriters, twoWriters } from "./Schedule.ts"
import type { Delivered, Options, Read } from "./Stage.ts"

export interface Variant extends Omit<Options, "url"> {
  /** Schedules among which one shows the lost event. */
  readonly needsPreparedTransactions?: boolean
  readonly schedules: (next: Random) => Iterable<Schedule>
}

const three = (next: Random) => sample(threeWriters, next)
/** Scripts that both commit: an event that is rolled back can't be lost. */
const two = (next: Random) => sample(twoWriters.slice(0, 1), next)
const kinds =
  (...names: ReadonlyArray<string>) =>
  (next: Random) =>
    mixed(next, names, ["after each step"])

const replaced = (of: string, find: Edit["find"], replace: string | Edit["replace"]): Edit => ({
  of,
  find,
  replace: typeof replace === "string" ? () => replace : replace
})

const delivered = (rows: ReadonlyArray<ReadonlyArray<unknown>>): ReadonlyArray<Delivered> =>
  rows.map(([id, position]) => ({ id: String(id), position: Number(position) }))

/** A reader of one statement; `$1` is the cursor. */
const oneStatement =
  (text: (schema: string) => string): Read =>
  (reader, schema, after, limit) =>
    Effect.map(reader.run(`${text(schema)} limit $2`, [BigInt(after), limit]), delivered)

const events = (schema: string, horizon: string) =>
  `select e.event_id::text, e.position::float8 from ${schema}.events e
    where e.position > $1 and e.position <= ${horizon} order by e.position`

/** The horizon, and then the events, all within one function. */
const readLog =
  (volatility: "stable" | "volatile") =>
  (schema: string): ReadonlyArray<string> => [
    `alter function ${schema}.horizon() ${volatility}`,
    `create function ${schema}.read_log(after bigint) returns table (id text, place float8) language plpgsql ${volatility} as $$
declare
  edge bigint := ${schema}.horizon();
begin
  return query ${events(schema, "edge").replace("$1", "after")};
end $$`
  ]

const callReadLog = oneStatement((schema) => `select id, place from ${schema}.read_log($1)`)

const twoStatements =
  (begin: string): Read =>
  (reader, schema, after, limit) =>
    Effect.gen(function* () {
      yield* reader.run(begin)
      const [row] = yield* reader.run(`select ${schema}.horizon()::text`)
      const rows = yield* reader.run(`${events(schema, "$2")} limit $3`, [
        BigInt(after),
        BigInt(String(row?.[0])),
        limit
      ])
      yield* reader.run("commit")
      return delivered(rows)
    })

/**
 * The transaction that wrote a row: the system column has only the lower half of its id, which
 * suffices here.
 */
const settled = "e.xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

const holds = /held := \S+\.hold\(\);/
const notHeld = "held := 0;"
const anyIsolation = replaced("horizon", /if current_setting\('transaction_isolation'\) <> .*? then/, "if false then")

/** Step (b) before step (a). */
const lockBeforeVisible = replaced(
  "horizon",
  / {2}select coalesce\(max\(e\.position\), 0\).*?\n {2}select min[^;]*;/s,
  (found) => {
    const middle = found.indexOf("\n  select min")
    return `${found.slice(middle + 1)}\n${found.slice(0, middle)}`
  }
)

/** The lock is taken once in a transaction, so that only the memory of a hold decides. */
const lockedOnce = replaced("hold", /perform pg_advisory_xact_lock_shared\(place .*?;\n/, "")

/**
 * A hold is remembered by a lock of the session, which no rollback drops, instead of a
 * transaction-local setting.
 */
const remembersForTheSession = [
  lockedOnce,
  replaced(
    "hold",
    "if split_part(held, ' ', 1) = xid then",
    `if exists (
    select from pg_locks l where l.locktype = 'advisory' and l.objsubid = 2 and l.pid = pg_backend_pid()
      and l.classid = 2000000 and l.objid = xid::oid
  ) then`
  ),
  replaced("hold", "set_config(setting, xid || ' ' || place, true)", "pg_advisory_lock(2000000, xid::int)")
]

export const mutants: Readonly<Record<string, Variant>> = {
  "the naive reader: up to the greatest visible position": {
    edits: [replaced("horizon", /coalesce\(least_lock, greatest_visible\)/, "greatest_visible")],
    schedules: three
  },
  "the transaction-id reader: events older than every running transaction, begun in another order than drawn": {
    read: oneStatement(
      (schema) => `select e.event_id::text, e.position::float8 from ${schema}.events e
        where e.position > $1 and ${settled} order by e.position`
    ),
    schedules: kinds("begins earlier")
  },
  "the transaction-id reader, with transactions that append twice": {
    read: oneStatement(
      (schema) => `select e.event_id::text, e.position::float8 from ${schema}.events e
        where e.position > $1 and ${settled} order by e.position`
    ),
    schedules: kinds("appends twice")
  },
  "max(position) where xid < xmin": {
    read: oneStatement((schema) => events(schema, `(select max(e.position) from ${schema}.events e where ${settled})`)),
    schedules: kinds("appends twice", "commits")
  },
  "U read after L": {
    edits: [lockBeforeVisible],
    readerSteps: [
      { name: "(b) asks for L", until: "(a)" },
      { name: "(a) asks for U", until: "(c)" },
      { name: "(c) reads", until: undefined }
    ],
    schedules: two
  },
  "a page read by the statement that asks for the horizon": {
    read: oneStatement((schema) => events(schema, `(select ${schema}.horizon())`)),
    schedules: two
  },
  "one STABLE function for the horizon and the page": {
    more: readLog("stable"),
    read: callReadLog,
    schedules: two
  },
  "a reader in REPEATABLE READ that is not refused": {
    edits: [anyIsolation],
    read: twoStatements("begin isolation level repeatable read"),
    schedules: two
  },
  "a cursor that goes to the horizon after a full page": {
    advance: ({ horizon }) => horizon,
    schedules: kinds("appends twice", "appends a batch")
  },
  "no lock": {
    edits: [replaced("append_one", holds, notHeld)],
    schedules: three
  },
  "no lock where several events are appended to a stream": {
    edits: [replaced("append_many", holds, notHeld)],
    schedules: kinds("appends several events", "commits")
  },
  "no lock for a batch": {
    edits: [replaced("append_batch", holds, notHeld)],
    schedules: kinds("appends a batch", "commits")
  },
  "no lock where all or nothing is appended": {
    edits: [replaced("append_all", holds, notHeld)],
    schedules: kinds("appends all or nothing", "commits")
  },
  "the lock taken after drawing": {
    edits: [
      replaced("append_one", holds, notHeld),
      replaced(
        "append_one",
        /returning t\.version, t\.position into new_version, new_position;/,
        (found, schema) => `${found}\n  perform ${schema}.hold();`
      )
    ],
    schedules: three
  },
  "the lock one too high": {
    edits: [replaced("hold", "(space << 48) | place", "(space << 48) | (1 + place)")],
    schedules: three
  },
  "the lock not taken again after a savepoint's rollback": {
    edits: remembersForTheSession,
    schedules: kinds("rolls back to a savepoint", "commits")
  },
  "the lock not taken again after a caught exception": {
    edits: remembersForTheSession,
    schedules: kinds("an exception is caught", "commits")
  },
  "a hold remembered without the transaction's id, beyond its end": {
    edits: [
      lockedOnce,
      replaced("hold", "xid text := pg_current_xact_id()::text", "xid text := 'held'"),
      replaced(
        "hold",
        "set_config(setting, xid || ' ' || place, true)",
        "set_config(setting, xid || ' ' || place, false)"
      )
    ],
    schedules: kinds("one transaction after another")
  },
  "locks of live sessions only: a prepared transaction has none": {
    edits: [replaced("horizon", "from pg_locks l\n", "from pg_locks l join pg_stat_activity a on a.pid = l.pid\n")],
    needsPreparedTransactions: true,
    schedules: kinds("two-phase commit", "commits")
  }
}

/** Stores that lose no event, and wait for transactions that don't append to them. */
export const stalling: Readonly<Record<string, Omit<Options, "url">>> = {
  "locks of other databases count too": {
    edits: [replaced("horizon", /\n {4}and l\.database = \(select [^;]*?\)(?=;)/, "")]
  },
  "locks of other stores count too": {
    edits: [replaced("horizon", / and \(l\.classid::bigint >> 16\) = \S+\.lock_space\(\)/, "")]
  }
}

/**
 * Equivalent stores: the order of the steps is kept. They separate the rules that matter from the
 * others.
 */
export const equivalents: Readonly<Record<string, Variant>> = {
  "a STABLE horizon, as long as events are read in a later statement": {
    more: (schema) => [`alter function ${schema}.horizon() stable`],
    schedules: two
  },
  "one VOLATILE function for the horizon and the page": {
    more: readLog("volatile"),
    read: callReadLog,
    schedules: two
  }
}
