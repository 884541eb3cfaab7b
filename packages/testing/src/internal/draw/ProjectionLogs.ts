/**
 * Random logs for the laws of projections, with several streams of the aggregates that the
 * projection reads.
 */
import { Result, Schema } from "effect"
import { StoreRequest } from "eventfold/store"
import * as fc from "fast-check"
import * as Arbitraries from "../../Arbitraries.ts"
import { isNotWritten } from "./Moves.ts"
import { messageOf } from "../subject/ErrorMessage.ts"
import * as Sequence from "./Sequence.ts"
import { Undrawable } from "./Undrawable.ts"
import { ValuePool } from "../subject/ValuePool.ts"
import type { Entry, Happened, Log, ProjectionTools, Rows } from "../subject/ProjectionTools.ts"
import { after } from "../subject/ProjectionTools.ts"
import { type Origin, originsOf } from "../subject/ProjectionSubject.ts"
import type { Tagged } from "../subject/Subject.ts"

export interface Options {
  /** Maximum number of commands or events in a log. Defaults to 30. */
  readonly length?: number
}

/** Maximum number of streams of one aggregate in a log. */
const maxStreams = 3

interface Named {
  readonly origin: Origin
  /** Ids in stored form, with their decoded values. */
  readonly ids: ReadonlyArray<readonly [text: string, id: unknown]>
}

/**
 * Draws ids for each aggregate. Aggregates share ids if their types allow: a payment has the id of
 * its order.
 */
const named = (from: ReadonlyArray<Origin>): fc.Arbitrary<ReadonlyArray<Named>> => {
  const texts = from.map(({ aggregate }) => {
    const encode = Schema.encodeSync(aggregate.id)
    const isName = (text: string) => {
      const append = { stream: `${aggregate.name}-${text}`, expected: "any" as const, events: [] }
      return StoreRequest.checkAppends("log", [append]) === undefined
    }
    const text = Arbitraries.fromSchema(aggregate.id, { what: `the id of ${aggregate.name}` })
      .map((id) => {
        try {
          return encode(id)
        } catch (error) {
          throw new Undrawable(`the id of ${aggregate.name}`, "", `it cannot be encoded to text: ${messageOf(error)}`)
        }
      })
      .filter(isName)
    return fc.uniqueArray(text, { minLength: 1, maxLength: maxStreams, size: "max" })
  })
  return fc.tuple(...texts).map((drawn) =>
    from.map((origin, i) => {
      const decode = Schema.decodeResult(origin.aggregate.id)
      const known = (all: ReadonlyArray<string>) =>
        all.flatMap((text) => {
          const id = decode(text)
          return Result.isSuccess(id) ? [[text, id.success] as const] : []
        })
      const shared = known(drawn[0] ?? [])
      return { origin, ids: shared.length > 0 ? shared : known(drawn[i]!) }
    })
  )
}

/**
 * Source of the events: commands, events in any order, or events in any order with all values that
 * the schemas allow.
 */
export type Source = "commands" | "events" | "extremes"

/**
 * Draws logs: commands for several streams that `decide` handles, or events that `apply` accepts.
 *
 * **Details**
 *
 * The events of one stream that commands lead to can really happen. But no declaration has the
 * order of events of several aggregates. If a projection reads several, an event at which a handler
 * throws, or at which a row fails a check of its schema, is omitted from the log. The same applies
 * to events that no command led to, and to a projection that parks failing events. A failure that
 * no order of events excuses stays in the log: a key function that throws, and a row of a wrong
 * type or with wrong fields. Of events with extreme values, every failing one is omitted.
 */
export const logs = <Row, Event extends Tagged, Id, Key>(
  tools: ProjectionTools<Row, Event, Id, Key>,
  source: Source,
  options: Options = {}
): fc.Arbitrary<Log<Event, Id>> => {
  const from = originsOf(tools.subject)
  const isCertain = source === "commands" && from.length === 1 && tools.subject.definition.onFailure !== "park"
  const moves = from.flatMap((origin, index) => {
    const move = origin[source]
    return move === undefined ? [] : [move.map((move) => ({ index, move }))]
  })
  if (moves.length === 0) return fc.constant([])
  const move = fc.record({ move: fc.oneof(...moves), which: fc.nat({ max: maxStreams - 1 }) })
  const all = Sequence.of(move, options.length ?? 30)
  return fc.tuple(named(from), all).map(([names, moves]) => {
    const pool = new ValuePool()
    const instances = new Map<string, ReturnType<Origin["begin"]>>()
    const keep = keeping(tools, isCertain, source !== "extremes")
    let at = 0
    for (const [
      i,
      {
        move: { index, move },
        which
      }
    ] of moves.entries()) {
      const { ids, origin } = names[index]!
      const [text] = ids[which % ids.length]!
      const stream = `${origin.aggregate.name}-${text}`
      const instance = instances.get(stream) ?? origin.begin()
      instances.set(stream, instance)
      // An event can refer to another stream: a loan to its account.
      for (const { ids } of names) pool.add(ids[which % ids.length]![1])
      at += move.pause
      for (const stored of move.happen(instance, at, i, pool)) keep.add({ stream, at, stored })
    }
    return keep.log
  })
}

/** Builds a log. Omits events at which a handler throws, unless they can certainly happen. */
const keeping = <Row, Event extends Tagged, Id, Key>(
  { begin, keysOf, step }: ProjectionTools<Row, Event, Id, Key>,
  isCertain: boolean,
  areDefectsKept: boolean
) => {
  const log: Array<Entry<Event, Id>> = []
  const next = begin()
  let rows: Rows<Row> = new Map()
  const isFolded = (entry: Entry<Event, Id>): boolean => {
    const keys = keysOf(entry)
    const stepped = keys.ok ? step(rows, entry, keys.keys) : keys
    if (!stepped.ok) {
      if (isNotWritten(stepped.error)) throw stepped.error
      // The law that folds the event reports the defect.
      return stepped.isDefect && areDefectsKept
    }
    rows = after(rows, stepped.changes)
    return true
  }
  return {
    log,
    add: (happened: Happened) => {
      const { entry, keep } = next(happened)
      if (!isCertain && !isFolded(entry)) return
      keep()
      log.push(entry)
    }
  }
}
