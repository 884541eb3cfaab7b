/**
 * Limits the resources of a thread, so that a busy machine never causes a correct program to fail.
 *
 * A busy thread is limited by its CPU time. A waiting thread uses none, so it is stopped when it
 * has neither used CPU time nor reported a step during many ticks of a timer in this thread. In so
 * many ticks the scheduler gives even a starved thread some CPU time, and a machine that sleeps has
 * no ticks.
 */
import type { Worker } from "node:worker_threads"

export interface ThreadLimits {
  /** Maximum CPU time, in milliseconds. */
  readonly cpuMs: number
  /** Maximum time without CPU time or steps, in milliseconds of full ticks. */
  readonly stillMs: number
}

/** Resources that a thread has used until a point in time. */
export interface Sample {
  readonly cpuMs: number
  /** Idle time of its event loop. */
  readonly idleMs: number
  /** Number of steps that it has reported. */
  readonly steps: number
  /** Time of the sample. */
  readonly atMs: number
}

/** The limit that a thread exceeded. */
export interface Exceeded {
  /**
   * `works`: it uses CPU time. `waits`: its event loop is idle. `stuck`: it is in one call that
   * does not return.
   */
  readonly how: "works" | "waits" | "stuck"
  readonly cpuMs: number
  /** Elapsed time, only for the message. */
  readonly elapsedMs: number
}

/** Time between two samples. */
export const tickMs = 100

/**
 * A thread that used less CPU time in a tick was idle, because answering a sample uses some, too.
 */
const minWorkMs = 2

/** Decides from samples if a thread has exceeded its limits. */
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

  /** Adds the sample of the next tick; returns the limit that is exceeded, if any. */
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
    const isStill = sample.steps === last.steps && (isWaiting || sample.cpuMs - last.cpuMs < minWorkMs)
    // A late tick counts as one tick, because a busy machine may have run neither thread in the
    // meantime.
    this.#stillMs = isStill ? this.#stillMs + tickMs : 0
    return this.#stillMs >= this.#limits.stillMs ? exceeded(isWaiting ? "waits" : "stuck") : undefined
  }
}

/** Returns the CPU time of all other threads of this process. */
const otherThreadsCpuMs = (): number => {
  const all = process.cpuUsage()
  const own = process.threadCpuUsage()
  return (all.user + all.system - own.user - own.system) / 1_000
}

/**
 * Measures the CPU time of a thread since the meter was created.
 *
 * A thread answers requests between two statements, so not during one long call. Node before 24.6
 * has no such request. In both cases, the CPU time of all other threads counts as that of the
 * thread.
 */
class CpuMeter {
  readonly #thread: Worker
  /** CPU time before the meter was created, derived from the first answer. */
  #beforeMs: number | undefined
  #knownMs = 0
  #othersAtAnswerMs = otherThreadsCpuMs()
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
    return this.#knownMs + otherThreadsCpuMs() - this.#othersAtAnswerMs
  }

  #ask(): void {
    if (this.#isAsking || !("cpuUsage" in this.#thread)) return
    this.#isAsking = true
    this.#thread.cpuUsage().then(
      ({ system, user }) => {
        const usedMs = (user + system) / 1_000
        this.#beforeMs ??= usedMs - this.#estimate()
        this.#knownMs = Math.max(this.#knownMs, usedMs - this.#beforeMs)
        this.#othersAtAnswerMs = otherThreadsCpuMs()
        this.#isAsking = false
      },
      // The thread has ended, and emits an event for that.
      () => undefined
    )
  }
}

/**
 * Watches a thread, and calls back when it exceeds its limits. Returns a function that stops
 * watching.
 */
export const watchThread = (
  thread: Worker,
  limits: ThreadLimits,
  steps: () => number,
  onExceeded: (exceeded: Exceeded) => void
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
    onExceeded(exceeded)
  }, tickMs)
  return () => clearInterval(timer)
}
