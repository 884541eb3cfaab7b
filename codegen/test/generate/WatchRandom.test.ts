/**
 * `gen --watch` under random saves, breakages, moves and removals, in any order and at any pace. In
 * the end, when everything is repaired, the files are those that `gen` writes, and the process is
 * the same one. Longer with EVENTFOLD_SOAK=1.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, it } from "vitest"
import { Project } from "../Project.ts"
import { Watching } from "./Watching.ts"

const soak = process.env["EVENTFOLD_SOAK"] !== undefined
const [rounds, length] = soak ? [40, 12] : [3, 7]

/** Numbers that look random and are the same every time. */
const random = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

let edition = 0
const declaration = (name: string, first = ""): string => `import { Schema } from "effect"
import { Aggregate } from "eventfold"
${first}
export const ${name} = Aggregate.make("${name}", {
  id: Schema.String,
  state: Schema.Struct({ count: Schema.Int }),
  initial: { count: 0 },
  events: { ${name}Counted: { field${edition++}: Schema.Int } },
  errors: {},
  commands: {}
})
`

const broken = [
  "export const = 1",
  "throw new Error('no luck')",
  "process.exit(0)",
  "process.abort()",
  `import "./nowhere.ts"`,
  `import { writeFileSync } from "node:fs"; writeFileSync("evil", "")`,
  "await new Promise(() => {})",
  "export const now = Date.now()",
  "setTimeout(() => { throw new Error('later') })",
  "Promise.reject(new Error('nobody waits'))"
]

class Hand {
  readonly #root: string
  readonly #pick: (below: number) => number

  constructor(root: string, pick: (below: number) => number) {
    this.#root = root
    this.#pick = pick
  }

  readonly #name = () => this.#one(["One", "Two", "Three"])
  readonly #domain = () => this.#one(["a", "b", "c/deep"])
  #one<A>(list: ReadonlyArray<A>): A {
    return list[this.#pick(list.length)]!
  }

  #path(domain = this.#domain(), name = this.#name()): string {
    return join(this.#root, "schemas", domain, `${name.toLowerCase()}.ts`)
  }

  save(text = (name: string) => declaration(name)): void {
    const name = this.#name()
    const path = this.#path(this.#domain(), name)
    if (existsSync(path) && statSync(path).isDirectory()) rmSync(path, { recursive: true, force: true, maxRetries: 20 })
    mkdirSync(dirname(path), { recursive: true })
    if (this.#pick(2) === 0) return writeFileSync(path, text(name))
    // As many editors do.
    writeFileSync(`${path}.tmp`, text(name))
    renameSync(`${path}.tmp`, path)
  }
  crlf(): void {
    this.save((name) => declaration(name).replaceAll("\n", "\r\n"))
  }
  break(): void {
    const how = this.#one(broken)
    this.save((name) => declaration(name, how))
  }
  burst(): void {
    for (let i = 0; i < 10; i++) this.save()
  }
  half(): void {
    this.save((name) => declaration(name).slice(0, this.#pick(200)))
  }
  remove(): void {
    rmSync(this.#path(), { recursive: true, force: true, maxRetries: 20 })
  }
  removeFolder(): void {
    rmSync(join(this.#root, "schemas", this.#one(["a", "b", "c"])), { recursive: true, force: true, maxRetries: 20 })
  }
  removeAll(): void {
    rmSync(join(this.#root, "schemas"), { recursive: true, force: true, maxRetries: 20 })
  }
  move(): void {
    const [from, to] = [this.#path(), this.#path()]
    if (existsSync(from) && existsSync(dirname(to)) && from !== to) renameSync(from, to)
  }
  moveFolder(): void {
    const [from, to] = [join(this.#root, "schemas/a"), join(this.#root, "schemas/z")]
    if (existsSync(from) && !existsSync(to)) renameSync(from, to)
    else if (existsSync(to)) renameSync(to, join(this.#root, "schemas/y"))
    rmSync(join(this.#root, "schemas/y"), { recursive: true, force: true, maxRetries: 20 })
  }
  folderOfThatName(): void {
    const path = this.#path()
    rmSync(path, { recursive: true, force: true, maxRetries: 20 })
    mkdirSync(path, { recursive: true })
  }
  config(): void {
    const output = this.#one(["examples/{domain}/src/generated", "src/{domain}/generated", "src/generated"])
    writeFileSync(join(this.#root, "eventfold.config.ts"), `export default { output: "${output}" }\n`)
  }
  removeConfig(): void {
    rmSync(join(this.#root, "eventfold.config.ts"), { force: true })
  }
  removeOutput(): void {
    for (const folder of ["examples", "src"])
      rmSync(join(this.#root, folder), { recursive: true, force: true, maxRetries: 20 })
  }
  removeBody(): void {
    const folder = join(this.#root, "examples/a/src")
    const [first] = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".ts")) : []
    if (first !== undefined) rmSync(join(folder, first))
  }

  step(): string {
    const name = this.#one(steps)
    this[name]()
    return name
  }
}

/** Frequent actions occur several times. */
const steps = [
  ...([
    "save",
    "save",
    "save",
    "crlf",
    "break",
    "break",
    "burst",
    "half",
    "remove",
    "removeFolder",
    "removeAll"
  ] as const),
  ...(["move", "moveFolder", "folderOfThatName", "config", "removeConfig", "removeOutput", "removeBody"] as const)
] as const

it(
  "after any changes of files, watching ends up with the files that gen writes",
  { timeout: soak ? 1_800_000 : 600_000 },
  async () => {
    const project = new Project({ "schemas/a/one.ts": declaration("One") })
    const config = project.read("eventfold.config.ts")
    const watching = new Watching(project)
    await watching.line(/^watching/)
    for (let round = 0; round < rounds; round++) {
      const pick = random(round + 1)
      const hand = new Hand(project.root, pick)
      const done: Array<string> = []
      for (let step = 0; step < length; step++) {
        done.push(hand.step())
        await sleep([0, 3, 30, 300, 900][pick(5)])
      }
      // Everything is repaired.
      rmSync(join(project.root, "schemas"), { recursive: true, force: true, maxRetries: 20 })
      project.write("eventfold.config.ts", config)
      hand.removeOutput()
      const field = `field${edition}`
      project.write("schemas/a/one.ts", declaration("One"))
      const contract = "examples/a/src/generated/one.ts"
      const isDone = () => project.has(contract) && project.read(contract).includes(`readonly ${field}:`)
      for (let waited = 0; waited < 300_000 && !isDone(); waited += 50) await sleep(50)
      if (!isDone()) throw new Error(`after ${done.join(", ")} in round ${round}:\n${watching.text.slice(-4_000)}`)
      await sleep(400)
      rmSync(join(project.root, "node_modules/.cache"), { recursive: true, force: true, maxRetries: 20 })
      const { code } = await project.check()
      expect({ done, code, wroteElsewhere: project.has("evil"), isRunning: watching.isRunning }).toEqual({
        done,
        code: 0,
        wroteElsewhere: false,
        isRunning: true
      })
    }
    expect(await watching.end("SIGINT")).toEqual({ code: 0, signal: null })
  }
)
