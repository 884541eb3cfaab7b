/** Where an export goes to: a file that is whole under its name, however many write to that name at once. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileSink } from "../src/store/BackupFile.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-file-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

it.live("two exports to one name do not get into each other, and the last to end has it", () =>
  Effect.gen(function* () {
    const directory = yield* folder
    const file = path.join(directory, "backup")
    yield* Effect.scoped(
      Effect.gen(function* () {
        const first = yield* fileSink(file)
        yield* first.write("a".repeat(1_000))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const second = yield* fileSink(file)
            yield* second.write("b")
            yield* first.write("the end")
            yield* first.done
            assert.strictEqual(fs.readFileSync(file, "utf8"), `${"a".repeat(1_000)}the end`)
            yield* second.write("b")
            yield* second.done
          })
        )
        assert.strictEqual(fs.readFileSync(file, "utf8"), "bb")
        // One that fails takes nothing with it.
        yield* Effect.scoped(Effect.flatMap(fileSink(file), ({ write }) => write("c")))
        assert.strictEqual(fs.readFileSync(file, "utf8"), "bb")
      })
    )
    assert.deepStrictEqual(fs.readdirSync(directory), ["backup"])
    assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
  })
)
