/** The example that docs/testing.md shows whole is the file that it names. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "./Readme.ts"

it("docs/testing.md: shows the whole examples/bank/test/Properties.test.ts, which has some twenty lines", () => {
  const page = readFileSync(join(root, "docs/testing.md"), "utf8")
  const file = readFileSync(join(root, "examples/bank/test/Properties.test.ts"), "utf8")
  expect(/```typescript\n([^]*?)```/.exec(page)?.[1]).toBe(file)
  expect(file.trimEnd().split("\n").length).toBeLessThanOrEqual(22)
})
