/** Every example in a docstring compiles and runs. */
import { execFileSync } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { copyEmpty } from "../../packages/postgres/test/server/EmptyDatabases.ts"
import { emptyPglite } from "../../packages/postgres/test/server/serverUrl.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
// Inside the workspace, so that the examples find the packages as an app beside them would.
const folder = join(root, ".eventfold", "docstrings")

interface Example {
  readonly name: string
  readonly file: string
  readonly code: string
}

const examples = globSync(["packages/*/src/{,store/,generated/,tables/}*.ts", "codegen/src/*.ts"], { cwd: root })
  .sort()
  .flatMap((path): ReadonlyArray<Example> => {
    const text = readFileSync(join(root, path), "utf8")
    return [...text.matchAll(/\* @example\n \* ```ts\n([^]*?) \* ```/g)].map((match) => {
      const line = text.slice(0, match.index).split("\n").length
      const code = match[1]!.replace(/^ \* ?/gm, "")
      return {
        name: `${path}:${line}`,
        file: join(folder, `${path.replaceAll("/", "-").slice(0, -3)}-${line}.ts`),
        code
      }
    })
  })

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
// `export {}`: an example without imports is a module too.
for (const { code, file } of examples) writeFileSync(file, `${code}\nexport {}\n`)
const config = { extends: "../../tsconfig.base.json", include: ["*.ts"] }
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))

const restore = copyEmpty(emptyPglite)
afterAll(() => {
  restore()
  rmSync(folder, { recursive: true, force: true })
})

describe("an example of a docstring runs", () => {
  for (const { file, name } of examples) it(name, () => import(file), 600_000)
})

it("all of them compile", () => {
  expect(examples.length).toBeGreaterThan(10)
  const tsc = join(root, "node_modules", ".bin", "tsc")
  const run = () => execFileSync(tsc, ["-p", folder, "--pretty", "false", "--singleThreaded"], { encoding: "utf8" })
  try {
    run()
  } catch (error) {
    throw new Error(String((error as { readonly stdout: unknown }).stdout), { cause: error })
  }
}, 600_000)
