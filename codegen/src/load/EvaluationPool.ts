/**
 * Keeps a worker ready for schema files, loaded: a run begins where another has to load Effect and every file first.
 *
 * Each run gets a fresh one if there is one. The last one that ran stands in until the next is ready, for saves in quick
 * succession; it is thrown away then.
 */
import { end } from "./ThreadExit.ts"
import * as Evaluation from "./Evaluation.ts"
import { watchThread } from "./ThreadBudget.ts"

export class EvaluationPool {
  #fresh: Evaluation.SchemaThread | undefined
  #preparing: Evaluation.SchemaThread | undefined
  #used: Evaluation.SchemaThread | undefined
  #isBusy = false

  /** Runs files, in a worker that is ready if there is one. */
  async evaluate({ limits = Evaluation.defaultLimits, ...request }: Evaluation.Options): Promise<Evaluation.Outcome> {
    const thread = this.#fresh ?? this.#used
    if (thread === undefined) return Evaluation.run({ ...request, limits })
    if (thread !== this.#used) this.#retire()
    this.#fresh = undefined
    this.#used = thread
    const answering = Evaluation.answer(thread, request, limits)
    this.#isBusy = true
    thread.worker.postMessage(request)
    const outcome = await answering
    this.#isBusy = false
    if (this.#fresh !== undefined) this.#retire()
    if (outcome.kind === "evaluated") return outcome
    if (this.#used === thread) this.#retire()
    return outcome.kind === "unready" ? Evaluation.run({ ...request, limits }) : outcome
  }

  /** Begins to make a worker ready, unless there is one. */
  prepare(request: Evaluation.Request): void {
    if (this.#fresh !== undefined || this.#preparing !== undefined) return
    const thread = Evaluation.thread({ request, waits: true })
    this.#preparing = thread
    const { steps, worker } = thread
    // One that doesn't become ready is no failure: the next run says what is wrong.
    const unwatch = watchThread(worker, Evaluation.defaultLimits, steps, () => end(worker))
    const leave = () => {
      unwatch()
      if (this.#preparing === thread) this.#preparing = undefined
      if (this.#fresh === thread) this.#fresh = undefined
      if (this.#used === thread) this.#used = undefined
    }
    // Whatever ends it here ends it in a run, too, where it is reported.
    worker.on("error", leave).on("exit", leave)
    worker.once("message", () => {
      unwatch()
      this.#preparing = undefined
      this.#fresh = thread
      // One that is running files is needed until it has answered.
      if (!this.#isBusy) this.#retire()
    })
  }

  #retire(): void {
    if (this.#used !== undefined) end(this.#used.worker)
    this.#used = undefined
  }

  /** Ends all workers. */
  close(): void {
    for (const thread of [this.#fresh, this.#preparing, this.#used]) if (thread !== undefined) end(thread.worker)
  }
}
