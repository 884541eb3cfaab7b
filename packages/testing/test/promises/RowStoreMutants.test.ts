/**
 * Stores that each break one promise about rows or reactions: a test of the conformance suite has
 * to find each of them.
 */
import { it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { EventStore, MemoryEventStore } from "eventfold"
import type { ProjectionStore, ReactionStore } from "eventfold/store"
import { expect } from "vitest"
import { ranges } from "../../src/internal/promises/RangePromises.ts"
import { leases } from "../../src/internal/promises/LeasePromises.ts"
import { deliveries } from "../../src/internal/promises/ReactionPromises.ts"
import { fencedWriting, finding, parking } from "../../src/internal/promises/RowPromises.ts"
import { rebuilds } from "../../src/internal/promises/RebuildPromises.ts"

const promises = [fencedWriting, finding, ranges(5, 7), parking, rebuilds, deliveries, leases].flat()

const rows: Readonly<Record<string, (rows: ProjectionStore.Service) => Partial<ProjectionStore.Service>>> = {
  "a refused write is reported as successful": ({ save }) => ({
    save: (...args) => Effect.as(save(...args), true)
  }),
  "rows are written without their checkpoint": ({ save }) => ({
    save: (one, lease, from, _, ...rest) => save(one, lease, from, from, ...rest)
  }),
  "removed rows stay": ({ save }) => ({
    save: (one, lease, from, to, changes, ...rest) =>
      save(
        one,
        lease,
        from,
        to,
        changes.filter(({ row }) => row !== undefined),
        ...rest
      )
  }),
  "parked events are lost": ({ save }) => ({
    save: (one, lease, from, to, changes) => save(one, lease, from, to, changes)
  }),
  "pages are in the order of a locale": ({ page }) => ({
    page: (one, after, limit) =>
      Effect.map(page(one, undefined, 1_000), (all) =>
        all
          .toSorted((a, b) => a.key.localeCompare(b.key, "en"))
          .filter(({ key }) => after === undefined || key.localeCompare(after, "en") > 0)
          .slice(0, limit)
      )
  }),
  "null is not found": ({ find }) => ({
    find: (one, where) => find(one, Object.fromEntries(Object.entries(where).filter(([, value]) => value !== null)))
  }),
  "ranges are in the order of the keys": ({ range }) => ({
    range: (one, asked) => Effect.map(range(one, asked), (found) => found.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
  }),
  "rows of equal values are in ascending order of their keys, even in a descending range": ({ range }) => ({
    range: (one, asked) =>
      Effect.map(range(one, asked), (found) => {
        const valuesOf = ({ row }: ProjectionStore.KeyedRow) =>
          JSON.stringify(asked.fields.map((field): unknown => Reflect.get(Object(row), field)))
        return found.toSorted((a, b) => (valuesOf(a) === valuesOf(b) ? (a.key < b.key ? -1 : 1) : 0))
      })
  }),
  "bounds are in the range": ({ range }) => ({
    range: (one, { lower, upper, ...asked }) =>
      range(one, {
        ...asked,
        ...(lower === undefined ? {} : { lower: { ...lower, isInclusive: true } }),
        ...(upper === undefined ? {} : { upper: { ...upper, isInclusive: true } })
      })
  }),
  "absent values are in every range": ({ range }) => ({
    range: (one, { lower, ...asked }) =>
      range(one, asked.upper === undefined || lower === undefined ? asked : { ...asked, lower })
  }),
  "the next page of a range begins at the start": ({ range }) => ({
    range: (one, { after, ...asked }) =>
      range(one, after?.key.startsWith("a") === true ? asked : { ...asked, ...(after === undefined ? {} : { after }) })
  }),
  "a count counts one page": ({ count, range }) => ({
    count: (one, asked) =>
      Effect.flatMap(count(one, asked), () => Effect.map(range(one, { ...asked, limit: 10 }), ({ length }) => length))
  }),
  "rows are ordered without an index": ({ page, range }) => ({
    range: (one, asked) =>
      one.table.indexes.some(({ columns }) => columns[0] === asked.fields[0] && columns.length === asked.fields.length)
        ? range(one, asked)
        : page(one, undefined, 10)
  }),
  "a parked row is not reported as behind": ({ row }) => ({
    row: (one, key) => Effect.map(row(one, key), (found) => ({ ...found, parked: undefined }))
  }),
  "parked keys are in the order of their names": ({ parked }) => ({
    parked: (name, options) =>
      Effect.map(parked(name, options), ({ keys, next }) => ({
        keys: keys.toSorted((a, b) => (a.key < b.key ? 1 : -1)),
        next
      }))
  }),
  "a key is retried while another owner writes": ({ retry, status }) => ({
    retry: (name, key) => (key === "a" ? Effect.as(status(name), 1) : retry(name, key))
  }),
  "every owner gets the lease": ({ acquire }) => {
    const given = new Map<string, ProjectionStore.Lease>()
    return {
      acquire: (one, stage, ...rest) =>
        Effect.map(acquire(one, stage, ...rest), (lease) => {
          if (lease !== undefined && lease.partition.of === 1) given.set(one.name + stage, lease)
          return lease ?? given.get(one.name + stage)
        })
    }
  },
  "every lease can be renewed": ({ renew }) => ({ renew: (...args) => Effect.as(renew(...args), true) }),
  "leases are not released": () => ({ release: () => Effect.void }),
  "pausing ends no lease": () => ({ pause: () => Effect.void }),
  "resuming clears only the reason of the stop": ({ resume, status }) => ({
    resume: (name) => Effect.flatMap(status(name), (one) => (one?.problem === undefined ? resume(name) : Effect.void))
  }),
  "a process without a lease can stop a projection": ({ acquire, stop }) => {
    const last = new Map<string, ProjectionStore.Lease>()
    return {
      acquire: (...args) =>
        Effect.tap(acquire(...args), (lease) => Effect.sync(() => lease && last.set(args[0].name, lease))),
      stop: (lease, problem) => stop(last.get(lease.name) ?? lease, problem)
    }
  },
  "the checkpoint is that of the partition that is furthest ahead": ({ status }) => ({
    status: (name) =>
      Effect.map(status(name), (one) =>
        one === undefined
          ? undefined
          : {
              ...one,
              checkpoint: {
                ...one.checkpoint,
                position: Math.max(...one.partitions.map(({ position }) => position))
              }
            }
      )
  }),
  "two domains can use one name": ({ open }) => ({
    open: (one, partitions) => open({ ...one, table: { ...one.table, domain: "conformance" } }, partitions)
  }),
  "rows that are behind are promoted": ({ serve }) => ({
    serve: (...args) => Effect.map(serve(...args), (served) => (served === "behind" ? "served" : served))
  }),
  "the old rows are dropped at the promotion": ({ drop, serve }) => ({
    serve: (one, lease) =>
      Effect.tap(serve(one, lease), (served) => (served === "served" ? drop(one.name, "old") : Effect.void))
  }),
  "nothing ever differs": ({ compare }) => ({
    compare: (...args) =>
      Effect.map(compare(...args), (compared) =>
        compared === undefined ? undefined : { ...compared, differing: 0, keys: [] }
      )
  }),
  "a rollback changes nothing": ({ rollback, status }) => ({
    rollback: (name) =>
      Effect.flatMap(status(name), (one) => (one?.fingerprint === "two" ? Effect.succeed(one) : rollback(name)))
  }),
  "a restart is a new release": ({ enroll, rebuild }) => ({
    enroll: (one) =>
      Effect.andThen(
        enroll(one),
        Effect.andThen(Effect.ignore(rebuild(one.name, { fingerprint: one.fingerprint })), enroll(one))
      )
  }),
  "every release begins a rebuild": ({ begin, rebuild }) => ({
    begin: (one, policy) =>
      Effect.andThen(Effect.ignore(rebuild(one.name, { fingerprint: one.fingerprint })), begin(one, policy))
  }),
  "a newer release waits for the rebuild of an older one": ({ begin, stages, status }) => ({
    begin: (one, policy) =>
      Effect.flatMap(stages(one.name), (all) =>
        all.some(({ fingerprint, stage }) => stage === "next" && fingerprint !== one.fingerprint)
          ? Effect.map(status(one.name), (serving) => serving!)
          : begin(one, policy)
      )
  }),
  "a dropped rebuild begins again": ({ drop, rebuild }) => ({
    drop: (name, stage) =>
      Effect.tap(drop(name, stage), () =>
        stage === "next" ? Effect.ignore(rebuild(name, { fingerprint: "two" })) : Effect.void
      )
  }),
  "the lease of a dropped rebuild is valid for the next one": ({ acquire, save }) => {
    const last = new Map<string, ProjectionStore.Lease>()
    return {
      acquire: (one, stage, ...rest) =>
        Effect.tap(acquire(one, stage, ...rest), (lease) =>
          Effect.sync(() => lease && last.set(one.name + stage, lease))
        ),
      save: (one, lease, ...rest) =>
        save(one, lease.stage === "next" ? (last.get(one.name + lease.stage) ?? lease) : lease, ...rest)
    }
  },
  "a removed projection stays": () => ({ remove: () => Effect.void })
}

const reactions: Readonly<Record<string, (reactions: ReactionStore.Service) => Partial<ReactionStore.Service>>> = {
  "a checkpoint decreases": ({ save }) => {
    let isFirst = true
    return {
      save: (lease, to) => {
        const written = isFirst
          ? save(lease, to)
          : Effect.as(save(lease, { ...to, position: to.position + 1_000 }), true)
        isFirst = false
        return written
      }
    }
  },
  "a reaction begins again each time": ({ open, status }) => ({
    open: (name, start) =>
      Effect.flatMap(status(name), (one) =>
        one === undefined
          ? open(name, start)
          : Effect.succeed({ ...one, checkpoint: { ...one.checkpoint, position: 0 } })
      )
  }),
  "a pause is not reported": ({ renew }) => ({
    renew: (...args) => Effect.map(renew(...args), (renewed) => renewed && { ...renewed, isPaused: false })
  }),
  "every lease can be renewed": ({ renew }) => ({
    renew: (...args) => Effect.map(renew(...args), (renewed) => renewed ?? { isPaused: false, retries: 0 })
  }),
  "leases are not released": () => ({ release: () => Effect.void }),
  "a process without a lease parks events": ({ park }) => ({ park: (...args) => Effect.as(park(...args), true) }),
  "an event is parked only once": ({ park }) => {
    const seen = new Set<string>()
    return {
      park: (lease, event) => {
        const isNew = !seen.has(event.eventId)
        if (isNew && event.problem !== "no 1") seen.add(event.eventId)
        return isNew ? park(lease, event) : Effect.succeed(true)
      }
    }
  },
  "delivered events stay parked": () => ({ unpark: () => Effect.succeed(true) }),
  "discarded events stay parked": ({ discard }) => ({ discard: (...args) => Effect.as(discard(...args), true) }),
  "a filtered list contains all events": ({ parked }) => ({ parked: (name) => parked(name) })
}

const killing = (name: string, broken: (store: EventStore.Service) => Partial<EventStore.Service>) =>
  it.live(`the conformance suite finds the mutant: ${name}`, () =>
    Effect.gen(function* () {
      for (const { test } of promises) {
        const memory = yield* EventStore.EventStore
        const exit = yield* Effect.exit(
          Effect.provideService(Effect.scoped(test), EventStore.EventStore, { ...memory, ...broken(memory) })
        )
        if (Exit.isFailure(exit)) return
      }
      expect.fail("no test has found the mutant")
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

for (const [name, broken] of Object.entries(rows)) {
  killing(name, ({ projections }) => ({ projections: { ...projections!, ...broken(projections!) } }))
}
for (const [name, broken] of Object.entries(reactions)) {
  killing(`reactions: ${name}`, ({ reactions }) => ({ reactions: { ...reactions!, ...broken(reactions!) } }))
}

it.live("a correct store passes the conformance suite", () =>
  Effect.forEach(promises, ({ test }) => Effect.scoped(test), { discard: true }).pipe(
    Effect.provide(MemoryEventStore.layer)
  )
)
