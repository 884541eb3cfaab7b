/** Has processes of their own fold what is drawn here, in other time zones and locales, and finds the first event at which one parts. */
import type { Schema } from "effect"
import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as path from "node:path"
import * as Divergence from "../subject/Divergence.ts"
import { type Details, Violation } from "../subject/Violation.ts"
import * as Runs from "../draw/Runs.ts"
import { type Answer, hash, type Refusal, type Request } from "./ReplayProcess.ts"
import { StoredJson } from "eventfold/store"

/** Where to look for the subject, and in how many places. */
export interface Options {
  /** The file that exports the subject, as a URL or a path from the working directory: a generated `account.laws.ts`. */
  readonly module: string | URL
  /** How many random histories, or logs; 50 unless given. */
  readonly runs?: number
  readonly seed?: number
  /** Every time zone with every locale and seed, and not only each of them once: 18 processes for each Node instead of 3. */
  readonly isThorough?: boolean
  /** Programs to run, besides the Node that runs this: other versions of it. */
  readonly nodes?: ReadonlyArray<string>
}

type Case = ReadonlyArray<Schema.Json>

/** What processes are to agree on. */
export interface Matter extends Pick<Details, "about" | "claim" | "module" | "subject"> {
  readonly option: "history" | "log"
  /** Given, or else drawn. */
  readonly given: Case | undefined
  readonly draw: (runs: number, seed: number) => ReadonlyArray<Case>
  /** What this process comes to after each event, as canonical JSON. */
  readonly statesOf: (one: Case) => ReadonlyArray<string>
  /** What an event is called. */
  readonly tagOf: (event: Schema.Json) => string
}

const zones = ["UTC", "Pacific/Chatham", "America/Sao_Paulo"]
const locales = ["C", "sv_SE.UTF-8", "tr_TR.UTF-8"]
/** For hashes and random numbers. */
const seeds = [1, 2]

interface Place {
  readonly node: string
  readonly zone: string
  readonly locale: string
  readonly seed: number
}

const placesOf = (nodes: ReadonlyArray<string>, isThorough: boolean): ReadonlyArray<Place> =>
  nodes.flatMap((node) =>
    isThorough
      ? zones.flatMap((zone) => locales.flatMap((locale) => seeds.map((seed) => ({ node, zone, locale, seed }))))
      : zones.map((zone, i) => ({ node, zone, locale: locales[i]!, seed: seeds[i % seeds.length]! }))
  )

const described = ({ locale, node, seed, zone }: Place): string =>
  `TZ=${zone} LC_ALL=${locale} ${node === process.execPath ? "node" : node} --hash-seed=${seed} --random-seed=${seed}`

const program = fileURLToPath(
  new URL(`./ReplayProgram${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)
)

/** Several at once are no faster than there are cores. */
const atOnce = 2

/** What a process of its own makes of histories. */
const ask = async (place: Place, request: Request): Promise<ReadonlyArray<ReadonlyArray<string>>> => {
  const { locale, node, seed, zone } = place
  const child = spawn(node, [`--hash-seed=${seed}`, `--random-seed=${seed}`, program], {
    env: { ...process.env, TZ: zone, LC_ALL: locale, LANG: locale, LANGUAGE: "" },
    stdio: ["pipe", "pipe", "pipe"]
  })
  const failed = new Promise<never>((_, reject) =>
    child.on("error", ({ message }) => reject(new Error(`${node} can't be run: ${message}`)))
  )
  // What ends before it has read all says why on its other outputs.
  child.stdin.on("error", () => undefined)
  child.stdin.end(JSON.stringify(request))
  const [out, err] = await Promise.race([Promise.all([text(child.stdout), text(child.stderr)]), failed])
  const last = out.trimEnd().split("\n").at(-1) ?? ""
  const told: unknown = last.startsWith("{")
    ? StoredJson.parse(last)
    : { problem: err.trim() || out.trim() || "it ended without a word" }
  const given = told as Answer | Refusal
  if ("problem" in given) {
    const mend = given.problem.includes("ERR_UNKNOWN_FILE_EXTENSION")
      ? "it can't load TypeScript: give it built JavaScript as the module, or take Node 22.18 or newer. "
      : ""
    throw new Error(`${request.module} can't be replayed by ${described(place)}: ${mend}${given.problem}`)
  }
  return given.histories
}

const asUrl = (module: string | URL): string =>
  typeof module === "string" && !module.startsWith("file:")
    ? pathToFileURL(path.resolve(module)).href
    : new URL(module).href

/** The first event after which two processes are in different states; undefined where there is none. */
const parted = (ours: ReadonlyArray<string>, theirs: ReadonlyArray<string>): number | undefined => {
  const at = ours.findIndex((state, i) => state !== theirs[i])
  return at < 0 ? undefined : at
}

/** Rejects with a `Violation` where another process comes to something else. */
export const agree = async (matter: Matter, options: Options): Promise<void> => {
  Runs.check(`${matter.module}.processes`, options)
  const { isThorough = false, nodes = [], runs = 50 } = options
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31)
  const histories = matter.given === undefined ? matter.draw(runs, seed) : [matter.given]
  const module = asUrl(options.module)
  const ours = histories.map((one) => matter.statesOf(one).map(hash))
  const places = placesOf([...new Set([process.execPath, ...nodes])], isThorough)
  const request = (histories: Request["histories"], isWhole: boolean): Request => ({
    module,
    name: matter.subject,
    histories,
    isWhole
  })

  for (let first = 0; first < places.length; first += atOnce) {
    const some = places.slice(first, first + atOnce)
    const answers = await Promise.all(some.map((place) => ask(place, request(histories, false))))
    for (const [i, theirs] of answers.entries()) {
      const found = ours.findIndex((states, at) => parted(states, theirs[at]!) !== undefined)
      if (found < 0) continue
      const place = some[i]!
      const cut = histories[found]!.slice(0, parted(ours[found]!, theirs[found]!)! + 1)
      const shrunk =
        matter.given === undefined ? await shrink(matter, cut, (all) => ask(place, request(all, false))) : cut
      const [whole] = await ask(place, request([shrunk], true))
      throw violation(matter, shrunk, whole!, place, options.module, seed)
    }
  }
}

/** Leaves out what the difference does not need: each time all that could be left out are tried by one process. */
const shrink = async (
  { statesOf }: Matter,
  history: Case,
  theirs: (histories: Request["histories"]) => Promise<ReadonlyArray<ReadonlyArray<string>>>
): Promise<Case> => {
  let shortest = history
  for (let round = 0; round < 6 && shortest.length > 1; round++) {
    const candidates: Array<Case> = []
    for (let size = shortest.length - 1; size >= 1; size = Math.floor(size / 2)) {
      // Not the last one, at which they part.
      for (let at = 0; at + size < shortest.length; at += size) {
        candidates.push(shortest.filter((_, i) => i < at || i >= at + size))
      }
    }
    const answers = await theirs(candidates)
    const parting = candidates.flatMap((candidate, i) => {
      const at = parted(statesOf(candidate).map(hash), answers[i]!)
      return at === undefined ? [] : [candidate.slice(0, at + 1)]
    })
    const best = parting.sort((a, b) => a.length - b.length)[0]
    if (best === undefined || best.length >= shortest.length) break
    shortest = best
  }
  return shortest
}

const violation = (
  { about, claim, given, module, option, statesOf, subject, tagOf }: Matter,
  history: Case,
  theirs: ReadonlyArray<string>,
  place: Place,
  file: string | URL,
  seed: number
): Violation => {
  const ours = statesOf(history)
  const at = parted(ours, theirs) ?? history.length - 1
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
      because: `another process comes to ${option === "log" ? "other rows" : "another state"} (here → ${described(place)})`,
      differences: isThrown ? [`${here} → ${there}`] : Divergence.between(parse(here), parse(there))
    },
    evidence: { option, items: history.map((event) => JSON.stringify(event)), tags: history.map(tagOf) },
    given: `module: ${JSON.stringify(shown)}, `,
    found: given === undefined ? `Found with { seed: ${seed} }` : "Given, not random"
  })
}
