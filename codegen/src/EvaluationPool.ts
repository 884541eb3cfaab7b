/**
 * Keeps a worker ready for schema files, loaded: a run begins where another has to load Effect and every file first.
 *
 * Each run gets a fresh one if there is one. The last one that ran stands in until the next is ready, for saves in quick
 * succession; it is thrown away then.
 */
import type { Worker } from "node:worker_threads"
import * as Evaluation from "./Evaluation.ts"

export class EvaluationPool {
  #fresh: Worker | undefined
  #preparing: Worker | undefined
  #used: Worker | undefined
  #isBusy = false

  /** Runs files, in a worker that is ready if there is one. */
  async evaluate({ milliseconds = Evaluation.patience, ...request }: Evaluation.Options): Promise<Evaluation.Outcome> {
    const thread = this.#fresh ?? this.#used
    if (thread === undefined) return Evaluation.run({ ...request, milliseconds })
    if (thread !== this.#used) void this.#used?.terminate()
    this.#fresh = undefined
    this.#used = thread
    const answering = Evaluation.answer(thread, request, milliseconds)
    this.#isBusy = true
    thread.postMessage(request)
    const outcome = await answering
    this.#isBusy = false
    if (this.#fresh !== undefined) this.#retire()
    if (outcome.kind === "evaluated") return outcome
    if (this.#used === thread) this.#retire()
    return outcome.kind === "unready" ? Evaluation.run({ ...request, milliseconds }) : outcome
  }

  /** Begins to make a worker ready, unless there is one. */
  prepare(request: Evaluation.Request): void {
    if (this.#fresh !== undefined || this.#preparing !== undefined) return
    const thread = Evaluation.thread({ request, waits: true })
    this.#preparing = thread
    const timer = setTimeout(() => void thread.terminate(), Evaluation.patience)
    const leave = () => {
      clearTimeout(timer)
      if (this.#preparing === thread) this.#preparing = undefined
      if (this.#fresh === thread) this.#fresh = undefined
      if (this.#used === thread) this.#used = undefined
    }
    // Whatever ends it here ends it in a run, too, where it is reported.
    thread.on("error", leave).on("exit", leave)
    thread.once("message", () => {
      clearTimeout(timer)
      this.#preparing = undefined
      this.#fresh = thread
      // One that is running files is needed until it has answered.
      if (!this.#isBusy) this.#retire()
    })
  }

  #retire(): void {
    void this.#used?.terminate()
    this.#used = undefined
  }

  async close(): Promise<void> {
    await Promise.all([this.#fresh, this.#preparing, this.#used].map((thread) => thread?.terminate()))
  }
}
