import { expect, it, onTestFinished } from "vitest"
import { EvaluationPool } from "../../src/load/EvaluationPool.ts"
import { counterFile, counterProject } from "../Counter.ts"

it("a run is not cut short by the worker that becomes ready for the next", async () => {
  const { root } = counterProject()
  const request = { root, files: [{ file: counterFile, domain: "count" }] }
  const pool = new EvaluationPool()
  onTestFinished(() => pool.close())
  for (let worker = 0; worker < 3; worker++) {
    pool.prepare(request)
    // One after another, so that one of them is running when the worker is ready.
    const until = performance.now() + 1_500
    while (performance.now() < until) expect(await pool.evaluate(request)).toMatchObject({ kind: "evaluated" })
  }
})
