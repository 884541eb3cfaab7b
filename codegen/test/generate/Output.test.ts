/** Comparing planned files with those that exist. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { compareWith } from "../../src/generate/Output.ts"

it("a new project is read once for each planned file, and once more for the line ends of a folder", () => {
  const root = mkdtempSync(join(tmpdir(), "eventfold-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const paths = Array.from({ length: 300 }, (_, i) => `src/generated/file${i}.ts`)
  let reads = 0
  const { missing } = compareWith(
    root,
    { files: paths.map((path) => ({ path, text: "text\n" })), bodies: [], folders: ["src/generated"] },
    () => false,
    () => {
      reads++
      return undefined
    }
  )
  expect(missing.map(({ path }) => path)).toEqual(paths)
  expect(reads).toBe(2 * paths.length)
})
