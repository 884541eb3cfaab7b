/**
 * An app of `eventfold init` with its generated code, and with published packages in
 * `node_modules`: compiled, with their `publishConfig`. Nothing is downloaded; dependencies of
 * Eventfold are linked.
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
/** Packages that are linked. The last one is needed for the type of the config alone. */
const linked = ["effect", "@effect", "@types", "vitest", "fast-check", "@eventfold/cli"]

/** An entry point: it runs the app, and prints whether compiled codecs are in use. */
const entry = `import "./main.ts"
import { GiftCardCodec } from "./cards/generated/gift-card.codec.ts"

console.log(GiftCardCodec.stale ? "codecs are interpreted" : "codecs are compiled")
`

/** The output of the entry point. */
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

  /**
   * Installs a package with the files of its tarball. `check` is what finds errors in its sources.
   */
  async #publish(name: string, from: string): Promise<void> {
    const to = join(this.root, "node_modules", name)
    const { publishConfig, ...manifest }: { readonly publishConfig: object } = JSON.parse(
      readFileSync(join(from, "package.json"), "utf8")
    )
    this.write(join("node_modules", name, "package.json"), JSON.stringify({ ...manifest, ...publishConfig }))
    const library = join(this.root, "node_modules/eventfold/dist")
    const paths = { eventfold: [join(library, "index.d.ts")], "eventfold/*": [join(library, "*.d.ts")] }
    const compilerOptions = {
      outDir: join(to, "dist"),
      rootDir: join(from, "src"),
      paths,
      sourceMap: false,
      noCheck: true
    }
    const config = { extends: join(workspace, "tsconfig.build.json"), compilerOptions, include: [join(from, "src")] }
    this.write(`build ${name.replace("/", " ")}.json`, JSON.stringify(config))
    await this.tsc("-p", `build ${name.replace("/", " ")}.json`)
  }

  /** Installs a link to a package. */
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

  /** Runs the type checker, and expects no errors. */
  async tsc(...args: ReadonlyArray<string>): Promise<void> {
    expect(await this.#ran(join(workspace, "node_modules/.bin/tsc"), [...args, "--singleThreaded"])).toBe("")
  }

  /** Runs a program with plain Node. */
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
