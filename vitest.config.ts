import { availableParallelism } from "node:os"
import { join } from "node:path"
import { defineConfig } from "vitest/config"

// Tests start hundreds of processes and threads, each of which would compile Effect again.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled")

// The type checker of each test lives for a second: collecting its garbage takes a quarter of that.
process.env["GOGC"] ??= "400"

/**
 * Tests of what one process has once: guards of globals, and decoders that are installed on
 * Effect's own schemas.
 */
const alone = [
  "packages/testing/test/realm/**/*.test.ts",
  "packages/testing/test/laws/**/*.test.ts",
  "packages/core/test/codec/**/*.test.ts",
  "codegen/test/emit/Codec*.test.ts",
  "codegen/test/purity/Realm.test.ts"
]

// The golden project's bodies are as `gen` begins them: its laws have nothing to hold yet.
const exclude = ["**/node_modules/**", "**/dist/**", "**/fixtures/**", "codegen/test/golden/**"]

export default defineConfig({
  test: {
    // Most tests wait for a server, a process or the disk: with one worker a core, cores are idle
    // for a third of the time.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // V8 keeps account of its pages of code by the processor's protection keys, and now and then
    // loses it where threads that run WebAssembly come and go (nodejs/node#64500): then it ends the
    // process, "Check failed: jit_page.has_value()".
    execArgv: ["--no-memory-protection-keys"],
    // Ends what hangs. No test may fail because the machine is slow.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      { extends: true, test: { name: "isolated", include: alone, exclude } },
      {
        extends: true,
        test: {
          name: "shared",
          include: [
            "packages/**/test/**/*.test.ts",
            "codegen/test/**/*.test.ts",
            "bench/test/**/*.test.ts",
            "examples/**/*.test.ts",
            "docs/**/*.test.ts"
          ],
          exclude: [...exclude, ...alone],
          globalSetup: ["./packages/postgres/test/server/globalSetup.ts"],
          // A process for each file loads Effect and this project for each: 0.75 s of CPU time,
          // some 200 times.
          isolate: false
        }
      }
    ]
  }
})
