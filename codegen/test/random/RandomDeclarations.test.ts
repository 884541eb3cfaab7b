/**
 * Generated code of any declaration type-checks, under TypeScript 7 and 6, its laws hold, and its
 * services run.
 *
 * Random domains are generated from, many at a time, and their bodies filled in mechanically. One
 * project in the ordinary run, always the same; others, and larger ones, with EVENTFOLD_SOAK=1. A
 * failure prints the seed that draws the same project again.
 */
import { Laws, ProjectionLaws } from "@eventfold/testing"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Project } from "../Project.ts"
import { fillIn, sampling } from "./Filling.ts"
import { pair, type RandomDomain } from "./RandomDomains.ts"
import { program, running } from "./Running.ts"

const soak = (process.env["EVENTFOLD_SOAK"] ?? "") !== ""
/**
 * The ordinary run takes domains that failed once, so that no change of something else ends it by
 * chance.
 */
const seen = { seed: 630570071, path: "9", numRuns: 1 }
const pairs = soak ? 8 : 3

/** Names of domains are names of folders, and those are the person's own affair. */
const names = (i: number): readonly [string, string] => [`d${i}`, `näher ${i}`]
const domains = fc.tuple(...Array.from({ length: pairs }, (_, i) => pair(names(i)))).map((all) => all.flat())

/** The start of what a tool printed: the first defect is enough. */
const start = (text: string): string => text.split("\n").slice(0, 30).join("\n")

interface Failure {
  readonly file: string
  readonly law: string
  readonly message: string
}

interface Program {
  readonly run: () => Promise<ReadonlyArray<unknown>>
}

const all = {
  determinism: Laws.determinism,
  snapshots: Laws.snapshots,
  hermetic: Laws.hermetic,
  segments: Laws.segments,
  codecs: Laws.codecs,
  decisions: Laws.decisions,
  invariants: Laws.invariants,
  independence: Laws.independence
}
const ofProjections = {
  determinism: ProjectionLaws.determinism,
  hermetic: ProjectionLaws.hermetic,
  keys: ProjectionLaws.keys,
  pages: ProjectionLaws.pages,
  restarts: ProjectionLaws.restarts,
  independence: ProjectionLaws.independence,
  codecs: ProjectionLaws.codecs
}
/** A fault of generated code shows in the first logs, which reach each event. */
const few = { runs: soak ? 8 : 2, seed: 1 }

type AnySubject =
  | Laws.Subject<unknown, Laws.Tagged, Laws.Tagged>
  | ProjectionLaws.ProjectionSubject<unknown, Laws.Tagged, unknown, unknown>

/** Checks every generated subject by every law. */
const broken = async (root: string, files: ReadonlyArray<string>): Promise<ReadonlyArray<Failure>> => {
  const found: Array<Failure> = []
  const attempt = (file: string, law: string, check: () => void) => {
    try {
      check()
    } catch (error) {
      found.push({ file, law, message: start(String(error)) })
    }
  }
  for (const file of files) {
    const [subject]: ReadonlyArray<AnySubject> = Object.values(await import(`${root}/${file}`))
    if (subject === undefined || "from" in subject) {
      for (const [law, check] of Object.entries(ofProjections)) attempt(file, law, () => check(subject!, few))
      continue
    }
    const [codec]: ReadonlyArray<{ readonly stale: boolean }> = Object.values(
      await import(`${root}/${file.replace(".laws.ts", ".codec.ts")}`)
    )
    if (codec?.stale !== false) found.push({ file, law: "codec", message: "is stale" })
    for (const [law, check] of Object.entries(all)) attempt(file, law, () => check(subject, few))
  }
  return found
}

const holds = async (drawn: ReadonlyArray<RandomDomain>): Promise<void> => {
  const schemas = drawn.flatMap(({ files }) => Object.entries(files))
  const project = new Project({
    // Names may meet: domains have stores of their own.
    "eventfold.config.ts": `export default ${JSON.stringify({
      output: "examples/{domain}/src/generated",
      separateStores: drawn.filter(({ aggregates }) => aggregates.length > 0).map(({ name }) => name)
    })}\n`,
    ...sampling,
    ...Object.fromEntries(schemas.map(([file, text]) => [`schemas/${file}`, text]))
  })
  const begun = await project.gen()
  expect(begun.err).toEqual([])
  const bodies = begun.out.flatMap((line) => /^began (.*): yours to write$/.exec(line)?.[1] ?? [])
  const files = {
    read: (file: string) => project.read(file),
    write: (file: string, text: string) => project.write(file, text)
  }
  const programs = drawn.map(({ name }) => `examples/${name}/src/${program}`)
  for (const [i, domain] of drawn.entries()) {
    fillIn(files, bodies, domain)
    project.write(programs[i]!, running(domain))
  }
  await project.gen()
  expect((await project.check()).err).toEqual([])
  const [seven, six] = await Promise.all([project.tsc(), project.tsc("6")])
  expect({ code: seven.code, out: start(seven.out) }).toEqual({ code: 0, out: "" })
  expect({ code: six.code, out: start(six.out) }).toEqual({ code: 0, out: "" })
  const subjects = Object.keys(project.texts("examples")).filter((file) => file.endsWith(".laws.ts"))
  expect(subjects.length).toBeGreaterThan(0)
  expect(await broken(project.root, subjects)).toEqual([])
  for (const [i, domain] of drawn.entries()) {
    const { run }: Program = await import(`${project.root}/${programs[i]}`)
    expect(await run()).toHaveLength(domain.aggregates.length + domain.projections.length)
  }
}

it("for any declarations, generated code type-checks, keeps its laws, and runs", { timeout: 3_600_000 }, async () => {
  const some = soak ? { numRuns: 40 } : seen
  await fc.assert(fc.asyncProperty(domains, holds), { ...some, endOnFailure: true, verbose: 0 })
})
