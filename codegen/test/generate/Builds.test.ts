/**
 * Output of compilers and bundlers for an app runs as the app does: no generated code is left out.
 */
import * as esbuild from "esbuild"
import { rolldown } from "rolldown"
import { afterAll, expect, it } from "vitest"
import * as vite from "vite"
import { join } from "node:path"
import { check } from "../../src/index.ts"
import { InstalledApp, printed } from "../../../packages/cli/test/InstalledApp.ts"

const app = await InstalledApp.make()
afterAll(() => app.remove())

/** Emits, as an app's own build does. */
const emitting = {
  noEmit: false,
  declaration: true,
  sourceMap: true,
  rewriteRelativeImportExtensions: true,
  rootDir: "."
}

it("Node runs the sources without a build", async () => {
  expect(await app.node("src/entry.ts")).toBe(printed)
})

it("tsc emits an app that runs, with outDir", async () => {
  const compilerOptions = { ...emitting, outDir: "out", isolatedDeclarations: false }
  app.write("tsconfig.out.json", JSON.stringify({ extends: "./tsconfig.json", compilerOptions }))
  await app.tsc("-p", "tsconfig.out.json")
  expect(await app.node("out/src/entry.js")).toBe(printed)
})

it("tsc emits an app that runs, composite and for a bundler", async () => {
  const compilerOptions = {
    ...emitting,
    composite: true,
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2022",
    lib: ["es2022", "esnext.disposable"],
    outDir: "bundled"
  }
  const include = ["schemas", "src"]
  app.write("tsconfig.bundled.json", JSON.stringify({ extends: "./tsconfig.json", compilerOptions, include }))
  await app.tsc("-p", "tsconfig.bundled.json")
  expect(await app.node("bundled/src/entry.js")).toBe(printed)
})

it("tsc emits an app that runs, with schemas and sources in projects of their own", async () => {
  const project = (include: string, references: ReadonlyArray<string>) => ({
    extends: "./tsconfig.json",
    compilerOptions: {
      ...emitting,
      composite: true,
      outDir: "projects",
      tsBuildInfoFile: `projects/${include}.tsbuildinfo`
    },
    include: [include],
    references: references.map((path) => ({ path }))
  })
  app.write("tsconfig.schemas.json", JSON.stringify(project("schemas", [])))
  app.write("tsconfig.src.json", JSON.stringify(project("src", ["./tsconfig.schemas.json"])))
  await app.tsc("-b", "tsconfig.src.json")
  expect(await app.node("projects/src/entry.js")).toBe(printed)
})

it("tsc emits beside the sources, and what it emits is not taken for generated", async () => {
  app.write("tsconfig.beside.json", JSON.stringify({ extends: "./tsconfig.json", compilerOptions: emitting }))
  await app.tsc("-p", "tsconfig.beside.json")
  expect(await app.node("src/entry.js")).toBe(printed)
  expect(await check(app.root)).toMatchObject({ outcome: "ok", diagnostics: [] })
})

it("esbuild bundles an app that runs", async () => {
  const outfile = join(app.root, "esbuild/entry.mjs")
  const { warnings } = await esbuild.build({
    entryPoints: [join(app.root, "src/entry.ts")],
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "silent"
  })
  expect(warnings).toEqual([])
  expect(await app.node(outfile)).toBe(printed)
})

it("rolldown bundles an app that runs", async () => {
  const file = join(app.root, "rolldown/entry.mjs")
  const bundle = await rolldown({ input: join(app.root, "src/entry.ts"), platform: "node", logLevel: "silent" })
  await bundle.write({ file, format: "esm", minify: true, codeSplitting: false })
  await bundle.close()
  expect(await app.node(file)).toBe(printed)
})

it("vite builds an app that runs", async () => {
  await vite.build({
    root: app.root,
    configFile: false,
    logLevel: "silent",
    ssr: { noExternal: true },
    build: { ssr: "src/entry.ts", outDir: "vite", target: "esnext", minify: true }
  })
  expect(await app.node("vite/entry.js")).toBe(printed)
})

it("a bundle that took in PGlite says to leave it out, and runs once it is left out", async () => {
  const postgres = join(import.meta.dirname, "../../../packages/postgres")
  const store = (options: string) => `import { Effect, Layer } from "effect"
import { PgliteEventStore } from ${JSON.stringify(join(postgres, "src/index.ts"))}
// PGlite reads the file twice, and handles one of the failures.
process.on("unhandledRejection", () => {})
for (const options of ${options}) {
  const opened = Effect.scoped(Layer.build(PgliteEventStore.layer(options)))
  const said = Effect.match(opened, { onFailure: ({ message }) => message, onSuccess: () => "it opens" })
  console.log(await Effect.runPromise(said))
}
`
  const bundled = async (options: string, external: Array<string>) => {
    const outfile = join(app.root, "bundled/store.mjs")
    const stdin = { contents: store(options), resolveDir: app.root }
    await esbuild.build({ stdin, bundle: true, platform: "node", format: "esm", outfile, external, logLevel: "silent" })
    return (await app.node(outfile)).trimEnd().split("\n")
  }
  const says =
    /^PGlite does not find its own file \S+pglite\.\w+: a bundle includes its code without its files\. Exclude @electric-sql\/pglite/
  expect(await bundled('[{}, { dataDir: "data" }]', [])).toEqual([1, 2].map(() => expect.stringMatching(says)))
  app.link("@electric-sql/pglite", join(postgres, "node_modules/@electric-sql/pglite"))
  expect(await bundled('[{ dataDir: "data" }]', ["@electric-sql/pglite"])).toEqual(["it opens"])
})
