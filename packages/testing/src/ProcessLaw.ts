/** The law that every process folds a history to the same states, wherever and whenever it runs. */
import { Result, Schema } from "effect"
import * as fc from "fast-check"
import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as path from "node:path"
import * as Bench from "./Bench.ts"
import * as Divergence from "./Divergence.ts"
import * as Histories from "./Histories.ts"
import { type Answer, hash, type Refusal, type Request, statesOf } from "./internal/ReplayProcess.ts"
import type { Subject, Tagged } from "./Subject.ts"
import { Violation } from "./Violation.ts"

/** Options of {@link processes}. */
export interface ProcessOptions {
  /** The file that exports the subject, as a URL or a path from the working directory: a generated `account.laws.ts`. */
  readonly module: string | URL
  /** How many random histories; 50 unless given. */
  readonly runs?: number
  readonly seed?: number
  /** These events, in stored form, instead of random ones: what a failure prints. */
  readonly history?: ReadonlyArray<Schema.Json>
  /** Every time zone with every locale and seed, and not only each of them once: 18 processes for each Node instead of 3. */
  readonly isThorough?: boolean
  /** Programs to run, besides the Node that runs this: other versions of it. */
  readonly nodes?: ReadonlyArray<string>
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
  new URL(`./internal/ReplayProcess${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)
)

/** Several at once are no faster than there are cores. */
const atOnce = 2

/** What a process of its own makes of histories. */
const ask = async (place: Place, request: Request): Promise<ReadonlyArray<ReadonlyArray<string>>> => {
  const { locale, node, seed, zone } = place
  const child = spawn(node, [`--hash-seed=${seed}`, `--random-seed=${seed}`, program, "--replay"], {
    env: { ...process.env, TZ: zone, LC_ALL: locale, LANG: locale, LANGUAGE: "" },
    stdio: ["pipe", "pipe", "pipe"]
  })
  const failed = new Promise<never>((_, reject) => child.on("error", reject))
  // What ends before it has read all says why on its other outputs.
  child.stdin.on("error", () => undefined)
  child.stdin.end(JSON.stringify(request))
  const [out, err] = await Promise.race([Promise.all([text(child.stdout), text(child.stderr)]), failed])
  const last = out.trimEnd().split("\n").at(-1) ?? ""
  const given: Answer | Refusal = last.startsWith("{")
    ? (JSON.parse(last) as Answer | Refusal)
    : { problem: err.trim() || out.trim() || "it ended without a word" }
  if ("problem" in given) {
    throw new Error(`${request.module} can't be replayed by ${described(place)}: ${given.problem}`)
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

/**
 * Other processes fold the same histories to the same states: in other time zones and locales, with other seeds for hashes and random
 * numbers, by other versions of Node.
 *
 * **When to use**
 *
 * Against what is read when a module is loaded, where no guard stands, and what a library reads: `new Intl.Collator()` at the top of a file.
 *
 * **Details**
 *
 * Histories are drawn here, and folded here and by three processes, which between them have the time zones UTC, Pacific/Chatham and
 * America/Sao_Paulo, the locales C, sv_SE and tr_TR, and two seeds; with `isThorough`, by one for every combination. Each takes about
 * half a second.
 *
 * **Errors**
 *
 * Rejects with a `Violation`; with an `Error` where a process can't load the module: it has to load in plain Node, without the transforms of
 * a test runner.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.processes(subject, { module: "src/generated/account.laws.ts" })
 * ```
 */
export const processes = async <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: ProcessOptions
): Promise<void> => {
  const { history, isThorough = false, nodes = [], runs = 50 } = options
  const bench = Bench.make(subject)
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31)
  const histories = history === undefined ? drawn(bench, runs, seed) : [history]
  const module = asUrl(options.module)
  const ours = histories.map((events) => statesOf(subject, events).map(hash))
  const places = [...placesOf([...new Set([process.execPath, ...nodes])], isThorough)]

  for (let first = 0; first < places.length; first += atOnce) {
    const some = places.slice(first, first + atOnce)
    const answers = await Promise.all(
      some.map((place) => ask(place, { module, name: subject.name, histories, isWhole: false }))
    )
    for (const [i, theirs] of answers.entries()) {
      const found = ours.findIndex((states, at) => parted(states, theirs[at]!) !== undefined)
      if (found < 0) continue
      const place = some[i]!
      const request = (histories: Request["histories"], isWhole: boolean): Request => ({
        module,
        name: subject.name,
        histories,
        isWhole
      })
      const cut = histories[found]!.slice(0, parted(ours[found]!, theirs[found]!)! + 1)
      const shrunk = history === undefined ? await shrink(subject, cut, (all) => ask(place, request(all, false))) : cut
      const [whole] = await ask(place, request([shrunk], true))
      throw violation(
        subject,
        shrunk,
        statesOf(subject, shrunk),
        whole!,
        place,
        options.module,
        seed,
        history === undefined
      )
    }
  }
}

const drawn = <State, Event extends Tagged, Command extends Tagged>(
  bench: Bench.Bench<State, Event, Command>,
  runs: number,
  seed: number
): ReadonlyArray<ReadonlyArray<Schema.Json>> => {
  const isState = (state: State): boolean => {
    try {
      return bench.stateText(state) !== ""
    } catch {
      return false // `stateText` says by throwing that a state does not fit
    }
  }
  const { subject } = bench
  const decode = Schema.decodeUnknownResult(subject.codec.event)
  const arbitrary = fc.oneof(Histories.reachable(subject), Histories.events(subject, isState))
  return fc.sample(arbitrary, { numRuns: runs, seed }).map((events, i) =>
    events.map((event, j) => {
      let stored = JSON.parse(bench.eventText(event)) as Schema.Json
      if (i % 2 === 0) return stored
      for (let place = 0; place < most; place++) {
        const retold = reworded(stored, place, words[(i + 3 * j + 7 * place) % words.length]!)
        // Some texts are numbers, or ids of a kind.
        if (Result.isSuccess(decode(retold))) stored = retold
      }
      return stored
    })
  )
}

/** Texts of an event that are replaced. */
const most = 8
/** Random texts hardly ever have letters that languages do not agree on: their order, and how they look in capitals. */
const words = ["z", "ä", "I", "å", "i", "Z", "ı", "a", "ö", "É"]

/** Another text in one place, which is the `place`-th of those that the value has. */
const reworded = (value: Schema.Json, place: number, word: string): Schema.Json => {
  let next = 0
  const walk = (value: Schema.Json): Schema.Json => {
    if (typeof value === "string") return next++ === place ? word : value
    if (typeof value !== "object" || value === null) return value
    if (Array.isArray(value)) return value.map(walk)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === "_tag" ? one : walk(one)]))
  }
  const walked = walk(value)
  return next > place ? walked : value
}

/** Leaves out what the difference does not need: each time all that could be left out are tried by one process. */
const shrink = async <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  history: ReadonlyArray<Schema.Json>,
  theirs: (histories: Request["histories"]) => Promise<ReadonlyArray<ReadonlyArray<string>>>
): Promise<ReadonlyArray<Schema.Json>> => {
  let shortest = history
  for (let round = 0; round < 6 && shortest.length > 1; round++) {
    const candidates: Array<ReadonlyArray<Schema.Json>> = []
    for (let size = shortest.length - 1; size >= 1; size = Math.floor(size / 2)) {
      // Not the last one, at which they part.
      for (let at = 0; at + size < shortest.length; at += size) {
        candidates.push(shortest.filter((_, i) => i < at || i >= at + size))
      }
    }
    const answers = await theirs(candidates)
    const parting = candidates.flatMap((candidate, i) => {
      const at = parted(statesOf(subject, candidate).map(hash), answers[i]!)
      return at === undefined ? [] : [candidate.slice(0, at + 1)]
    })
    const best = parting.sort((a, b) => a.length - b.length)[0]
    if (best === undefined || best.length >= shortest.length) break
    shortest = best
  }
  return shortest
}

const violation = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  history: ReadonlyArray<Schema.Json>,
  ours: ReadonlyArray<string>,
  theirs: ReadonlyArray<string>,
  place: Place,
  module: string | URL,
  seed: number,
  isDrawn: boolean
): Violation => {
  const at = parted(ours, theirs) ?? history.length - 1
  const file = path.relative(process.cwd(), fileURLToPath(asUrl(module)))
  const [here, there] = [ours[at] ?? "", theirs[at] ?? ""]
  const isThrown = [here, there].some((state) => !state.startsWith("{") && !state.startsWith("["))
  const parse = (state: string) => JSON.parse(state) as Schema.Json
  return new Violation({
    about: subject.aggregate.name,
    module: "Laws",
    subject: subject.name,
    law: "processes",
    claim: "other processes come to the same states",
    divergence: {
      at,
      because: `another process comes to another state (here → ${described(place)})`,
      differences: isThrown ? [`${here} → ${there}`] : Divergence.between(parse(here), parse(there))
    },
    evidence: {
      option: "history",
      items: history.map((event) => JSON.stringify(event)),
      tags: history.map((event) => String(Reflect.get(Object(event), "_tag")))
    },
    given: `module: ${JSON.stringify(file)}, `,
    found: isDrawn ? `Found with { seed: ${seed} }` : "Given, not random"
  })
}
