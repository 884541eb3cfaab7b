/**
 * Subject of the laws of projections: a projection with its handlers, and the aggregates that it
 * reads.
 */
import type { Aggregate } from "eventfold"
import type { ProjectionFold } from "eventfold/generated"
import type * as fc from "fast-check"
import type { StoredEvent } from "./EventJson.ts"
import type { ValuePool } from "./ValuePool.ts"
import type { Tagged } from "./Subject.ts"

/**
 * A projection as the laws test it: its handlers, and the aggregates that it reads.
 *
 * **When to use**
 *
 * `gen` writes one beside each projection's service: `AccountBalancesLaws`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProjectionSubject<Row, Event extends Tagged, Id, Key> {
  /** Name under which a test imports this subject, for the code that a failure prints. */
  readonly name: string
  readonly definition: ProjectionFold.Definition<Row, Event, Id, Key>
  /**
   * Aggregates that the projection reads, from `ProjectionLaws.from`. Their commands and events
   * fill the logs.
   */
  readonly from: ReadonlyArray<{ readonly aggregate: { readonly name: string } }>
}

/** One stream, while a log is built. */
export interface Instance {
  state: unknown
}

/** Next step of a stream, chosen independently of the events before it. */
export interface Move {
  /** Milliseconds since the previous move. */
  readonly pause: number
  readonly happen: (instance: Instance, at: number, index: number, pool: ValuePool) => ReadonlyArray<StoredEvent>
}

/** An aggregate as a source of logs. `from` creates it; subjects show only the aggregate. */
export interface Origin {
  readonly aggregate: Aggregate.Reference
  readonly begin: () => Instance
  /** Declared commands, with equal probability. */
  readonly commands: fc.Arbitrary<Move> | undefined
  /** Events that `apply` accepts, in any order. */
  readonly events: fc.Arbitrary<Move> | undefined
  /** The same, with all values that the schemas allow. */
  readonly extremes: fc.Arbitrary<Move> | undefined
}

/**
 * Returns the sources of a subject's logs. Throws a `TypeError` for one that `from` did not create.
 */
export const originsOf = <Row, Event extends Tagged, Id, Key>({
  from,
  name
}: ProjectionSubject<Row, Event, Id, Key>): ReadonlyArray<Origin> =>
  from.map((origin) => {
    if ("begin" in origin) return origin as Origin
    const { aggregate } = origin
    throw new TypeError(
      `${name} cannot draw events of ${aggregate.name}: create the entry of \`from\` with ProjectionLaws.from(${aggregate.name}Laws)`
    )
  })
