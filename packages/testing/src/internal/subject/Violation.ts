/** Error of a law that does not hold, with a test that reproduces it. */
/**
 * Property that marks a `Violation`, so that errors from another copy of this package are
 * recognised.
 */
const TypeId = "~eventfold/testing/Violation"

/** History on which the law does not hold. */
export interface Evidence {
  /**
   * Option of the law that takes the items: events, commands with their times, or events of several
   * streams.
   */
  readonly option: "history" | "commands" | "log"
  readonly items: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
}

/** Contents of a {@link Violation}. */
export interface Details {
  /** Name of the aggregate or the projection. */
  readonly about: string
  /** Module of the law. */
  readonly module: "Laws" | "ProjectionLaws"
  /** Name under which a test imports the subject. */
  readonly subject: string
  readonly law: string
  readonly claim: string
  readonly divergence: Violation["divergence"]
  readonly evidence: Evidence
  /** Code of further options that the law needs. */
  readonly given?: string
  /** Advice if the failure depends on the value of one field. */
  readonly advice?: string | undefined
  /** Text that describes how the history was found. */
  readonly found: string
}

/**
 * Error: a law does not hold. The message has the claim, the event, the reason, and code that
 * reproduces it.
 *
 * **When to use**
 *
 * Laws of aggregates and of projections throw it. A test lets it fail; a tool shows `message`, or
 * writes `code` to a file.
 *
 * **Gotchas**
 *
 * If a project has two copies of this package, `instanceof` misses the error of the other one:
 * compare `name`.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const reproduction = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) => {
 *   try {
 *     Laws.determinism(subject)
 *     return undefined
 *   } catch (error) {
 *     if (error instanceof Laws.Violation) return error.code
 *     throw error
 *   }
 * }
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class Violation extends Error {
  readonly [TypeId] = TypeId
  override readonly name = "Violation"
  /** Name of the law. */
  readonly law: string
  /** The place at which the history violates the claim, and the reason. */
  readonly divergence: {
    /** Index into the history or into the commands; -1 is before the first. */
    readonly at: number
    readonly because: string
    /** One line for each place in which two states differ. */
    readonly differences?: ReadonlyArray<string>
  }
  /** Code of a test that fails until the defect is fixed. */
  readonly code: string

  constructor(details: Details) {
    const code = codeOf(details)
    super(render(details, code))
    this.law = details.law
    this.divergence = details.divergence
    this.code = code
  }
}

/** Maximum number of differences in the message; `divergence` has all of them. */
const maxShownDifferences = 12

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
    ...differences.slice(0, maxShownDifferences).map((line) => `    ${line}`),
    ...(differences.length > maxShownDifferences ? [`    … and ${differences.length - maxShownDifferences} more`] : []),
    "",
    ...(advice === undefined ? [] : [advice, ""]),
    `  ${found}. As a test:`,
    "",
    `  ${code}`,
    ""
  ].join("\n")
}
