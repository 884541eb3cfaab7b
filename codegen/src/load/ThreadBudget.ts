/**
 * Limits a thread by what it uses, so that a busy machine never fails an innocent program.
 *
 * A thread that works is limited by its CPU time. A thread that waits uses none: it is given up when it has neither worked nor
 * moved on during many ticks of this thread's own timer. A starved thread still gets some CPU time in so many ticks, since
 * the scheduler serves both; a machine that sleeps makes no ticks at all.
 */
import type { Worker } from "node:worker_threads"

export interface ThreadLimits {
  /** CPU time that the thread may use, in milliseconds. */
  readonly cpuMs: number
  /** How long the thread may do nothing at all, in milliseconds of full ticks. */
  readonly stillMs: number
}

/** What a thread has used by some time. */
export interface Sample {
  readonly cpuMs: number
  /** Time that its event loop has spent waiting. */
  readonly idleMs: number
  /** Steps that it has reported. */
  readonly steps: number
  /** By the clock. */
  readonly atMs: number
}

/** Why a thread was given up. */
export interface Exceeded {
  /** It works; its event loop waits for something; or it is stuck in one call that does not return. */
  readonly how: "works" | "waits" | "stuck"
  readonly cpuMs: number
  /** By the clock, for people: nothing depends on it. */
  readonly elapsedMs: number
}

/** Time between two samples, in milliseconds. */
export const tickMs = 100

/** A thread that used less CPU time than this within a tick did nothing in it, in milliseconds: answering samples takes some. */
const leastWorkMs = 2

/** Decides by samples whether a thread has exceeded its limits. */
export class ThreadLedger {
  readonly #limits: ThreadLimits
  readonly #first: Sample
  #last: Sample
  #stillMs = 0

  constructor(limits: ThreadLimits, first: Sample) {
    this.#limits = limits
    this.#first = first
    this.#last = first
  }

  /** Takes the sample of the next tick. */
  add(sample: Sample): Exceeded | undefined {
    const last = this.#last
    this.#last = sample
    const exceeded = (how: Exceeded["how"]): Exceeded => ({
      how,
      cpuMs: sample.cpuMs - this.#first.cpuMs,
      elapsedMs: sample.atMs - this.#first.atMs
    })
    if (sample.cpuMs - this.#first.cpuMs >= this.#limits.cpuMs) return exceeded("works")
    const isWaiting = sample.idleMs - last.idleMs > (sample.atMs - last.atMs) / 2
    const isStill = sample.steps === last.steps && (isWaiting || sample.cpuMs - last.cpuMs < leastWorkMs)
    // However late a tick is, it counts as one: what happened meanwhile on a busy machine is not known.
    this.#stillMs = isStill ? this.#stillMs + tickMs : 0
    return this.#stillMs >= this.#limits.stillMs ? exceeded(isWaiting ? "waits" : "stuck") : undefined
  }
}

/** CPU time of all threads of this process but this one, in milliseconds. */
const cpuOfOthersMs = (): number => {
  const all = process.cpuUsage()
  const own = process.threadCpuUsage()
  return (all.user + all.system - own.user - own.system) / 1_000
}

/**
 * Reads the CPU time that a thread has used since this was made.
 *
 * A thread answers between two statements. While it is in one long call it doesn't, and Node before 24.6 can't ask at all: then
 * what the threads of this process have used since counts as its own.
 */
class CpuMeter {
  readonly #thread: Worker
  /** What the thread had used before, by its first answer. */
  #beforeMs: number | undefined
  #knownMs = 0
  #othersMs = cpuOfOthersMs()
  #isAsking = false

  constructor(thread: Worker) {
    this.#thread = thread
  }

  read(): number {
    const found = this.#isAsking || !("cpuUsage" in this.#thread) ? this.#estimate() : this.#knownMs
    this.#ask()
    return found
  }

  #estimate(): number {
    return this.#knownMs + cpuOfOthersMs() - this.#othersMs
  }

  #ask(): void {
    if (this.#isAsking || !("cpuUsage" in this.#thread)) return
    this.#isAsking = true
    this.#thread.cpuUsage().then(
      ({ system, user }) => {
        const usedMs = (user + system) / 1_000
        this.#beforeMs ??= usedMs - this.#estimate()
        this.#knownMs = Math.max(this.#knownMs, usedMs - this.#beforeMs)
        this.#othersMs = cpuOfOthersMs()
        this.#isAsking = false
      },
      // It has ended, which its owner hears of.
      () => undefined
    )
  }
}

/** Watches a thread until it exceeds its limits, and calls back then. The result ends that. */
export const watchThread = (
  thread: Worker,
  limits: ThreadLimits,
  steps: () => number,
  giveUp: (why: Exceeded) => void
): (() => void) => {
  const meter = new CpuMeter(thread)
  const sample = (): Sample => ({
    cpuMs: meter.read(),
    idleMs: thread.performance.eventLoopUtilization().idle,
    steps: steps(),
    atMs: performance.now()
  })
  const ledger = new ThreadLedger(limits, sample())
  const timer = setInterval(() => {
    const exceeded = ledger.add(sample())
    if (exceeded === undefined) return
    clearInterval(timer)
    giveUp(exceeded)
  }, tickMs)
  return () => clearInterval(timer)
}
