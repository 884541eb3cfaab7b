import { expect, it } from "vitest"
import { counter } from "../Counter.ts"
import { Project } from "../Project.ts"

const stamp = "node_modules/.cache/eventfold/check.json"

it("a damaged note of what was checked is no reason not to look again", async () => {
  const project = new Project({ "schemas/a/counter.ts": counter })
  await project.gen()
  const { out } = await project.check()
  expect(project.has(stamp)).toBe(true)
  const [whole] = [project.read(stamp)]
  for (const damaged of ["", "{", "null", "[]", `{"files":7}`, whole.slice(0, -9)]) {
    project.write(stamp, damaged)
    expect(await project.check()).toMatchObject({ code: 0, out })
  }
})
