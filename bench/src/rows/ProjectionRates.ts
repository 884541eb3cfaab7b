/**
 * Rate and latency of rows that a projector in another process writes while this process appends
 * events.
 */
import { Effect, Schema, type Scope } from "effect"
import type { EventStore } from "eventfold"
import { EventId } from "eventfold"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as path from "node:path"
import type pg from "pg"
import * as Eventfold from "../contenders/Eventfold.ts"
import { attempt, BenchFailed, database, pool } from "../Database.ts"
import { payload } from "../Payload.ts"
import { type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, quantile, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"

const program = path.join(import.meta.dirname, "../processes/ProjectorProgram.ts")
const Output = Schema.fromJsonString(Schema.Struct({ peakMB: Schema.Finite }))

/**
 * A projector in a separate process; `end` stops it and returns its peak resident memory, in
 * megabytes.
 */
const projector = (url: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [program, url], { stdio: ["pipe", "pipe", "inherit"] })
      let output = ""
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
      const ended = once(child, "close")
      return {
        child,
        end: attempt("ending the projector", async () => {
          child.stdin.end()
          await ended
          return output.slice(output.lastIndexOf("\n") + 1)
        }).pipe(Effect.flatMap((text) => Schema.decodeUnknownEffect(Output)(text)))
      }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

/**
 * Position that the rows have reached. One statement writes rows and checkpoint, so both become
 * visible together.
 */
const reached = (connected: pg.Pool): Effect.Effect<number, BenchFailed> =>
  attempt("reading the checkpoint", async () => {
    const { rows } = await connected.query<{ readonly position: string }>({
      name: "place",
      text: `select min(p.position) as position from ${Eventfold.schema}.projection_partitions p where p.stage = 'serving'`
    })
    return Number(rows[0]?.position ?? -1)
  })

const until = (connected: pg.Pool, position: number) =>
  Effect.gen(function* () {
    const deadline = performance.now() + 60_000
    while ((yield* reached(connected)) < position) {
      if (performance.now() > deadline) {
        return yield* new BenchFailed({ message: `the projector did not reach position ${position} within a minute` })
      }
      yield* Effect.sleep("1 millis")
    }
  })

const append = (store: EventStore.Service, account: string, version: number, size: number) =>
  Effect.flatMap(EventId.make, (fresh) => {
    const nth = EventId.series(fresh)
    return store.append(
      `Account-${account}`,
      version,
      Array.from({ length: size }, (_, i) => {
        const { data, type } = payload(version + i)
        return { id: nth(i), type, schemaVersion: 1, data, metadata: {} }
      })
    )
  })

/**
 * Appends `count` events, 100 at a time from eight fibers, and waits for the rows; returns events
 * per second.
 */
const steady = (store: EventStore.Service, connected: pg.Pool, round: number, count: number) =>
  Effect.gen(function* () {
    const start = performance.now()
    const appended = yield* Effect.forEach(
      Array.from({ length: count / 100 }, (_, i) => i),
      (i) => append(store, `steady-${round}-${i}`, 0, 100),
      { concurrency: 8 }
    )
    yield* until(connected, Math.max(...appended.map(({ position }) => position)))
    return (count * 1_000) / (performance.now() - start)
  })

/**
 * Appends an event each millisecond without waiting for earlier appends; returns the time until the
 * row of each event could be read.
 */
const latencies = (store: EventStore.Service, connected: pg.Pool, round: number, millis: number) =>
  Effect.gen(function* () {
    const accounts = 500
    const waiting: Array<{ readonly position: number; readonly begun: number }> = []
    const taken: Array<number> = []
    const start = performance.now()
    const sent = { begun: 0, ended: 0, isOver: false }
    const appending = Effect.gen(function* () {
      while (performance.now() - start < millis) {
        const due = Math.floor(performance.now() - start)
        for (; sent.begun < due; sent.begun++) {
          const at = start + sent.begun
          const [account, version] = [sent.begun % accounts, Math.floor(sent.begun / accounts)]
          yield* append(store, `latency-${round}-${account}`, version, 1).pipe(
            Effect.map(({ position }) => {
              sent.ended++
              waiting.push({ position, begun: at })
            }),
            Effect.forkChild
          )
        }
        yield* Effect.sleep("1 millis")
      }
      sent.isOver = true
      // The end of this fiber would interrupt appends that are still running.
      while (sent.ended < sent.begun && performance.now() - start < millis + 30_000) yield* Effect.sleep("10 millis")
    })
    const looking = Effect.gen(function* () {
      while (!sent.isOver || taken.length < sent.begun) {
        const position = yield* reached(connected)
        const now = performance.now()
        for (let i = waiting.length - 1; i >= 0; i--) {
          const one = waiting[i]!
          if (one.position > position) continue
          taken.push(now - one.begun)
          waiting.splice(i, 1)
        }
        if (now - start > millis + 30_000)
          return yield* new BenchFailed({
            message: `${sent.begun - sent.ended} appends failed, ${waiting.length} rows are missing`
          })
        yield* Effect.sleep("1 millis")
      }
    })
    yield* Effect.all([appending, looking], { concurrency: 2 })
    return { p99: quantile(taken, 0.99), p50: quantile(taken, 0.5), count: taken.length }
  })

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const mine = wanted.filter(({ id }) => ["project-steady", "project-latency"].includes(id) && plan.wants(id))
    if (mine.length === 0) return []
    const url = yield* database(plan.url, "projecting")
    const { store } = yield* Eventfold.services(url)
    const connected = yield* pool(url, 1)
    const { end } = yield* projector(url)
    yield* until(connected, 0)
    const done: Array<Row> = []
    const steadyRow = mine.find(({ id }) => id === "project-steady")
    const latencyRow = mine.find(({ id }) => id === "project-latency")
    const rounds = Array.from({ length: plan.rounds + 1 }, (_, round) => round)
    if (steadyRow !== undefined) {
      const count = plan.quick ? 10_000 : 50_000
      yield* say(`project-steady: ${plan.rounds} rounds of ${count} events`)
      const [, ...rates] = yield* Effect.forEach(rounds, (round) => steady(store, connected, round, count))
      done.push(measured(steadyRow, { eventfold: median(rates), spread: { eventfold: spread(rates), baseline: null } }))
    }
    if (latencyRow !== undefined) {
      const millis = plan.quick ? 2_000 : 5_000
      yield* say(`project-latency: ${plan.rounds} rounds of ${millis / 1_000} s`)
      const [, ...taken] = yield* Effect.forEach(rounds, (round) => latencies(store, connected, round, millis))
      const p99 = taken.map((one) => one.p99)
      done.push(
        measured(latencyRow, {
          eventfold: median(p99),
          spread: { eventfold: spread(p99), baseline: null },
          note: `p50 ${median(taken.map((one) => one.p50)).toFixed(1)} ms`
        })
      )
    }
    const { peakMB } = yield* end
    return done.map((row) => ({
      ...row,
      note: `${row.note === null ? "" : `${row.note}; `}the projector's process had ${peakMB.toFixed(0)} MB at most`
    }))
  })
