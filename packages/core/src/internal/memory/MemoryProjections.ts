/** Rows of projections in memory, beside `MemoryLog`. */
import { Clock, DateTime, Effect, type Schema } from "effect"
import * as Checkpoint from "../../Checkpoint.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import type {
  Compared,
  Described,
  IndexRange,
  Lease,
  Service,
  Stage,
  Status,
  Where
} from "../../store/ProjectionStore.ts"
import * as ProjectionRequest from "../../store/ProjectionRequest.ts"
import * as RowVersions from "../projection/RowVersions.ts"
import * as CanonicalJson from "../../store/CanonicalJson.ts"
import { byBytes } from "../work/ByteOrder.ts"
import type { MemoryLog } from "./MemoryLog.ts"
import { MemoryParking } from "./MemoryParking.ts"
import { MemoryPartitions, type Partition } from "./MemoryPartitions.ts"
import { MemoryReleases } from "./MemoryReleases.ts"
import * as RowOrder from "../projection/RowOrder.ts"
import { MemoryRows } from "./MemoryRows.ts"

export interface Kept {
  readonly fingerprint: string
  /** Of the projection that they are of. */
  readonly domain: string
  readonly rows: MemoryRows
  readonly parking: MemoryParking
  readonly partitions: MemoryPartitions
  isPaused: boolean
  problem: string | undefined
  isRebuildAsked: boolean
  acceptsParked: boolean
  compared: Compared | undefined
  /** What they are made of, where they are written with the events. */
  listens: { readonly aggregates: ReadonlyArray<string>; readonly types: ReadonlyArray<string> } | undefined
}

/** The rows of each projection, by stage. */
export type Tables = Map<string, Map<Stage, Kept>>

/** With more than this between partitions, the last one has not caught up yet. */
const apart = 10_000

const isSame = (a: Checkpoint.Checkpoint, b: Checkpoint.Checkpoint) =>
  a.position === b.position && a.eventId === b.eventId

/** A field that is not there is JSON of nothing. */
const textOf = (value: Schema.Json | undefined): string => (value === undefined ? "" : CanonicalJson.text(value))

const stages: ReadonlyArray<Stage> = ["serving", "next", "old"]

const endBoth = (a: Kept, b: Kept): void => {
  a.partitions.end()
  b.partitions.end()
}

/** Serves `next` in place of `serving`, which becomes `old`; whoever has a lease of either has none any more. */
export const replace = (stages: Map<Stage, Kept>, serving: Kept, next: Kept): Kept => {
  endBoth(serving, next)
  stages.set("old", { ...serving, listens: undefined })
  const served = { ...next, isPaused: serving.isPaused, acceptsParked: false }
  stages.set("serving", served)
  stages.delete("next")
  return served
}

export const make = (storeId: string, all: Tables, log: MemoryLog): Service => {
  let token = 0
  const nextToken = () => ++token
  const orders = new Map<string, MemoryReleases>()
  const releasesOf = (name: string): MemoryReleases => {
    const order = orders.get(name) ?? new MemoryReleases()
    orders.set(name, order)
    return order
  }
  const kept = (operation: string, name: string, stage: Stage = "serving"): Effect.Effect<Kept, EventStoreError> =>
    Effect.suspend(() => {
      const found = all.get(name)?.get(stage)
      return found === undefined ? Effect.fail(ProjectionRequest.noneSuch(operation, name)) : Effect.succeed(found)
    })
  /** The rows, where the lease is still the last one of them. */
  const leased = ({ name, partition, stage, token }: Lease) => {
    const one = all.get(name)?.get(stage)
    const held = one?.partitions.held(partition, token)
    return one === undefined || held === undefined ? undefined : { one, held }
  }
  const leaseOf = (name: string, stage: Stage, { checkpoint, index, of, token }: Partition): Lease => ({
    name,
    stage,
    partition: { index, of },
    token,
    checkpoint: { ...checkpoint }
  })
  const fresh = ({ fingerprint, table: { domain } }: Described, partitions: number): Kept => ({
    fingerprint,
    domain,
    rows: new MemoryRows(),
    parking: new MemoryParking(),
    partitions: new MemoryPartitions(storeId, partitions, nextToken),
    isPaused: false,
    problem: undefined,
    listens: undefined,
    isRebuildAsked: false,
    acceptsParked: false,
    compared: undefined
  })
  const statusOf = (name: string, stage: Stage, one: Kept, now: number): Status => {
    const { compared, fingerprint, isPaused, isRebuildAsked, listens, parking, partitions, problem } = one
    const { checkpoint, savedAt } = partitions
    const standing = partitions.statuses(now)
    const owners = [...new Set(standing.flatMap(({ owner }) => owner ?? []))]
    return {
      name,
      stage,
      fingerprint,
      release: releasesOf(name).placeOf(fingerprint),
      checkpoint: { ...checkpoint },
      partitions: standing,
      isInline: listens !== undefined,
      owner: owners.length === 0 ? undefined : owners.join(", "),
      isPaused,
      problem,
      savedAt,
      parked: parking.size,
      isRebuildAsked,
      compared,
      // Those that are written with the events are never behind, and their place is not.
      lag: listens !== undefined ? { events: 0, seconds: 0 } : log.lag(checkpoint.position, now)
    }
  }
  const statusesOf = (name: string, now: number): ReadonlyArray<Status> =>
    stages.flatMap((stage) => {
      const one = all.get(name)?.get(stage)
      return one === undefined ? [] : [statusOf(name, stage, one, now)]
    })
  /** Of the rows that are served, and of those that are made anew. */
  const each = (operation: string, name: string, change: (one: Kept) => void) =>
    Effect.map(kept(operation, name), () => {
      for (const one of all.get(name)!.values()) change(one)
    })
  /** Discards rows that are being made anew; a release that they are not served of begins them no more. */
  const giveUp = (name: string) =>
    Effect.map(kept("drop", name), (serving) => {
      const next = all.get(name)!.get("next")
      if (next !== undefined && next.fingerprint !== serving.fingerprint) releasesOf(name).giveUp(next.fingerprint)
      return all.get(name)!.delete("next")
    })
  /** The rows in the order of an index. */
  const inOrder = Effect.fnUntraced(function* (operation: string, projection: Described, range: IndexRange) {
    const invalid = ProjectionRequest.checkRange(projection, range)
    if (invalid !== undefined) return yield* invalid
    const { rows } = yield* kept(operation, projection.name)
    const types = RowOrder.typesOf(projection.table, range.fields)
    const entries = rows.inOrder(range.fields, types)
    return { entries, rows, types }
  })

  return {
    open: Effect.fnUntraced(function* (projection: Described, partitions) {
      const { name, table } = projection
      const before = all.get(name)
      const domain = before?.get("serving")?.domain
      if (domain !== undefined && domain !== table.domain) {
        return yield* ProjectionRequest.othersName(name, domain, table.domain)
      }
      const stages = before ?? new Map([["serving" as const, fresh(projection, partitions ?? 1)]])
      const serving = stages.get("serving")!
      // Nobody has ever kept the rows, so their keys may still be divided otherwise.
      if (partitions !== undefined && !serving.partitions.wereKept) {
        stages.set("serving", { ...serving, partitions: new MemoryPartitions(storeId, partitions, nextToken) })
      }
      all.set(name, stages)
      if (before === undefined) releasesOf(name).enroll(projection.fingerprint)
      return statusOf(name, "serving", stages.get("serving")!, yield* Clock.currentTimeMillis)
    }),
    enroll: ({ fingerprint, name }) => Effect.map(kept("enroll", name), () => releasesOf(name).enroll(fingerprint)),
    versions: ({ fingerprint, name }) =>
      Effect.map(Clock.currentTimeMillis, (now) => ({
        stages: statusesOf(name, now),
        release: orders.get(name)?.placeOf(fingerprint)
      })),
    begin: Effect.fnUntraced(function* (projection: Described, policy = RowVersions.projector) {
      const { fingerprint, name } = projection
      const serving = yield* kept("begin", name)
      const now = yield* Clock.currentTimeMillis
      const me = { fingerprint, release: releasesOf(name).enroll(fingerprint) }
      const decision = RowVersions.next(statusesOf(name, now), me, policy)
      if (decision._tag === "Begin") {
        if (serving.fingerprint === fingerprint) serving.isRebuildAsked = false
        all.get(name)!.set("next", fresh(projection, policy.partitions))
      }
      const stage = decision._tag === "Begin" || RowVersions.keeps(decision, "next") ? "next" : "serving"
      return statusOf(name, stage, yield* kept("begin", name, stage), now)
    }),
    serve: ({ name }, lease) =>
      Effect.sync(() => {
        const stages = all.get(name)
        const [serving, next] = [stages?.get("serving"), leased(lease)?.one]
        if (stages === undefined || serving === undefined || next === undefined || lease.stage !== "next") return "lost"
        // Only together with the log can rows take the place of those that are written with the events (see `MemoryInline`).
        if (serving.listens !== undefined) return "lost"
        const least = next.partitions.checkpoint.position
        if (least < serving.partitions.furthest || least < next.partitions.furthest - apart) return "behind"
        if (!next.acceptsParked && next.parking.hasOthersThan(serving.parking)) return "parked"
        replace(stages, serving, next)
        return "served"
      }),
    acquire: Effect.fnUntraced(function* ({ fingerprint, name }, stage, owner, milliseconds) {
      const now = yield* Clock.currentTimeMillis
      const one = all.get(name)?.get(stage)
      if (one === undefined || one.fingerprint !== fingerprint || one.listens !== undefined) return undefined
      if (one.isPaused || one.problem !== undefined) return undefined
      const held = one.partitions.acquire(owner, now, milliseconds)
      return held === undefined ? undefined : leaseOf(name, stage, held)
    }),
    seize: Effect.fnUntraced(function* ({ fingerprint, name }, lease, milliseconds) {
      const one = all.get(name)?.get("serving")
      if (leased(lease) === undefined || one === undefined || one.fingerprint !== fingerprint) return undefined
      if (one.listens !== undefined || one.isPaused || one.problem !== undefined) return undefined
      const now = yield* Clock.currentTimeMillis
      const next = all.get(name)?.get("next")?.partitions.all ?? []
      const others = next.filter(({ index }) => index !== lease.partition.index)
      const take = (stage: Stage, partitions: ReadonlyArray<Partition>) =>
        partitions.map((each) =>
          leaseOf(name, stage, one.partitions.take(each, `comparing ${name}`, now, milliseconds))
        )
      return [...take("serving", one.partitions.all), ...take("next", others)]
    }),
    compare: ({ name }, lease) =>
      Effect.sync(() => {
        const [serving, next] = [all.get(name)?.get("serving"), leased(lease)?.one]
        if (serving === undefined || next === undefined) return undefined
        const same = (key: string) => JSON.stringify(serving.rows.get(key)) === JSON.stringify(next.rows.get(key))
        const keys = [...new Set([...serving.rows.keys, ...next.rows.keys])].filter((key) => !same(key))
        next.compared = {
          position: next.partitions.checkpoint.position,
          rows: next.rows.size,
          differing: keys.length,
          keys: keys.sort(byBytes).slice(0, 20)
        }
        return next.compared
      }),
    renew: Effect.fnUntraced(function* (lease, milliseconds) {
      const found = leased(lease)
      return found?.one.partitions.renew(found.held, yield* Clock.currentTimeMillis, milliseconds) === true
    }),
    release: (lease) =>
      Effect.sync(() => {
        const found = leased(lease)
        found?.one.partitions.release(found.held)
      }),
    save: Effect.fnUntraced(function* (_, lease, from, to, changes, parked = []) {
      const found = leased(lease)
      if (found === undefined || !isSame(found.held.checkpoint, from)) return false
      const { held, one } = found
      for (const { key, row } of changes) {
        if (row === undefined) one.rows.delete(key)
        else one.rows.set(key, row)
      }
      held.checkpoint = { ...to }
      held.savedAt = yield* DateTime.now
      one.parking.add(parked, held.savedAt)
      return true
    }),
    // Whatever is JSON can be kept here.
    refused: () => Effect.succeed([]),
    parkedKeys: ({ name, stage }) => Effect.map(kept("parkedKeys", name, stage), ({ parking }) => parking.due()),
    waiting: Effect.fnUntraced(function* ({ name, stage }, key, limit) {
      const { parking } = yield* kept("waiting", name, stage)
      const { error, events } = log.content(
        parking
          .positions(key)
          .slice(0, limit)
          .map((position) => log.rows[position - 1]!)
      )
      return error !== undefined && events.length === 0 ? yield* error : events
    }),
    unpark: Effect.fnUntraced(function* (_, lease, retried) {
      const found = leased(lease)
      if (found === undefined) return false
      const { held, one } = found
      const { change } = retried
      if (change !== undefined) {
        if (change.row === undefined) one.rows.delete(change.key)
        else one.rows.set(change.key, change.row)
      }
      one.parking.take(retried)
      held.savedAt = yield* DateTime.now
      return true
    }),
    parked: Effect.fnUntraced(function* (name, options = {}) {
      const { limit = 100, stage = "serving" } = options
      const after = yield* Effect.fromResult(ProjectionRequest.parkedAfter(options))
      yield* kept("parked", name)
      const keys = (all.get(name)?.get(stage)?.parking.list(stage, log) ?? [])
        .filter((one) => after === undefined || ProjectionRequest.comesAfter(one, after))
        .slice(0, limit)
      return { keys, next: keys.length < limit ? undefined : ProjectionRequest.parkedNext(keys.at(-1)!) }
    }),
    retry: Effect.fnUntraced(function* (name, key) {
      yield* kept("retry", name)
      let count = 0
      for (const stage of ["serving", "next"] as const) {
        const one = all.get(name)?.get(stage)
        const due = one?.parking.retry(key) ?? 0
        count += due
        if (one === undefined || due === 0) continue
        one.partitions.end()
      }
      return count === 0 && key !== undefined ? yield* ProjectionRequest.notParked(name, key) : count
    }),
    rebuild: Effect.fnUntraced(function* (name, options = {}) {
      const serving = yield* kept("rebuild", name)
      const { fingerprint = serving.fingerprint } = options
      const releases = releasesOf(name)
      if (releases.placeOf(fingerprint) === undefined) {
        return yield* ProjectionRequest.noRelease(name, fingerprint, releases.fingerprints)
      }
      const next = all.get(name)?.get("next")
      if (next !== undefined && next.problem === undefined) return yield* ProjectionRequest.underWay("rebuild", name)
      yield* giveUp(name)
      if (options.fingerprint !== undefined) releases.promote(fingerprint)
      if (fingerprint === serving.fingerprint) serving.isRebuildAsked = true
    }),
    rollback: Effect.fnUntraced(function* (name) {
      const serving = yield* kept("rollback", name)
      const stages = all.get(name)!
      const old = stages.get("old")
      if (serving.listens !== undefined) return yield* ProjectionRequest.isInline(name)
      if (stages.has("next") || serving.isRebuildAsked) return yield* ProjectionRequest.underWay("rollback", name)
      if (old === undefined) return yield* ProjectionRequest.noRowsBefore(name)
      endBoth(serving, old)
      const now = { ...old, isPaused: serving.isPaused }
      stages.set("serving", now)
      stages.set("old", serving)
      releasesOf(name).promote(now.fingerprint)
      return statusOf(name, "serving", now, yield* Clock.currentTimeMillis)
    }),
    drop: Effect.fnUntraced(function* (name, stage) {
      const serving = yield* kept("drop", name)
      if (stage === "old") return all.get(name)!.delete(stage)
      const isAsked = serving.isRebuildAsked
      serving.isRebuildAsked = false
      return (yield* giveUp(name)) || isAsked
    }),
    remove: (name) =>
      Effect.flatMap(kept("remove", name), ({ listens }) => {
        if (listens !== undefined) return Effect.fail(ProjectionRequest.removesInline(name))
        all.delete(name)
        orders.delete(name)
        return Effect.void
      }),
    stop: (lease, problem) =>
      Effect.sync(() => {
        const found = leased(lease)
        if (found === undefined) return
        found.one.problem = problem
        found.one.partitions.end()
      }),
    pause: (name) =>
      each("pause", name, (one) => {
        one.isPaused = true
        one.partitions.end()
      }),
    resume: (name, { acceptParked = false } = {}) =>
      each("resume", name, (one) => {
        one.isPaused = false
        one.problem = undefined
        one.acceptsParked ||= acceptParked
      }),
    status: (name) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const one = all.get(name)?.get("serving")
        return one === undefined ? undefined : statusOf(name, "serving", one, now)
      }),
    stages: (name) => Effect.map(Clock.currentTimeMillis, (now) => statusesOf(name, now)),
    statuses: Effect.map(Clock.currentTimeMillis, (now) =>
      [...all.keys()].toSorted(byBytes).flatMap((name) => statusesOf(name, now))
    ),
    row: ({ name }, key) =>
      Effect.map(kept("row", name), ({ parking, rows }) => {
        const row = rows.get(key)
        return {
          row: row === undefined ? undefined : { key, row },
          parked: parking.head(key, "serving", log)
        }
      }),
    rows: ({ name }, stage, keys) => Effect.map(kept("rows", name, stage), ({ rows }) => rows.of(keys)),
    page: ({ name }, after, limit) =>
      Effect.map(kept("page", name), ({ rows }) => {
        const from = after === undefined ? 0 : rows.keys.findIndex((key) => byBytes(key, after) > 0)
        return from < 0 ? [] : rows.of(rows.keys.slice(from, from + limit))
      }),
    find: ({ name }, where: Where) =>
      Effect.map(kept("find", name), ({ rows }) =>
        rows.filter((row) =>
          Object.entries(where).every(([field, value]) => textOf(Reflect.get(Object(row), field)) === textOf(value))
        )
      ),
    range: (projection, range) =>
      Effect.map(inOrder("range", projection, range), ({ entries, rows, types }) =>
        rows.of(RowOrder.select(types, entries, range))
      ),
    count: (projection, range) =>
      Effect.map(inOrder("count", projection, range), ({ entries, types }) => RowOrder.count(types, entries, range))
  }
}
