/** Every test file that docs/promises.md names is there. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "./Readme.ts"

it("docs/promises.md names files that exist", () => {
  const text = readFileSync(join(root, "docs", "promises.md"), "utf8")
  const named = [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file]) => file!)
  expect(named.length).toBeGreaterThan(20)
  const folders = ["", "packages/postgres/test", "packages/core/test"]
  for (const file of named) {
    const found = folders.some((folder) => existsSync(join(root, folder, file)))
    expect(found ? file : `${file} is nowhere`).toBe(file)
  }
})
