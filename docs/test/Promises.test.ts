/** Every test file that docs/promises.md names is there. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "./Readme.ts"

it("docs/promises.md names files that exist", () => {
  const text = readFileSync(join(root, "docs", "promises.md"), "utf8")
  const named = [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file]) => file!)
  expect(named.length).toBeGreaterThan(20)
  const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.test.ts"], {
    cwd: root,
    encoding: "utf8"
  })
  const tests = tracked.split("\n").filter((file) => existsSync(join(root, file)))
  for (const file of named) {
    const found = tests.filter((test) => `/${test}`.endsWith(`/${file}`))
    expect({ file, found: found.length }).toEqual({ file, found: 1 })
  }
})
