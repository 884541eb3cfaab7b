import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, it } from "vitest"
import { FolderWatch } from "../../src/generate/FolderWatch.ts"

it("FolderWatch: a folder that is removed and made again at once, which may have the same number, is watched again", async () => {
  const root = mkdtempSync(join(tmpdir(), "eventfold-watch-"))
  const folder = join(root, "schemas")
  mkdirSync(folder)
  const seen = { isChanged: false }
  const watch = new FolderWatch(
    () => void (seen.isChanged = true),
    (error) => {
      throw error
    }
  )
  try {
    for (let round = 0; round < 20; round++) {
      watch.set([root, folder])
      rmdirSync(folder)
      mkdirSync(folder)
      // A look that comes before the event of the removal finds a folder of that name and number.
      watch.set([root, folder])
      do {
        seen.isChanged = false
        await sleep(20)
        watch.set([root, folder])
      } while (seen.isChanged)
      writeFileSync(join(folder, "one.ts"), "")
      for (let waited = 0; waited < 3_000 && !seen.isChanged; waited += 5) await sleep(5)
      expect({ round, isChanged: seen.isChanged }).toEqual({ round, isChanged: true })
      rmSync(join(folder, "one.ts"))
    }
  } finally {
    watch.close()
    rmSync(root, { recursive: true, force: true })
  }
})
