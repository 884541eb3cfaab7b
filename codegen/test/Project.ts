/** A project of its own for a test: files in a temporary folder, with this workspace's packages. */
import { execFile } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { onTestFinished } from "vitest"
import { exitCodeOf, exitCodes } from "../../packages/cli/src/commandline/ExitCodes.ts"
import { type PlainCall, read } from "../../packages/cli/src/commandline/PlainArguments.ts"
import type { Host } from "../../packages/cli/src/commandline/Host.ts"
import { describeError, plainCommands, run as runCommand } from "../../packages/cli/src/commandline/Run.ts"
import { printReport } from "../../packages/cli/src/generation/ReportPrinter.ts"
import { host } from "../../packages/cli/test/TestHost.ts"
import * as GenerationReports from "../src/generate/GenerationReports.ts"
import { format } from "../src/report/Diagnostic.ts"
import type { Report } from "../src/report/Report.ts"
import { evaluate } from "./SharedThread.ts"

const workspace = join(import.meta.dirname, "../..")
const bin = join(workspace, "packages/cli/src/bin.ts")
const run = promisify(execFile)

export interface Ran {
  readonly code: number
  readonly out: string
}

interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A report with each thing on a line of its own. */
export interface Lines {
  readonly code: number
  readonly out: ReadonlyArray<string>
  readonly err: ReadonlyArray<string>
}

const lines = ({ changes, diagnostics, outcome, summary }: Report): Lines => {
  const code = exitCodeOf[outcome]
  const done = changes.map(({ file, kind }) => `${kind} ${file}${kind === "began" ? ": yours to write" : ""}`)
  const all = [...done, ...diagnostics.map(format), summary]
  return code === 0 ? { code, out: all, err: [] } : { code, out: [], err: all }
}

const config = `import { defineConfig } from "@eventfold/cli"
export default defineConfig({ schemas: "schemas", output: "examples/{domain}/src/generated" })
`

/** Every file of a folder below a root, with its text. */
export const textsIn = (root: string, folder: string): Readonly<Record<string, string>> => {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(root, file), "utf8")]))
}

export class Project {
  readonly root: string

  /** `within`: where in the temporary folder it is. */
  constructor(files: Readonly<Record<string, string>>, within = "") {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "eventfold-")))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    this.root = join(folder, within)
    mkdirSync(this.root, { recursive: true })
    // A folder of its own, since the command keeps a cache in it.
    mkdirSync(join(this.root, "node_modules"))
    for (const name of ["effect", "eventfold", "@eventfold", "@effect", "@types", "vitest", "fast-check"]) {
      symlinkSync(join(workspace, "node_modules", name), join(this.root, "node_modules", name))
    }
    this.write("package.json", `{ "name": "fixture", "private": true, "type": "module" }\n`)
    this.write("eventfold.config.ts", config)
    const base = JSON.stringify(join(workspace, "tsconfig.base.json"))
    this.write("tsconfig.json", `{ "extends": ${base}, "include": ["schemas", "examples"] }\n`)
    for (const [file, text] of Object.entries(files)) this.write(file, text)
  }
  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true })
    writeFileSync(join(this.root, file), text)
  }
  read(file: string): string {
    return readFileSync(join(this.root, file), "utf8")
  }
  has(file: string): boolean {
    return existsSync(join(this.root, file))
  }
  remove(file: string): void {
    rmSync(join(this.root, file))
  }
  edit(file: string, from: string, to: string): void {
    const before = this.read(file)
    if (!before.includes(from)) throw new Error(`${file} does not say ${from}`)
    this.write(file, before.replace(from, to))
  }
  /** Every file of a folder, with its text. */
  texts(folder: string): Readonly<Record<string, string>> {
    return textsIn(this.root, folder)
  }
  /** `eventfold gen` in this process. */
  async gen(options: { readonly fix?: boolean } = {}): Promise<Lines> {
    return lines(await GenerationReports.gen(this.root, { ...options, evaluate }))
  }
  /** `eventfold check` in this process. */
  async check(options: { readonly strict?: boolean } = {}): Promise<Lines> {
    return lines(await GenerationReports.check(this.root, { ...options, evaluate }))
  }
  /**
   * Runs the command as a user does, and returns its output and its exit code.
   *
   * It runs in this process, unless a variable of the environment is to be set that the process
   * itself reads.
   */
  async eventfold(args: ReadonlyArray<string>, options: CommandOptions = {}): Promise<Ran> {
    const { cwd = ".", env = {} } = options
    const isOfCommand = Object.keys(env).every((name) => commandVariables.has(name))
    return isOfCommand ? inProcess(args, join(this.root, cwd), env) : this.process(args, options)
  }
  /** The command in a process of its own. */
  process(args: ReadonlyArray<string>, options: CommandOptions = {}): Promise<Ran> {
    return ran(
      run(process.execPath, [bin, ...args], {
        cwd: join(this.root, options.cwd ?? "."),
        env: { ...process.env, ...options.env }
      })
    )
  }
  /** A program of the project's own. */
  node(args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return ran(run(process.execPath, [...args], { cwd: this.root, env: { ...process.env, ...env } }))
  }
  /** The type checker over the whole project: the workspace's, or that of TypeScript 6. */
  tsc(version: "7" | "6" = "7", more: ReadonlyArray<string> = []): Promise<Ran> {
    const [command, ...args] =
      version === "7"
        ? // Other tests use the other cores.
          [join(workspace, "node_modules/.bin/tsc"), "--singleThreaded"]
        : [process.execPath, join(workspace, "codegen/node_modules/typescript-6/bin/tsc")]
    return ran(
      run(command!, [...args, "-p", "tsconfig.json", ...more], {
        cwd: this.root,
        maxBuffer: 64 * 1024 * 1024,
        // A project takes 250 MB without a collection of garbage, and a quarter less time.
        env: { ...process.env, GOGC: "off" }
      })
    )
  }
  /** A formatter over everything in a folder, as the project configures it. */
  format(tool: "prettier" | "oxfmt", folder: string): Promise<Ran> {
    const [command, ...args] =
      tool === "prettier"
        ? [join(workspace, "codegen/node_modules/.bin/prettier"), "--log-level", "warn", "--write"]
        : [join(workspace, "node_modules/.bin/oxfmt")]
    return ran(run(command!, [...args, folder], { cwd: this.root }))
  }
  /** Generated files as our formatter would have them, where that differs. */
  async unformatted(): Promise<string> {
    const settings: { ignorePatterns?: unknown } = JSON.parse(readFileSync(join(workspace, ".oxfmtrc.json"), "utf8"))
    delete settings.ignorePatterns
    this.write(".oxfmtrc.json", JSON.stringify({ ...settings, ignorePatterns: ["**/*.codec.aot.ts"] }))
    const { out } = await ran(
      run(join(workspace, "node_modules/.bin/oxfmt"), ["--list-different", "examples"], { cwd: this.root })
    )
    return out
  }
}

interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** Variables that the command reads from its host. Node reads the others when it starts. */
const commandVariables: ReadonlySet<string> = new Set(["NO_COLOR", "FORCE_COLOR"])

/** Runs the command in this process. Schema files run in the thread that the tests share. */
export const inProcess = async (args: ReadonlyArray<string>, cwd: string, env: Host["env"]): Promise<Ran> => {
  const printed = host(cwd, env)
  const plain = read(args, plainCommands)
  const code = await (plain === undefined ? runCommand(args, printed.host) : runPlain(plain, printed.host))
  return { code, out: printed.out() + printed.err() }
}

const runPlain = async ({ command, given: { format, switches } }: PlainCall, host: Host): Promise<number> => {
  const has = (name: string) => switches.has(name)
  if (has("watch")) throw new Error("--watch never ends: it needs a process of its own")
  const runs: Readonly<Record<string, () => Promise<Report>>> = {
    gen: () => GenerationReports.gen(host.cwd, { fix: has("fix"), evaluate }),
    check: () => GenerationReports.check(host.cwd, { strict: has("strict"), evaluate }),
    diff: () => GenerationReports.diff(host.cwd, { evaluate })
  }
  try {
    const report = await runs[command.name]!()
    return await printReport(report, { format, quiet: has("quiet"), verbose: has("verbose") }, host)
  } catch (error) {
    host.stderr.write(`${describeError(error)}\n`)
    return exitCodes.internal
  }
}

const ran = async (running: Promise<Output>): Promise<Ran> => {
  try {
    const { stderr, stdout } = await running
    return { code: 0, out: stdout + stderr }
  } catch (error) {
    if (!isFailure(error)) throw error
    return { code: error.code, out: error.stdout + error.stderr }
  }
}

const isFailure = (error: unknown): error is Output & { readonly code: number } =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "number" && "stdout" in error
