/**
 * A model of the log without a database: a sequence, locks of writers, and visible events. Each
 * step is one atomic action of PostgreSQL; a commit has two steps, since it makes events visible
 * before it releases locks.
 */

export type WriterStep =
  /** The transaction writes something else, and so has an id before it appends. */
  | "begin"
  /** Reads the last drawn position; does nothing if the lock is already held. */
  | "look"
  /** Takes a shared lock on the position that was read. */
  | "lock"
  | "draw"
  | "insert"
  | "savepoint"
  | "rollback to savepoint"
  /** The first half of a commit: events become visible. */
  | "publish"
  /** The end of a transaction, also of one that published nothing. */
  | "release"

export type Script = ReadonlyArray<WriterStep>

/** Readable names of a writer's scripts; the last column of a counterexample. */
export const scripts = {
  commits: ["look", "lock", "draw", "insert", "publish", "release"],
  "rolls back": ["look", "lock", "draw", "insert", "release"],
  "appends twice": ["look", "lock", "draw", "insert", "look", "lock", "draw", "insert", "publish", "release"],
  "begins earlier": ["begin", "look", "lock", "draw", "insert", "publish", "release"],
  "rolls back to a savepoint": [
    "savepoint",
    "look",
    "lock",
    "draw",
    "insert",
    "rollback to savepoint",
    "look",
    "lock",
    "draw",
    "insert",
    "publish",
    "release"
  ],
  "rolls back to a savepoint after the lock": [
    "look",
    "lock",
    "savepoint",
    "draw",
    "insert",
    "rollback to savepoint",
    "look",
    "lock",
    "draw",
    "insert",
    "publish",
    "release"
  ]
} as const satisfies Record<string, Script>

/** Rules in which a broken store can differ. */
export interface WriterRules {
  /**
   * `true` if a rollback to a savepoint also forgets that the lock was held, when it drops the
   * lock.
   */
  readonly forgetsWithTheLock: boolean
  readonly publishesBeforeRelease: boolean
  readonly order: "lock before draw" | "draw before lock" | "no lock"
}

export const soundRules: WriterRules = {
  forgetsWithTheLock: true,
  publishesBeforeRelease: true,
  order: "lock before draw"
}

export interface Writer {
  readonly script: Script
  /** Number of steps that were taken. */
  readonly at: number
  readonly xid: number | undefined
  readonly looked: number | undefined
  /** `true` if the transaction assumes that it holds its lock. */
  readonly remembers: boolean
  readonly locks: ReadonlyArray<number>
  readonly drawn: number | undefined
  readonly inserted: ReadonlyArray<number>
  readonly savepoint: Pick<Writer, "remembers" | "locks" | "inserted"> | undefined
}

export interface VisibleEvent {
  readonly position: number
  readonly xid: number
}

export interface Log {
  readonly lastDrawn: number
  readonly nextXid: number
  readonly visible: ReadonlyArray<VisibleEvent>
  readonly writers: ReadonlyArray<Writer>
}

/** The script of a store with these rules. */
const ordered = (script: Script, { order, publishesBeforeRelease }: WriterRules): Script => {
  const isHold = (step: WriterStep) => step === "look" || step === "lock"
  const steps = script.flatMap((step): Script => {
    if (order !== "lock before draw" && isHold(step)) return []
    return order === "draw before lock" && step === "draw" ? ["draw", "look", "lock"] : [step]
  })
  return publishesBeforeRelease || !steps.includes("publish")
    ? steps
    : [...steps.filter((step) => step !== "publish"), "publish"]
}

export const make = (chosen: ReadonlyArray<Script>, rules: WriterRules): Log => ({
  lastDrawn: 0,
  nextXid: 1,
  visible: [],
  writers: chosen.map((script) => ({
    script: ordered(script, rules),
    at: 0,
    xid: undefined,
    looked: undefined,
    remembers: false,
    locks: [],
    drawn: undefined,
    inserted: [],
    savepoint: undefined
  }))
})

export const isOver = ({ at, script }: Writer): boolean => at === script.length

export const nextStep = ({ at, script }: Writer): WriterStep => script[at]!

/** Returns `pg_snapshot_xmin`: a snapshot sees all transaction ids below it as ended. */
export const leastRunningXid = ({ nextXid, writers }: Log): number =>
  Math.min(nextXid, ...writers.flatMap((w) => (w.xid === undefined || isOver(w) ? [] : [w.xid])))

export const leastLock = ({ writers }: Log): number => Math.min(...writers.flatMap(({ locks }) => locks))

export const greatest = (visible: ReadonlyArray<VisibleEvent>): number =>
  visible.reduce((most, { position }) => Math.max(most, position), 0)

/** Returns the log after the next step of one writer. */
export const step = (log: Log, index: number, rules: WriterRules): Log => {
  const before = log.writers[index]!
  const name = nextStep(before)
  let { lastDrawn, nextXid, visible } = log
  let writer: Writer = { ...before, at: before.at + 1 }
  if (writer.xid === undefined && name !== "savepoint") writer = { ...writer, xid: nextXid++ }
  switch (name) {
    case "begin":
      break
    case "look":
      if (!writer.remembers) writer = { ...writer, looked: lastDrawn }
      break
    case "lock":
      if (writer.looked !== undefined) {
        writer = { ...writer, locks: [...writer.locks, writer.looked], looked: undefined, remembers: true }
      }
      break
    case "draw":
      writer = { ...writer, drawn: ++lastDrawn }
      break
    case "insert":
      writer = { ...writer, inserted: [...writer.inserted, writer.drawn!], drawn: undefined }
      break
    case "savepoint": {
      const { inserted, locks, remembers } = writer
      writer = { ...writer, savepoint: { inserted, locks, remembers } }
      break
    }
    case "rollback to savepoint": {
      const { inserted, locks, remembers } = writer.savepoint!
      writer = { ...writer, inserted, locks, remembers: rules.forgetsWithTheLock ? remembers : writer.remembers }
      break
    }
    case "publish":
      visible = [...visible, ...writer.inserted.map((position) => ({ position, xid: writer.xid! }))]
      visible = visible.toSorted((x, y) => x.position - y.position)
      writer = { ...writer, inserted: [] }
      break
    case "release":
      writer = { ...writer, locks: [], savepoint: undefined }
      if (!writer.script.includes("publish")) writer = { ...writer, inserted: [] }
  }
  return { lastDrawn, nextXid, visible, writers: log.writers.with(index, writer) }
}
