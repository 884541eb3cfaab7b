/**
 * Generated files, byte for byte: the project in `golden/` holds declarations and everything that
 * is generated from them.
 *
 * A change of the generator shows here as a patch. If the patch is intended, renew the project and
 * commit it with the change:
 *
 *     EVENTFOLD_GOLDEN=renew npx --yes pnpm@12.21.0 test codegen/test/Golden.test.ts
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, it } from "vitest"
import { filePatch } from "../../src/generate/Patch.ts"
import { Project, textsIn } from "../Project.ts"
import { golden, shop } from "../Shop.ts"

const renewing = process.env["EVENTFOLD_GOLDEN"] === "renew"

/** Maximum number of lines of a patch that are shown. */
const shown = (patch: string): string => {
  const lines = patch.split("\n")
  return lines.length <= 200 ? patch : [...lines.slice(0, 200), `… ${lines.length - 200} more lines`].join("\n")
}

it("what is generated is what the golden project holds", async () => {
  const config = "eventfold.config.ts"
  const project = new Project({ ...shop, [config]: readFileSync(join(golden, config), "utf8") })
  expect(await project.gen()).toMatchObject({ code: 0, err: [] })
  const made = project.texts("src")
  if (renewing) {
    rmSync(join(golden, "src"), { recursive: true, force: true })
    for (const [file, text] of Object.entries(made)) {
      mkdirSync(dirname(join(golden, file)), { recursive: true })
      writeFileSync(join(golden, file), text)
    }
  }
  const kept = textsIn(golden, "src")
  const files = [...new Set([...Object.keys(kept), ...Object.keys(made)])].sort()
  expect(shown(files.map((file) => filePatch(file, kept[file], made[file])).join(""))).toBe("")
})
