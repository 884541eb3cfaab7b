/**
 * Golden histories for tools: histories with recorded states, which the fold has to compute again
 * later. They are committed beside the fold, so that a commit that changes the meaning of old
 * events shows it.
 *
 * The command `eventfold golden` uses this module. Tests use `Laws.golden`.
 */
import { Result } from "effect"
import * as GoldenHistories from "./internal/golden/GoldenHistories.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/**
 * Compares the states that an aggregate's fold computes with those that {@link record} recorded.
 *
 * **When to use**
 *
 * Use it in a tool of your own that reports all differences, or that keeps golden histories
 * elsewhere than in files. In tests use `Laws.golden`.
 *
 * **Details**
 *
 * `name` is the name of the file in messages. Each history has one difference at most: the first.
 * `descriptions` has the same differences as text.
 *
 * **Errors**
 *
 * Fails with a message if the file is incomplete, was edited, has a later format, or is of another
 * aggregate.
 *
 * @example
 * ```ts
 * import * as Golden from "@eventfold/testing/Golden"
 * import type { Laws } from "@eventfold/testing"
 * import { Result } from "effect"
 *
 * const report = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>, text: string) => {
 *   const verified = Golden.verify(subject, { name: "account.ndjson", text })
 *   return Result.isSuccess(verified) ? verified.success.descriptions : [verified.failure]
 * }
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const verify = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  file: { readonly name: string; readonly text: string }
): Result.Result<
  {
    /** Number of recorded histories. */
    readonly histories: number
    /** `true` if the fold has the fingerprint of the fold that recorded the states. */
    readonly isSameFold: boolean
    readonly differences: ReadonlyArray<{
      /** Number of the history, from 1. */
      readonly history: number
      /** Number of the event, from 1; 0 is the initial state. */
      readonly at: number
      /** Number of events of the history. */
      readonly of: number
      /** Type of the event; empty for the initial state. */
      readonly type: string
      readonly because: string
      /** One line for each place that differs: recorded → now. */
      readonly differences: ReadonlyArray<string>
    }>
    /** A text for each difference. */
    readonly descriptions: ReadonlyArray<string>
  },
  string
> =>
  Result.map(read(subject, file), (golden) => {
    const differences = GoldenHistories.differences(subject, golden)
    return {
      histories: golden.histories.length,
      isSameFold: golden.fingerprint === subject.fold.fingerprint,
      differences,
      descriptions: differences.map((one) => GoldenHistories.describe(subject.aggregate.name, one))
    }
  })

/**
 * Records histories of random commands, and the states that an aggregate's fold computes, as the
 * text of a file.
 *
 * **When to use**
 *
 * Use it in a tool of your own. `eventfold golden record` writes the files of a project.
 *
 * **Details**
 *
 * The histories of `before`, the existing file, stay, with the current states. Histories are added
 * for types of events that none of them has. If states differ and there is a `reason`, the text
 * keeps it.
 *
 * **Errors**
 *
 * Fails with a message if `before` cannot be read, as {@link verify} does.
 *
 * **Gotchas**
 *
 * If `differences` is not empty and there is no reason, do not write `text`: the recorded states
 * would be lost.
 *
 * @example
 * ```ts
 * import * as Golden from "@eventfold/testing/Golden"
 * import type { Laws } from "@eventfold/testing"
 * import { Result } from "effect"
 *
 * const text = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Result.getOrThrow(Golden.record(subject, undefined, { seed: 2 })).text
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const record = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  before: { readonly name: string; readonly text: string } | undefined,
  options: {
    /**
     * Minimum number of histories of a new file. Defaults to 5; more are recorded if some events
     * need them.
     */
    readonly histories?: number
    /** Seed of the random histories. Defaults to 1. */
    readonly seed?: number
    /** Maximum number of events in a history. Defaults to 30. */
    readonly length?: number
    /** Reason why recorded states differ, if they do. */
    readonly reason?: string
  } = {}
): Result.Result<
  {
    readonly text: string
    /** `false` if the text equals that of `before`, apart from the ends of lines. */
    readonly isChanged: boolean
    /** Number of histories, and of types of events in them. */
    readonly histories: number
    readonly types: number
    /** Number of added histories. */
    readonly added: number
    /** Number of removed histories: an event of theirs cannot be decoded or folded any more. */
    readonly dropped: number
    /** A text for each history of `before` whose states differ. */
    readonly differences: ReadonlyArray<string>
  },
  string
> =>
  Result.map(before === undefined ? Result.succeed(undefined) : read(subject, before), (old) => {
    const { added, differences, dropped, golden } = GoldenHistories.record(subject, old, options, options.reason)
    const text = GoldenHistories.write(golden)
    return {
      text,
      isChanged: old === undefined || GoldenHistories.write(old) !== text,
      histories: golden.histories.length,
      types: GoldenHistories.typesOf(golden).size,
      added,
      dropped,
      differences: differences.map((one) => GoldenHistories.describe(subject.aggregate.name, one))
    }
  })

const read = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate }: Subject<State, Event, Command>,
  { name, text }: { readonly name: string; readonly text: string }
): Result.Result<GoldenHistories.Golden, string> => {
  const found = GoldenHistories.read(text, name)
  if (Result.isFailure(found)) return Result.fail(found.failure.message)
  return found.success.aggregate === aggregate.name
    ? Result.succeed(found.success)
    : Result.fail(`${name} has golden histories of ${found.success.aggregate}, instead of those of ${aggregate.name}`)
}
