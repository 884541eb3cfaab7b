/**
 * Compares this process with processes that fold the same histories in other time zones and
 * locales.
 */
import type { Schema } from "effect"
import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as path from "node:path"
import * as Divergence from "../subject/Divergence.ts"
import { type Details, Violation } from "../subject/Violation.ts"
import * as Runs from "../draw/Runs.ts"
import { type Answer, hash, type Refusal, type Request } from "./ReplayProcess.ts"
import { StoredJson } from "eventfold/tables"

/** Options of {@link agree}, which the laws `processes` explain. */
export interface Options {
  readonly module: string | URL
  readonly runs?: number
  readonly seed?: number
  readonly isThorough?: boolean
  readonly nodes?: ReadonlyArray<string>
}

type Case = ReadonlyArray<Schema.Json>

/** The question that all processes have to answer alike. */
export interface Question extends Pick<Details, "about" | "claim" | "module" | "subject"> {
  readonly option: "history" | "log"
  /** History of the caller; `undefined` to draw histories. */
  readonly given: Case | undefined
  readonly draw: (runs: number, seed: number) => ReadonlyArray<Case>
  /** Returns the states of this process after each event, as canonical JSON. */
  readonly statesOf: (one: Case) => ReadonlyArray<string>
  /** Returns the tag of an event. */
  readonly tagOf: (event: Schema.Json) => string
}

const zones = ["UTC", "Pacific/Chatham", "America/Sao_Paulo"]
const locales = ["C", "sv_SE.UTF-8", "tr_TR.UTF-8"]
/** Seeds for hashes and random numbers. */
const seeds = [1, 2]

interface Environment {
  readonly node: string
  readonly zone: string
  readonly locale: string
  readonly seed: number
}

const environmentsOf = (nodes: ReadonlyArray<string>, isThorough: boolean): ReadonlyArray<Environment> =>
  nodes.flatMap((node) =>
    isThorough
      ? zones.flatMap((zone) => locales.flatMap((locale) => seeds.map((seed) => ({ node, zone, locale, seed }))))
      : zones.map((zone, i) => ({ node, zone, locale: locales[i]!, seed: seeds[i % seeds.length]! }))
  )

const described = ({ locale, node, seed, zone }: Environment): string =>
  `TZ=${zone} LC_ALL=${locale} ${node === process.execPath ? "node" : node} --hash-seed=${seed} --random-seed=${seed}`

const program = fileURLToPath(
  new URL(`./ReplayProgram${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)
)

/** Maximum number of processes at the same time: more are not faster on two cores. */
const maxProcesses = 2

/** Folds histories in another process. */
const ask = async (environment: Environment, request: Request): Promise<ReadonlyArray<ReadonlyArray<string>>> => {
  const { locale, node, seed, zone } = environment
  const child = spawn(node, [`--hash-seed=${seed}`, `--random-seed=${seed}`, program], {
    env: { ...process.env, TZ: zone, LC_ALL: locale, LANG: locale, LANGUAGE: "" },
    stdio: ["pipe", "pipe", "pipe"]
  })
  const failed = new Promise<never>((_, reject) =>
    child.on("error", ({ message }) => reject(new Error(`${node} cannot be run: ${message}`)))
  )
  // A process that ends before it has read everything reports why on its other outputs.
  child.stdin.on("error", () => undefined)
  child.stdin.end(JSON.stringify(request))
  const [out, err] = await Promise.race([Promise.all([text(child.stdout), text(child.stderr)]), failed])
  const last = out.trimEnd().split("\n").at(-1) ?? ""
  const answer: unknown = last.startsWith("{")
    ? StoredJson.parse(last)
    : { problem: err.trim() || out.trim() || "it ended without output" }
  const given = answer as Answer | Refusal
  if ("problem" in given) {
    const fix = given.problem.includes("ERR_UNKNOWN_FILE_EXTENSION")
      ? "it cannot load TypeScript: pass built JavaScript as the module, or use Node 22.18 or newer. "
      : ""
    throw new Error(`${request.module} cannot be replayed by ${described(environment)}: ${fix}${given.problem}`)
  }
  return given.histories
}

const asUrl = (module: string | URL): string =>
  typeof module === "string" && !module.startsWith("file:")
    ? pathToFileURL(path.resolve(module)).href
    : new URL(module).href

/**
 * Finds the first event after which two processes have different states; `undefined` if there is
 * none.
 */
const firstDifference = (ours: ReadonlyArray<string>, theirs: ReadonlyArray<string>): number | undefined => {
  const at = ours.findIndex((state, i) => state !== theirs[i])
  return at < 0 ? undefined : at
}

/** Rejects with a `Violation` if another process computes other states. */
export const agree = async (question: Question, options: Options): Promise<void> => {
  Runs.check(`${question.module}.processes`, options)
  const { isThorough = false, nodes = [], runs = 50 } = options
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31)
  const histories = question.given === undefined ? question.draw(runs, seed) : [question.given]
  const module = asUrl(options.module)
  const ours = histories.map((one) => question.statesOf(one).map(hash))
  const environments = environmentsOf([...new Set([process.execPath, ...nodes])], isThorough)
  const request = (histories: Request["histories"], isWhole: boolean): Request => ({
    module,
    name: question.subject,
    histories,
    isWhole
  })

  for (let first = 0; first < environments.length; first += maxProcesses) {
    const some = environments.slice(first, first + maxProcesses)
    const answers = await Promise.all(some.map((environment) => ask(environment, request(histories, false))))
    for (const [i, theirs] of answers.entries()) {
      const found = ours.findIndex((states, at) => firstDifference(states, theirs[at]!) !== undefined)
      if (found < 0) continue
      const environment = some[i]!
      const cut = histories[found]!.slice(0, firstDifference(ours[found]!, theirs[found]!)! + 1)
      const shrunk =
        question.given === undefined ? await shrink(question, cut, (all) => ask(environment, request(all, false))) : cut
      const [whole] = await ask(environment, request([shrunk], true))
      throw violation(question, shrunk, whole!, environment, options.module, seed)
    }
  }
}

/** Shortens a history. In each round, one process folds all shorter candidates. */
const shrink = async (
  { statesOf }: Question,
  history: Case,
  theirs: (histories: Request["histories"]) => Promise<ReadonlyArray<ReadonlyArray<string>>>
): Promise<Case> => {
  let shortest = history
  for (let round = 0; round < 6 && shortest.length > 1; round++) {
    const candidates: Array<Case> = []
    for (let size = shortest.length - 1; size >= 1; size = Math.floor(size / 2)) {
      // Keeps the last event, after which the states differ.
      for (let at = 0; at + size < shortest.length; at += size) {
        candidates.push(shortest.filter((_, i) => i < at || i >= at + size))
      }
    }
    const answers = await theirs(candidates)
    const differing = candidates.flatMap((candidate, i) => {
      const at = firstDifference(statesOf(candidate).map(hash), answers[i]!)
      return at === undefined ? [] : [candidate.slice(0, at + 1)]
    })
    const best = differing.sort((a, b) => a.length - b.length)[0]
    if (best === undefined || best.length >= shortest.length) break
    shortest = best
  }
  return shortest
}

const violation = (
  { about, claim, given, module, option, statesOf, subject, tagOf }: Question,
  history: Case,
  theirs: ReadonlyArray<string>,
  environment: Environment,
  file: string | URL,
  seed: number
): Violation => {
  const ours = statesOf(history)
  const at = firstDifference(ours, theirs) ?? history.length - 1
  const [here, there] = [ours[at] ?? "", theirs[at] ?? ""]
  const isThrown = [here, there].some((state) => !state.startsWith("{") && !state.startsWith("["))
  const parse = (state: string) => StoredJson.parse(state)
  const shown = path.relative(process.cwd(), fileURLToPath(asUrl(file)))
  return new Violation({
    about,
    module,
    subject,
    law: "processes",
    claim,
    divergence: {
      at,
      because: `another process has ${option === "log" ? "other rows" : "another state"} (here → ${described(environment)})`,
      differences: isThrown ? [`${here} → ${there}`] : Divergence.between(parse(here), parse(there))
    },
    evidence: { option, items: history.map((event) => JSON.stringify(event)), tags: history.map(tagOf) },
    given: `module: ${JSON.stringify(shown)}, `,
    found: given === undefined ? `Found with { seed: ${seed} }` : "Given, not random"
  })
}
