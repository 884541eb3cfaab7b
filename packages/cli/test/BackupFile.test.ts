/**
 * The target of an export: a file that is complete under its name, even if several exports write to
 * that name at once.
 */
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

it.live("BackupFile: two exports to one name do not mix, and the last to finish replaces the file", () =>
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
        // An export that fails does not change the file.
        yield* Effect.scoped(Effect.flatMap(fileSink(file), ({ write }) => write("c")))
        assert.strictEqual(fs.readFileSync(file, "utf8"), "bb")
      })
    )
    assert.deepStrictEqual(fs.readdirSync(directory), ["backup"])
    assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
  })
)
