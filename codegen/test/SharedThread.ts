/**
 * One thread that runs the schema files of many projects, one project after another.
 *
 * A new thread loads Effect, which takes 50 times as long as a small schema file. `--watch` reuses
 * a thread in the same way. `load/EndlessSchemas.test.ts` and all tests that start a process use a
 * new thread for each run, as `gen` does; in the soak run, all tests do.
 */
import { tmpdir } from "node:os"
import * as Evaluation from "../src/load/Evaluation.ts"
import { end } from "../src/load/ThreadExit.ts"

const soak = process.env["EVENTFOLD_SOAK"] !== undefined
let shared: Promise<Evaluation.SchemaThread> | undefined
let isBusy = false

const start = (): Promise<Evaluation.SchemaThread> =>
  new Promise((resolve, reject) => {
    const started = Evaluation.startThread({ request: { root: tmpdir(), files: [] }, waits: true })
    // It lives as long as the process of the tests, and must not prolong that.
    started.worker.unref()
    started.worker.once("error", reject)
    started.worker.once("message", () => resolve(started))
  })

/** Runs schema files in the shared thread, or in a new one if the shared one is busy. */
export const evaluate = async ({
  limits = Evaluation.defaultLimits,
  ...request
}: Evaluation.Options): Promise<Evaluation.Outcome> => {
  if (isBusy || soak) return Evaluation.run({ ...request, limits })
  isBusy = true
  try {
    const thread = await (shared ??= start())
    const answering = Evaluation.outcomeOf(thread, request, limits)
    thread.worker.postMessage(request)
    const outcome = await answering
    if (outcome.kind !== "evaluated") {
      shared = undefined
      end(thread.worker)
    }
    return outcome.kind === "unready" ? await Evaluation.run({ ...request, limits }) : outcome
  } finally {
    isBusy = false
  }
}
