/**
 * Keeps a warm worker, which has loaded Effect and all schema files before a run.
 *
 * Each run uses a new worker if one is ready. After saves in quick succession, the worker of the
 * last run is used again until the next worker is ready.
 */
import { end } from "./ThreadExit.ts"
import * as Evaluation from "./Evaluation.ts"
import { watchThread } from "./ThreadBudget.ts"

export class EvaluationPool {
  #fresh: Evaluation.SchemaThread | undefined
  #preparing: Evaluation.SchemaThread | undefined
  #used: Evaluation.SchemaThread | undefined
  #isBusy = false

  /** Runs files in a warm worker if one is ready, otherwise in a new one. */
  async evaluate({ limits = Evaluation.defaultLimits, ...request }: Evaluation.Options): Promise<Evaluation.Outcome> {
    const thread = this.#fresh ?? this.#used
    if (thread === undefined) return Evaluation.run({ ...request, limits })
    if (thread !== this.#used) this.#retire()
    this.#fresh = undefined
    this.#used = thread
    const answering = Evaluation.outcomeOf(thread, request, limits)
    this.#isBusy = true
    thread.worker.postMessage(request)
    const outcome = await answering
    this.#isBusy = false
    if (this.#fresh !== undefined) this.#retire()
    if (outcome.kind === "evaluated") return outcome
    if (this.#used === thread) this.#retire()
    return outcome.kind === "unready" ? Evaluation.run({ ...request, limits }) : outcome
  }

  /** Starts to prepare a worker, if none is ready or being prepared. */
  prepare(request: Evaluation.Request): void {
    if (this.#fresh !== undefined || this.#preparing !== undefined) return
    const thread = Evaluation.startThread({ request, waits: true })
    this.#preparing = thread
    const { steps, worker } = thread
    // If a worker does not become ready, the next run reports the cause.
    const unwatch = watchThread(worker, Evaluation.defaultLimits, steps, () => end(worker))
    const leave = () => {
      unwatch()
      if (this.#preparing === thread) this.#preparing = undefined
      if (this.#fresh === thread) this.#fresh = undefined
      if (this.#used === thread) this.#used = undefined
    }
    // An error that ends the worker here also ends the next run, which reports it.
    worker.on("error", leave).on("exit", leave)
    worker.once("message", () => {
      unwatch()
      this.#preparing = undefined
      this.#fresh = thread
      // A worker that runs files is needed until it has answered.
      if (!this.#isBusy) this.#retire()
    })
  }

  #retire(): void {
    if (this.#used !== undefined) end(this.#used.worker)
    this.#used = undefined
  }

  /** Terminates all workers. */
  close(): void {
    for (const thread of [this.#fresh, this.#preparing, this.#used]) if (thread !== undefined) end(thread.worker)
  }
}
