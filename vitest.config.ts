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
    exclude: ["**/node_modules/**", "**/dist/**", "**/fixtures/**"],
    globalSetup: ["./packages/postgres/test/server/globalSetup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
})
