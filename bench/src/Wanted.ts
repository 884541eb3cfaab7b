/** Every row of a run, in order, with its goal. */
import type { Goal, Wanted } from "./Results.ts"

export const emmett = "Emmett 0.42"
const insert = "raw INSERT"
export const select = "raw SELECT"
export const aggregate = "SQL aggregate"

const atLeast = (value: number): Goal => ({ of: "ratio", is: "atLeast", value })
const atMost = (value: number): Goal => ({ of: "eventfold", is: "atMost", value })

/** Numbers of fibers that append at the same time, one measurement for each. */
export const fibers = [1, 16, 64, 256] as const

const append = (id: string, what: string, emmettGoal: number, rawGoal: number): ReadonlyArray<Wanted> => [
  { id, what, unit: "events/s", better: "more", baselineName: emmett, goal: atLeast(emmettGoal) },
  { id, what, unit: "events/s", better: "more", baselineName: insert, goal: atLeast(rawGoal) }
]

const latency = (count: number): ReadonlyArray<Wanted> =>
  ([50, 99] as const).flatMap((percent): ReadonlyArray<Wanted> => {
    const row = {
      id: `latency-${count}`,
      what: `p${percent} of appending 1 event, ${count === 1 ? "one after another" : `${count} fibers`}`,
      unit: "ms",
      better: "less" as const
    }
    return [
      { ...row, baselineName: emmett, goal: null },
      { ...row, baselineName: insert, goal: null }
    ]
  })

const executions: ReadonlyArray<Wanted> = [
  {
    id: "execute-10",
    what: "run a command on an aggregate of 10 events, one after another",
    unit: "commands/s",
    better: "more",
    baselineName: emmett,
    goal: atLeast(2)
  },
  {
    id: "execute-64",
    what: "run commands, 64 fibers on 64 aggregates of 10 events and more",
    unit: "commands/s",
    better: "more",
    baselineName: emmett,
    goal: atLeast(8)
  },
  {
    id: "execute-64-hot",
    what: "the same, with a cache of aggregates in the process",
    unit: "commands/s",
    better: "more",
    baselineName: emmett,
    goal: null
  },
  {
    id: "execute-100k",
    what: "run a command on an aggregate of 100,000 events with a snapshot",
    unit: "commands/s",
    better: "more",
    baselineName: "the same on 10 events",
    goal: atLeast(1 / 1.5)
  },
  {
    id: "execute-hot",
    what: "run a command on a cached aggregate",
    unit: "commands/s",
    better: "more",
    baselineName: "merely appending an event",
    goal: null
  }
]

/** A row for Eventfold's time and its goal, then one row for each peer. */
const generating = (id: string, what: string, seconds: number, peers: ReadonlyArray<string>): ReadonlyArray<Wanted> => {
  const row = { id, what, unit: "s", better: "less" as const }
  return [
    { ...row, baselineName: null, goal: atMost(seconds) },
    ...peers.map((baselineName) => ({ ...row, baselineName, goal: null }))
  ]
}

const converting = (kind: string, what: string, goal: number): ReadonlyArray<Wanted> =>
  ["decode", "encode"].map((way) => ({
    id: `${way}-${kind}`,
    what: `${way} events of ${what}`,
    unit: "events/s",
    better: "more",
    baselineName: "interpreted schema",
    goal: atLeast(goal)
  }))

export const wanted: ReadonlyArray<Wanted> = [
  ...append("append-1", "append 1 event, one after another", 2, 0.9),
  ...append("append-64", "append 1 event, 64 fibers, distinct streams", 10, 2.5),
  ...append("append-256", "append 1 event, 256 fibers, distinct streams", 15, 3.5),
  ...append("append-batch-100", "append 100 events at a time, one after another", 2, 0.8),
  {
    id: "load-10k",
    what: "load, decode and fold 10,000 events",
    unit: "events/s",
    better: "more",
    baselineName: emmett,
    goal: atLeast(2.5)
  },
  {
    id: "load-10k",
    what: "load, decode and fold 10,000 events",
    unit: "events/s",
    better: "more",
    baselineName: select,
    goal: atLeast(0.8)
  },
  ...executions,
  {
    id: "rebuild",
    what: "rebuild a keyed projection over 1,000,000 events",
    unit: "events/s",
    better: "more",
    baselineName: emmett,
    goal: atLeast(100)
  },
  {
    id: "rebuild",
    what: "rebuild a keyed projection over 1,000,000 events",
    unit: "events/s",
    better: "more",
    baselineName: select,
    goal: atLeast(0.6)
  },
  {
    id: "rebuild",
    what: "rebuild a keyed projection over 1,000,000 events",
    unit: "events/s",
    better: "more",
    baselineName: aggregate,
    goal: null
  },
  {
    id: "rebuild-memory",
    what: "resident memory of a process that rebuilds it, at most",
    unit: "MB",
    better: "less",
    baselineName: null,
    goal: atMost(300)
  },
  {
    id: "verify",
    what: "decode and fold twice 1,000,000 events of 24,725 streams, as `eventfold verify` does",
    unit: "events/s",
    better: "more",
    baselineName: null,
    goal: { of: "eventfold", is: "atLeast", value: 200_000 }
  },
  {
    id: "project-steady",
    what: "append 100 events at a time, until their rows can be read",
    unit: "events/s",
    better: "more",
    baselineName: null,
    goal: { of: "eventfold", is: "atLeast", value: 20_000 }
  },
  {
    id: "project-latency",
    what: "p99 from calling append to the row, 1,000 appends in a second",
    unit: "ms",
    better: "less",
    baselineName: null,
    goal: atMost(50)
  },
  {
    id: "fold",
    what: "fold 100,000 events of ten aggregates in memory",
    unit: "events/s",
    better: "more",
    baselineName: "hand-written switch",
    goal: atLeast(0.9)
  },
  {
    id: "hermetic",
    what: "fold an event with its handler in the hermetic realm",
    unit: "ns",
    better: "less",
    baselineName: "the bare fold",
    goal: null
  },
  {
    id: "laws",
    what: "all laws of an aggregate with ten events, 200 histories each",
    unit: "s",
    better: "less",
    baselineName: null,
    goal: atMost(3)
  },
  ...converting("plain", "plain fields", 3),
  ...converting("rich", "dates and bigints", 1.5),
  {
    id: "latency-lone",
    what: "p50 of a lone append, group append in place",
    unit: "ms",
    better: "less",
    baselineName: "the same function called alone",
    goal: atLeast(0.9)
  },
  ...fibers.flatMap(latency),
  {
    id: "stream-1m",
    what: "memory that streaming 1,000,000 events adds",
    unit: "MB",
    better: "less",
    baselineName: null,
    goal: atMost(50)
  },
  {
    id: "growth-append",
    what: "append, 64 fibers: rate at 10⁷ events in the log over rate at 10⁴",
    unit: "×",
    better: "more",
    baselineName: insert,
    goal: { of: "eventfold", is: "atLeast", value: 0.85 }
  },
  {
    id: "growth-load",
    what: "load of a fixed working set: rate at 10⁷ events in the log over rate at 10⁴",
    unit: "×",
    better: "more",
    baselineName: select,
    goal: { of: "eventfold", is: "atLeast", value: 0.85 }
  },
  ...generating("gen-cold", "eventfold gen, 400 events, nothing there yet", 1.5, [
    "graphql-codegen",
    "kysely-codegen",
    "prisma generate"
  ]),
  ...generating("check-noop", "eventfold check, 400 events, nothing changed", 0.4, [
    "graphql-codegen",
    "kysely-codegen"
  ]),
  ...generating("check-cold", "eventfold check, 400 events, all 800 handlers read for purity, no cache", 3, []),
  {
    id: "gen-watch",
    what: "eventfold gen --watch, 400 events, one file saved",
    unit: "s",
    better: "less",
    baselineName: null,
    goal: atMost(0.15)
  },
  {
    id: "tsc-generated",
    what: "tsc --noEmit over the code generated for 400 events",
    unit: "s",
    better: "less",
    baselineName: null,
    goal: atMost(1.5)
  }
]

export const ids: ReadonlyArray<string> = [...new Set(wanted.map(({ id }) => id))]
