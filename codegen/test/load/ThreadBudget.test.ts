/** Limits of a thread: the CPU time that it uses, never its duration on a busy machine. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { expect, it, onTestFinished } from "vitest"
import { type Exceeded, type Sample, ThreadLedger, watchThread } from "../../src/load/ThreadBudget.ts"
import { find } from "../../src/load/BusyThread.ts"

const hour = 3_600_000
const limits = { cpuMs: 10_000, stillMs: 30_000 }
const zero: Sample = { cpuMs: 0, idleMs: 0, steps: 0, atMs: 0 }

/** Feeds a ledger one sample after another, as each follows from its number. */
const after = (count: number, sample: (tick: number) => Partial<Sample>): Exceeded | undefined => {
  const ledger = new ThreadLedger(limits, zero)
  for (let tick = 1; tick <= count; tick++) {
    const exceeded = ledger.add({ ...zero, ...sample(tick) })
    if (exceeded !== undefined) return exceeded
  }
  return undefined
}

it("a thread that gets little CPU time on a busy machine may take hours", () => {
  expect(after(1_000, (tick) => ({ cpuMs: tick * 9, atMs: tick * hour }))).toBeUndefined()
  // In most ticks it was not scheduled at all.
  expect(after(1_000, (tick) => ({ cpuMs: Math.floor(tick / 250) * 100, atMs: tick * hour }))).toBeUndefined()
})

it("a thread that imports one file after another from a slow disk may take hours", () => {
  const slow = (tick: number) => ({ idleMs: tick * hour, atMs: tick * hour, steps: Math.floor(tick / 200) })
  expect(after(5_000, slow)).toBeUndefined()
})

it("a machine that sleeps for hours uses up nothing", () => {
  expect(after(100, (tick) => ({ cpuMs: tick, atMs: tick * 100 + (tick > 50 ? 9 * hour : 0) }))).toBeUndefined()
})

it("a thread that works is given up by its CPU time, and both times are named", () => {
  const works = after(1_000, (tick) => ({ cpuMs: tick * 50, atMs: tick * 400 }))
  expect(works).toEqual({ how: "works", cpuMs: 10_000, elapsedMs: 80_000 })
})

it("a thread that does nothing is given up, waiting or stuck in a call", () => {
  const waits = after(1_000, (tick) => ({ cpuMs: tick * 3, idleMs: tick * 95, atMs: tick * 100 }))
  expect(waits).toEqual({ how: "waits", cpuMs: 900, elapsedMs: 30_000 })
  const stuck = after(1_000, (tick) => ({ cpuMs: 7, atMs: tick * 100 }))
  expect(stuck).toEqual({ how: "stuck", cpuMs: 7, elapsedMs: 30_100 })
})

it.each([
  ["works", "for (;;) {}"],
  ["works", "let n = 3n ** 5000000n; for (let i = 0; i < 9; i++) n = n * n"],
  ["waits", "setInterval(() => {}, 1); await new Promise(() => {})"],
  ["stuck", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"]
] as const)("a thread that %s is given up as such: %s", async (how, program) => {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`))
  onTestFinished(() => void worker.terminate())
  const exceeded = await new Promise<Exceeded>((resolve) => {
    onTestFinished(watchThread(worker, { cpuMs: 400, stillMs: 1_500 }, () => 0, resolve))
  })
  expect(exceeded.how).toBe(how)
})

it("a thread that was looked for while it stood in a system call can still be ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "eventfold-thread-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const pipe = join(folder, "pipe")
  execFileSync("mkfifo", [pipe])
  const program = `
    const { readFileSync } = require("node:fs")
    const { parentPort } = require("node:worker_threads")
    parentPort.postMessage("reads")
    readFileSync(${JSON.stringify(pipe)})
    parentPort.postMessage("has read")
    for (let i = 0; ; i++);`
  const worker = new Worker(program, { eval: true })
  const heard: Array<string> = []
  worker.on("message", (text: string) => void heard.push(text))
  await expect.poll(() => heard).toEqual(["reads"])
  expect(await find(worker.threadId)).toBeUndefined()
  await writeFile(pipe, "x")
  // It pauses between the two statements, and goes on.
  await expect.poll(() => heard).toEqual(["reads", "has read"])
  expect(await worker.terminate()).toBe(1)
})
