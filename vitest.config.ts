import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: [
      "packages/**/test/**/*.test.ts",
      "codegen/test/**/*.test.ts",
      "bench/test/**/*.test.ts",
      "examples/**/*.test.ts",
      "docs/**/*.test.ts"
    ],
    // The golden project's bodies are as `gen` begins them: its laws have nothing to hold yet.
    exclude: ["**/node_modules/**", "**/dist/**", "**/fixtures/**", "codegen/test/golden/**"],
    globalSetup: ["./packages/postgres/test/server/globalSetup.ts"],
    // Most tests wait for a server, a process or the disk: all cores, and not all but one.
    maxWorkers: "100%",
    testTimeout: 120_000,
    hookTimeout: 60_000
  }
})
