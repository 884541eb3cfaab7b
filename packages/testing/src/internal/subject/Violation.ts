/** A law that does not hold, said so that a person can go on from it. */
import type { Divergence } from "../subject/Divergence.ts"

/** Marks a `Violation`, so that one from another copy of this package is known too. */
export const TypeId = "~eventfold/testing/Violation"

/** What was looked at when the law broke. */
export interface Evidence {
  /** Events, commands with their times, or events of several streams, in stored form: what the law's option of this name takes. */
  readonly option: "history" | "commands" | "log"
  readonly items: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
}

export interface Details {
  /** The aggregate or the projection. */
  readonly about: string
  /** The module that the law is in. */
  readonly module: "Laws" | "ProjectionLaws"
  /** The subject, as a test imports it. */
  readonly subject: string
  readonly law: string
  readonly claim: string
  readonly divergence: Divergence
  readonly evidence: Evidence
  /** Options that the law needs besides, as code. */
  readonly given?: string
  /** What to do if the value of a field decides. */
  readonly advice?: string | undefined
  /** How it was found. */
  readonly found: string
}

/** A law does not hold. The message names the claim, the event, the reason, and code that shows it again. */
export class Violation extends Error {
  readonly [TypeId] = TypeId
  override readonly name = "Violation"
  readonly law: string
  readonly divergence: Divergence
  /** A test that fails until the defect is gone. */
  readonly code: string

  constructor(details: Details) {
    const code = codeOf(details)
    super(render(details, code))
    this.law = details.law
    this.divergence = details.divergence
    this.code = code
  }
}

/** So many differences say what is wrong; all of them are in `divergence`. */
const shown = 12

const codeOf = ({ evidence, given = "", law, module, subject }: Details): string => {
  const items = evidence.items.length === 0 ? "[]" : `[\n    ${evidence.items.join(",\n    ")}\n  ]`
  return `${module}.${law}(${subject}, { ${given}${evidence.option}: ${items} })`
}

const render = ({ about, advice, claim, divergence, evidence, found }: Details, code: string): string => {
  const { at, because, differences = [] } = divergence
  const what = evidence.option === "commands" ? "command" : "event"
  const place =
    at < 0 ? `before the first ${what}` : `${what} ${at + 1} of ${evidence.items.length}, ${evidence.tags[at]}`
  return [
    `${about} breaks a law: ${claim}`,
    "",
    `  ${place}: ${because}`,
    ...differences.slice(0, shown).map((line) => `    ${line}`),
    ...(differences.length > shown ? [`    … and ${differences.length - shown} more`] : []),
    "",
    ...(advice === undefined ? [] : [advice, ""]),
    `  ${found}. As a test:`,
    "",
    `  ${code}`,
    ""
  ].join("\n")
}
