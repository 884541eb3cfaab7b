/** The steps of a writer, on a connection of its own. */
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import type { Session } from "./Session.ts"

export interface Step {
  readonly name: string
  /** The point at which the statement pauses after this step; without one, the statement ends. */
  readonly until?: "lock" | "draw" | "insert"
  /** The statement to send; without one, a paused statement continues. */
  readonly send?: (writer: Session, schema: string) => Effect.Effect<unknown, unknown>
}

export interface Script {
  readonly pauses: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step>
  /** Number of events in the log at the end. */
  readonly events: number
}

type Send = NonNullable<Step["send"]>

const statement =
  (...texts: ReadonlyArray<string>): Send =>
  (writer) =>
    Effect.forEach(texts, (text) => writer.run(text), { discard: true })

const then =
  (...parts: ReadonlyArray<Send>): Send =>
  (writer, schema) =>
    Effect.forEach(parts, (part) => part(writer, schema), { discard: true })

/**
 * Returns a new stream each time: writers of the same stream wait for each other, and so have fewer
 * schedules.
 */
const append: Send = (writer, schema) =>
  writer.run(
    `select new_version::float8, new_position::float8 from ${schema}.append_one($1, 0, $2, 'T', 1, '{}', '{}', null)`,
    [`S-${randomUUID()}`, randomUUID()]
  )

/** Two events for one stream, by each of the functions that accept several. */
const appendTwo =
  (call: string): Send =>
  (writer, schema) =>
    writer.run(
      `select new_version from ${schema}.${call}, array[$2, $3]::uuid[], '{T,T}', '{1,1}', '{"{}","{}"}', '{"{}","{}"}',
        array[null, null]::bigint[])`,
      [`S-${randomUUID()}`, randomUUID(), randomUUID()]
    )
const appendMany = appendTwo("append_many($1, 0")
const appendBatch = appendTwo("append_batch(array[$1, $1], '{0,0}', '{1,2}'")
const appendAll = appendTwo("append_all('{0,0}', array[$1, $1], '{0,0}', '{1,2}'")

const failAndAppend: Send = (writer, schema) =>
  writer.run(`select ${schema}.fail_and_append($1, $2, $3)::text`, [`S-${randomUUID()}`, randomUUID(), randomUUID()])

const begin = statement("begin")
const draws = (send: Send = append, name = "locks and draws"): Step => ({ name, until: "insert", send })
const inserts: Step = { name: "inserts" }
const commits: Step = { name: "commits", send: statement("commit") }
const rollsBack: Step = { name: "rolls back", send: statement("rollback") }

const script = (events: number, steps: ReadonlyArray<Step>, pauses: ReadonlyArray<string> = ["insert"]): Script => ({
  events,
  steps,
  pauses
})

/** The two scripts of which all schedules are run. */
export const plain = {
  commits: script(1, [draws(then(begin, append)), inserts, commits]),
  "rolls back": script(0, [draws(then(begin, append)), inserts, rollsBack])
} as const satisfies Record<string, Script>

const twoPhase = (events: number, end: string): Script => {
  let transaction = ""
  return script(events, [
    draws(then(begin, append)),
    inserts,
    {
      name: "prepares",
      send: (writer) => {
        transaction = randomUUID()
        return writer.run(`prepare transaction '${transaction}'`)
      }
    },
    { name: `${end}s prepared`, send: (writer) => writer.run(`${end} prepared '${transaction}'`) }
  ])
}

const two = (send: Send): Script =>
  script(2, [draws(then(begin, send)), { name: "inserts and draws", until: "insert" }, inserts, commits])

/** Scripts keep state between their steps, so each writer of a schedule has its own. */
export const kinds: Readonly<Record<string, () => Script>> = {
  ...Object.fromEntries(Object.entries(plain).map(([name, of]) => [name, () => of])),
  "step by step": () =>
    script(
      1,
      [
        { name: "looks at the last position", until: "lock", send: then(begin, append) },
        { name: "locks", until: "draw" },
        { name: "draws", until: "insert" },
        inserts,
        commits
      ],
      ["lock", "draw", "insert"]
    ),
  "no transaction around it": () => script(1, [draws(), { name: "inserts and commits" }]),
  "appends twice": () => script(2, [draws(then(begin, append)), inserts, draws(), inserts, commits]),
  "appends several events": () => two(appendMany),
  "appends a batch": () => two(appendBatch),
  "appends all or nothing": () => two(appendAll),
  "begins earlier": () =>
    script(1, [
      {
        name: "begins and writes elsewhere",
        send: (writer, schema) => statement("begin", `insert into ${schema}.other values (1)`)(writer, schema)
      },
      draws(),
      inserts,
      commits
    ]),
  "one transaction after another": () =>
    script(2, [draws(then(begin, append)), inserts, commits, draws(then(begin, append)), inserts, commits]),
  "repeatable read": () =>
    script(1, [draws(then(statement("begin isolation level repeatable read"), append)), inserts, commits]),
  "rolls back to a savepoint": () =>
    script(1, [
      draws(then(begin, statement("savepoint s"), append)),
      inserts,
      { name: "rolls back to the savepoint", send: statement("rollback to s") },
      draws(),
      inserts,
      commits
    ]),
  "rolls back to a savepoint after an append": () =>
    script(2, [
      draws(then(begin, append)),
      inserts,
      draws(then(statement("savepoint s"), append)),
      { name: "inserts again" },
      draws(then(statement("rollback to s"), append), "rolls back to the savepoint and draws"),
      inserts,
      commits
    ]),
  "releases a savepoint": () =>
    script(2, [
      draws(then(begin, statement("savepoint s"), append)),
      inserts,
      { name: "releases the savepoint", send: statement("release s") },
      draws(),
      inserts,
      commits
    ]),
  "releases a savepoint and rolls back to an outer one": () =>
    script(1, [
      draws(then(begin, statement("savepoint outer_one", "savepoint s"), append)),
      inserts,
      { name: "releases the inner savepoint", send: statement("release s") },
      { name: "rolls back to the outer savepoint", send: statement("rollback to outer_one") },
      draws(),
      inserts,
      commits
    ]),
  "an exception is caught": () =>
    script(1, [
      draws(then(begin, failAndAppend)),
      { name: "inserts, fails, locks and draws again", until: "insert" },
      inserts,
      commits
    ]),
  "two-phase commit": () => twoPhase(1, "commit"),
  "two-phase rollback": () => twoPhase(0, "rollback")
}

/**
 * Writers of one stream wait for each other, so schedules do not include this script: its steps
 * can't be taken in any order.
 */
export const contended = (): Script => {
  const appendAny: Send = (writer, schema) =>
    writer.run(
      `select new_version::float8, new_position::float8 from ${schema}.append_one('Shared', -1, $1, 'T', 1, '{}', '{}', null)`,
      [randomUUID()]
    )
  return script(1, [draws(then(begin, appendAny)), inserts, commits])
}
