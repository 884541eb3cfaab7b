/**
 * An app made by `eventfold init`, generated, with the packages in its `node_modules` as they are published: compiled, with
 * their `publishConfig`. Nothing is fetched; what Eventfold depends on is linked.
 */
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { expect } from "vitest"
import * as Codegen from "../../../codegen/src/index.ts"
import { init } from "../src/init/NewProject.ts"

const workspace = join(import.meta.dirname, "../../..")
const run = promisify(execFile)

const published = { eventfold: "packages/core", "@eventfold/testing": "packages/testing" } as const
/** The last one is only asked for the type of the config. */
const linked = ["effect", "@effect", "@types", "vitest", "fast-check", "@eventfold/cli"]

/** A file that an app's own entry point is tried by: it runs the app, and says whether compiled codecs are in use. */
const entry = `import "./main.ts"
import { GiftCardCodec } from "./cards/generated/gift-card.codec.ts"

console.log(GiftCardCodec.stale ? "codecs are interpreted" : "codecs are compiled")
`

/** What the entry point prints. */
export const printed = `refused: only 3800 left
CardIssued: 5000 left
CardRedeemed: 3800 left
[ { shop: 'bakery', total: 1200 } ]
codecs are compiled
`

export class InstalledApp {
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  static async make(): Promise<InstalledApp> {
    const app = new InstalledApp(realpathSync(mkdtempSync(join(tmpdir(), "eventfold-installed-"))))
    expect(init(app.root, ".", { json: false }).code).toBe(0)
    for (const name of linked) app.link(name, join(workspace, "node_modules", name))
    for (const [name, folder] of Object.entries(published)) await app.#publish(name, join(workspace, folder))
    app.write("src/entry.ts", entry)
    expect(await Codegen.gen(app.root)).toMatchObject({ outcome: "ok", diagnostics: [] })
    return app
  }

  /** Puts a package there as its tarball holds it. */
  async #publish(name: string, from: string): Promise<void> {
    const to = join(this.root, "node_modules", name)
    const { publishConfig, ...manifest }: { readonly publishConfig: object } = JSON.parse(
      readFileSync(join(from, "package.json"), "utf8")
    )
    this.write(join("node_modules", name, "package.json"), JSON.stringify({ ...manifest, ...publishConfig }))
    const library = join(this.root, "node_modules/eventfold/dist")
    const paths = { eventfold: [join(library, "index.d.ts")], "eventfold/*": [join(library, "*.d.ts")] }
    const compilerOptions = { outDir: join(to, "dist"), rootDir: join(from, "src"), paths, sourceMap: false }
    const config = { extends: join(workspace, "tsconfig.build.json"), compilerOptions, include: [join(from, "src")] }
    this.write(`build ${name.replace("/", " ")}.json`, JSON.stringify(config))
    await this.tsc("-p", `build ${name.replace("/", " ")}.json`)
  }

  /** Installs a package that is somewhere else. */
  link(name: string, to: string): void {
    const from = join(this.root, "node_modules", name)
    mkdirSync(dirname(from), { recursive: true })
    symlinkSync(to, from)
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true })
    writeFileSync(join(this.root, file), text)
  }

  remove(): void {
    rmSync(this.root, { recursive: true })
  }

  /** The type checker, which must find nothing wrong. */
  async tsc(...args: ReadonlyArray<string>): Promise<void> {
    expect(await this.#ran(join(workspace, "node_modules/.bin/tsc"), [...args, "--singleThreaded"])).toBe("")
  }

  /** A program, as Node alone runs it. */
  node(file: string): Promise<string> {
    return this.#ran(process.execPath, [file])
  }

  async #ran(command: string, args: ReadonlyArray<string>): Promise<string> {
    const env = { ...process.env, NO_COLOR: "1", NODE_OPTIONS: "" }
    const output = await run(command, [...args], { cwd: this.root, env }).catch(
      (error: { readonly stdout: string; readonly stderr: string }) => error
    )
    return output.stdout + output.stderr
  }
}
