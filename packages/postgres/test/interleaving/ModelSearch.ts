/**
 * Visits every state that writers and a reader can reach, and returns the shortest path to a wrong
 * one.
 */
import * as LogModel from "./LogModel.ts"
import * as ModelReader from "./ModelReader.ts"

export interface World {
  readonly scripts: ReadonlyArray<LogModel.Script>
  readonly rules: LogModel.WriterRules
  readonly reader: ModelReader.Steps
  /**
   * Granularity of the reader: its steps are taken one by one, between any two of the writers', or
   * all at once.
   */
  readonly readerIsInterleaved: boolean
}

export interface Counterexample {
  readonly schedule: ReadonlyArray<string>
  readonly problem: string
}

export interface Outcome {
  readonly states: number
  readonly counterexample: Counterexample | undefined
}

interface Node {
  readonly log: LogModel.Log
  readonly reader: ModelReader.Reader
  readonly by: string
  readonly from: Node | undefined
}

/** Returns the mistake in the events that were delivered, without those that are still to come. */
const problemOf = ({ log, reader }: Pick<Node, "log" | "reader">): string | undefined => {
  const { cursor, delivered } = reader
  const unordered = delivered.findIndex((position, i) => i > 0 && position <= delivered[i - 1]!)
  if (unordered !== -1) return `position ${delivered[unordered]} was delivered after ${delivered[unordered - 1]}`
  const missed = log.visible.find(({ position }) => position <= cursor && !delivered.includes(position))
  return missed === undefined
    ? undefined
    : `position ${missed.position} is committed, not delivered, and behind the cursor at ${cursor}`
}

const undelivered = ({ log, reader }: Node, steps: ModelReader.Steps): string | undefined => {
  // One read may be running; the next one sees everything.
  const last = ModelReader.finish(ModelReader.finish(reader, steps, log), steps, log)
  const problem = problemOf({ log, reader: last })
  if (problem !== undefined) return `once the read under way, or the next one, is over: ${problem}`
  const rest = log.visible.filter(({ position }) => !last.delivered.includes(position))
  return rest.length === 0 ? undefined : `never delivered: ${rest.map(({ position }) => position).join(", ")}`
}

const keyOf = ({ log, reader }: Node): string => {
  const of = (w: LogModel.Writer) => [w.at, w.xid, w.looked, w.remembers, w.locks, w.drawn, w.inserted, w.savepoint]
  const visible = log.visible.map(({ position, xid }) => [position, xid])
  return JSON.stringify([log.lastDrawn, log.nextXid, visible, log.writers.map(of), Object.values(reader)], (_, value) =>
    value === Infinity ? "∞" : value
  )
}

const way = (end: Node): ReadonlyArray<string> => {
  const names: Array<string> = []
  for (let node: Node | undefined = end; node?.from !== undefined; node = node.from) names.unshift(node.by)
  return names
}

const successors = ({ log, reader }: Node, world: World): ReadonlyArray<Omit<Node, "from">> => {
  const next = log.writers.flatMap((writer, i) => {
    if (LogModel.isOver(writer)) return []
    const after = LogModel.step(log, i, world.rules)
    const drawn = LogModel.nextStep(writer) === "draw" ? ` ${after.lastDrawn}` : ""
    return [{ log: after, reader, by: `W${i + 1} ${LogModel.nextStep(writer)}${drawn}` }]
  })
  const move = world.readerIsInterleaved ? ModelReader.step : ModelReader.finish
  const by = world.readerIsInterleaved ? `R ${world.reader[reader.at]}` : `R ${world.reader.join(", ")}`
  return [...next, { log, reader: move(reader, world.reader, log), by }]
}

export const search = (world: World): Outcome => {
  const first: Node = {
    log: LogModel.make(world.scripts, world.rules),
    reader: ModelReader.initial,
    by: "",
    from: undefined
  }
  const seen = new Set([keyOf(first)])
  // Breadth first: the first wrong state that is found is one of the nearest.
  let level = [first]
  while (level.length > 0) {
    const following: Array<Node> = []
    for (const from of level) {
      for (const successor of successors(from, world)) {
        const node: Node = { ...successor, from }
        const key = keyOf(node)
        if (seen.has(key)) continue
        seen.add(key)
        const isLast = node.log.writers.every(LogModel.isOver)
        const problem = problemOf(node) ?? (isLast ? undelivered(node, world.reader) : undefined)
        if (problem !== undefined) {
          return { states: seen.size, counterexample: { schedule: way(node), problem } }
        }
        following.push(node)
      }
    }
    level = following
  }
  return { states: seen.size, counterexample: undefined }
}

/** Formats a path, one step in each line. */
export const print = ({ problem, schedule }: Counterexample): string =>
  [...schedule.map((name, i) => `${String(i + 1).padStart(3)}. ${name}`), `     → ${problem}`].join("\n")
