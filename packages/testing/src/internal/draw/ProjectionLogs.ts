/** Logs to try the laws of projections on: several streams of the aggregates that it reads, one event after the other. */
import { Result, Schema } from "effect"
import { StoreRequest } from "eventfold/store"
import * as fc from "fast-check"
import * as Arbitraries from "../../Arbitraries.ts"
import { isNotWritten } from "./Moves.ts"
import { messageOf } from "../subject/ErrorMessage.ts"
import * as Sequence from "./Sequence.ts"
import { ValuePool } from "../subject/ValuePool.ts"
import type { Entry, Happened, Log, ProjectionTools, Rows } from "../subject/ProjectionTools.ts"
import { after } from "../subject/ProjectionTools.ts"
import type { Origin } from "../subject/ProjectionSubject.ts"
import type { Tagged } from "../subject/Subject.ts"

export interface Options {
  /** Most commands, or events, in one log; 30 unless given. */
  readonly length?: number
}

/** Streams of one aggregate in a log. */
const streams = 3

interface Named {
  readonly origin: Origin
  /** Ids as they are stored, and as they are decoded. */
  readonly ids: ReadonlyArray<readonly [text: string, id: unknown]>
}

/** Ids for each aggregate. Those that could be another's are: so a payment has the id of its order. */
const named = (from: ReadonlyArray<Origin>): fc.Arbitrary<ReadonlyArray<Named>> => {
  const texts = from.map(({ aggregate }) => {
    const encode = Schema.encodeSync(aggregate.id)
    const isName = (text: string) => StoreRequest.checkStream("log", `${aggregate.name}-${text}`) === undefined
    const text = Arbitraries.fromSchema(aggregate.id, { what: `the id of ${aggregate.name}` })
      .map((id) => {
        try {
          return encode(id)
        } catch (error) {
          throw new Arbitraries.Undrawable(`the id of ${aggregate.name}`, "", `it has no text: ${messageOf(error)}`)
        }
      })
      .filter(isName)
    return fc.uniqueArray(text, { minLength: 1, maxLength: streams, size: "max" })
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

/** What commands lead to, events in any order, or events in any order with any values that their schemas let pass. */
export type Kind = "commands" | "events" | "extremes"

/**
 * Random logs: commands for several streams, put through `decide`, or events such as `apply` takes.
 *
 * **Details**
 *
 * Commands lead to events of a stream that can happen. But in which order the events of several aggregates can happen nobody has
 * declared: where a projection reads several, an event that a handler throws at, or at which a row fails a check of its schema, is left
 * out. So it is with events that no command led to, and where the projection parks what fails. What no order can excuse stays: a key
 * function that throws, and a row of another type or with other fields. Of events with extreme values, all that fails is left out.
 */
export const logs = <Row, Event extends Tagged, Id, Key>(
  tools: ProjectionTools<Row, Event, Id, Key>,
  kind: Kind,
  options: Options = {}
): fc.Arbitrary<Log<Event, Id>> => {
  const { from } = tools.subject
  const isCertain = kind === "commands" && from.length === 1 && tools.subject.definition.onFailure !== "park"
  const moves = from.flatMap((origin, index) => {
    const move = origin[kind]
    return move === undefined ? [] : [move.map((move) => ({ index, move }))]
  })
  if (moves.length === 0) return fc.constant([])
  const move = fc.record({ move: fc.oneof(...moves), which: fc.nat({ max: streams - 1 }) })
  const all = Sequence.of(move, options.length ?? 30)
  return fc.tuple(named(from), all).map(([names, moves]) => {
    const pool = new ValuePool()
    const instances = new Map<string, ReturnType<Origin["begin"]>>()
    const keep = keeping(tools, isCertain, kind !== "extremes")
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
      // An event may name another's stream: a loan its account.
      for (const { ids } of names) pool.add(ids[which % ids.length]![1])
      at += move.pause
      for (const stored of move.happen(instance, at, i, pool)) keep.add({ stream, at, stored })
    }
    return keep.log
  })
}

/** A log that grows, and leaves out what a handler throws at, unless that is certain to happen. */
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
      // The law that folds it meets the defect, and names the event.
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
