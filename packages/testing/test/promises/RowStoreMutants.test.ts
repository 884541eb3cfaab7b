/** Stores that each break one promise about rows or places: a test of the conformance suite must find every one of them out. */
import { it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { EventStore, MemoryEventStore } from "eventfold"
import type { ProjectionStore, ReactionStore } from "eventfold/store"
import { expect } from "vitest"
import { ranges } from "../../src/internal/promises/RangePromises.ts"
import { leases } from "../../src/internal/promises/LeasePromises.ts"
import { places } from "../../src/internal/promises/PlacePromises.ts"
import { fencedWriting, finding, parking } from "../../src/internal/promises/RowPromises.ts"
import { stages } from "../../src/internal/promises/StagePromises.ts"

const promises = [fencedWriting, finding, ranges(5, 7), parking, stages, places, leases].flat()

const rows: Readonly<Record<string, (rows: ProjectionStore.Service) => Partial<ProjectionStore.Service>>> = {
  "a write that was refused passes for one that was not": ({ save }) => ({
    save: (...args) => Effect.as(save(...args), true)
  }),
  "rows are written without their place": ({ save }) => ({
    save: (one, lease, from, _, ...rest) => save(one, lease, from, from, ...rest)
  }),
  "rows that go stay": ({ save }) => ({
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
  "what is parked is forgotten": ({ save }) => ({
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
  "null is no value to look for": ({ find }) => ({
    find: (one, where) => find(one, Object.fromEntries(Object.entries(where).filter(([, value]) => value !== null)))
  }),
  "ranges are in the order of the keys": ({ range }) => ({
    range: (one, asked) => Effect.map(range(one, asked), (found) => found.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
  }),
  "rows of equal values are in the order of their keys, whichever way is asked for": ({ range }) => ({
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
  "a page of a range begins over": ({ range }) => ({
    range: (one, { after, ...asked }) =>
      range(one, after?.key.startsWith("a") === true ? asked : { ...asked, ...(after === undefined ? {} : { after }) })
  }),
  "what is counted is a page": ({ count, range }) => ({
    count: (one, asked) =>
      Effect.flatMap(count(one, asked), () => Effect.map(range(one, { ...asked, limit: 10 }), ({ length }) => length))
  }),
  "rows are ordered without an index": ({ page, range }) => ({
    range: (one, asked) =>
      one.table.indexes.some(({ columns }) => columns[0] === asked.fields[0] && columns.length === asked.fields.length)
        ? range(one, asked)
        : page(one, undefined, 10)
  }),
  "a row that is behind does not say so": ({ row }) => ({
    row: (one, key) => Effect.map(row(one, key), (found) => ({ ...found, parked: undefined }))
  }),
  "parked keys are in the order of their names": ({ parked }) => ({
    parked: (name, options) =>
      Effect.map(parked(name, options), ({ keys, next }) => ({
        keys: keys.toSorted((a, b) => (a.key < b.key ? 1 : -1)),
        next
      }))
  }),
  "a key is tried again under who writes": ({ retry, status }) => ({
    retry: (name, key) => (key === "a" ? Effect.as(status(name), 1) : retry(name, key))
  }),
  "a lease is given to whoever asks": ({ acquire }) => {
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
  "leases are not given back": () => ({ release: () => Effect.void }),
  "pausing ends no lease": () => ({ pause: () => Effect.void }),
  "resuming forgets why it stopped, and no more": ({ resume, status }) => ({
    resume: (name) => Effect.flatMap(status(name), (one) => (one?.problem === undefined ? resume(name) : Effect.void))
  }),
  "anybody can stop it": ({ acquire, stop }) => {
    const last = new Map<string, ProjectionStore.Lease>()
    return {
      acquire: (...args) =>
        Effect.tap(acquire(...args), (lease) => Effect.sync(() => lease && last.set(args[0].name, lease))),
      stop: (lease, problem) => stop(last.get(lease.name) ?? lease, problem)
    }
  },
  "the place is that of the partition that is furthest": ({ status }) => ({
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
  "a name may be of two domains": ({ open }) => ({
    open: (one, partitions) => open({ ...one, table: { ...one.table, domain: "conformance" } }, partitions)
  }),
  "rows that are behind are served": ({ serve }) => ({
    serve: (...args) => Effect.map(serve(...args), (served) => (served === "behind" ? "served" : served))
  }),
  "those before are not kept": ({ drop, serve }) => ({
    serve: (one, lease) =>
      Effect.tap(serve(one, lease), (served) => (served === "served" ? drop(one.name, "old") : Effect.void))
  }),
  "nothing ever differs": ({ compare }) => ({
    compare: (...args) =>
      Effect.map(compare(...args), (compared) =>
        compared === undefined ? undefined : { ...compared, differing: 0, keys: [] }
      )
  }),
  "going back changes nothing": ({ rollback, status }) => ({
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
  "whoever asks begins": ({ begin, rebuild }) => ({
    begin: (one, policy) =>
      Effect.andThen(Effect.ignore(rebuild(one.name, { fingerprint: one.fingerprint })), begin(one, policy))
  }),
  "a newer release waits for the one before it": ({ begin, stages, status }) => ({
    begin: (one, policy) =>
      Effect.flatMap(stages(one.name), (all) =>
        all.some(({ fingerprint, stage }) => stage === "next" && fingerprint !== one.fingerprint)
          ? Effect.map(status(one.name), (serving) => serving!)
          : begin(one, policy)
      )
  }),
  "what is given up is begun again": ({ drop, rebuild }) => ({
    drop: (name, stage) =>
      Effect.tap(drop(name, stage), () =>
        stage === "next" ? Effect.ignore(rebuild(name, { fingerprint: "two" })) : Effect.void
      )
  }),
  "a lease of rows that were discarded is one of those after them": ({ acquire, save }) => {
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
  "what is removed stays": () => ({ remove: () => Effect.void })
}

const reactions: Readonly<Record<string, (places: ReactionStore.Service) => Partial<ReactionStore.Service>>> = {
  "a place goes back": ({ save }) => {
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
  "it begins anew each time": ({ open, status }) => ({
    open: (name, start) =>
      Effect.flatMap(status(name), (one) =>
        one === undefined
          ? open(name, start)
          : Effect.succeed({ ...one, checkpoint: { ...one.checkpoint, position: 0 } })
      )
  }),
  "a pause is not told": ({ renew }) => ({
    renew: (...args) => Effect.map(renew(...args), (renewed) => renewed && { ...renewed, isPaused: false })
  }),
  "every lease can be renewed": ({ renew }) => ({
    renew: (...args) => Effect.map(renew(...args), (renewed) => renewed ?? { isPaused: false, retries: 0 })
  }),
  "leases are not given back": () => ({ release: () => Effect.void }),
  "events are put aside by anybody": ({ park }) => ({ park: (...args) => Effect.as(park(...args), true) }),
  "events are not put aside twice": ({ park }) => {
    const seen = new Set<string>()
    return {
      park: (lease, event) => {
        const isNew = !seen.has(event.eventId)
        if (isNew && event.problem !== "no 1") seen.add(event.eventId)
        return isNew ? park(lease, event) : Effect.succeed(true)
      }
    }
  },
  "delivered events stay aside": () => ({ unpark: () => Effect.succeed(true) }),
  "discarded events are there twice": ({ discard }) => ({ discard: (...args) => Effect.as(discard(...args), true) }),
  "all are listed, whatever is asked": ({ parked }) => ({ parked: (name) => parked(name) })
}

const killing = (name: string, broken: (store: EventStore.Service) => Partial<EventStore.Service>) =>
  it.live(`${name}: found out`, () =>
    Effect.gen(function* () {
      for (const { test } of promises) {
        const memory = yield* EventStore.EventStore
        const exit = yield* Effect.exit(
          Effect.provideService(Effect.scoped(test), EventStore.EventStore, { ...memory, ...broken(memory) })
        )
        if (Exit.isFailure(exit)) return
      }
      expect.fail("no test has found it out")
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

for (const [name, broken] of Object.entries(rows)) {
  killing(name, ({ projections }) => ({ projections: { ...projections!, ...broken(projections!) } }))
}
for (const [name, broken] of Object.entries(reactions)) {
  killing(`reactions: ${name}`, ({ reactions }) => ({ reactions: { ...reactions!, ...broken(reactions!) } }))
}

it.live("the store that breaks none keeps them all", () =>
  Effect.forEach(promises, ({ test }) => Effect.scoped(test), { discard: true }).pipe(
    Effect.provide(MemoryEventStore.layer)
  )
)
