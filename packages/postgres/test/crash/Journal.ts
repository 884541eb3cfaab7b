/** The journals of appenders, and the checks of a log after they and the server were killed. */
import type { Event } from "eventfold"
import { existsSync, readFileSync } from "node:fs"

/** An entry before an append, and one after it was acknowledged. */
export type Entry =
  | {
      readonly tried: string
      readonly appends: ReadonlyArray<{ readonly stream: string; readonly ids: ReadonlyArray<string> }>
    }
  | {
      readonly acknowledged: string
      readonly at: ReadonlyArray<{ readonly version: number; readonly position: number }>
    }

export const read = (file: string): ReadonlyArray<Entry> =>
  readFileSync(file, "utf8")
    .split("\n")
    // The last line of a killed process may be cut.
    .flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as Entry]
      } catch {
        return []
      }
    })

/** Returns the number of acknowledgements in a journal; 0 if it does not exist yet. */
export const acknowledgedIn = (file: string): number =>
  existsSync(file) ? read(file).filter((entry) => "acknowledged" in entry).length : 0

export interface Findings {
  readonly tried: number
  readonly acknowledged: number
  /** All violations, as messages; empty if there are none. */
  readonly broken: ReadonlyArray<string>
}

/** Compares the whole log with the journal. */
export const compare = (entries: ReadonlyArray<Entry>, log: ReadonlyArray<Event.RecordedEvent>): Findings => {
  const broken: Array<string> = []
  const byId = new Map<string, Event.RecordedEvent>()
  const positions = new Set<number>()
  const streams = new Map<string, Event.RecordedEvent>()
  let last = 0
  for (const event of log) {
    if (byId.has(event.id)) broken.push(`event ${event.id} is in the log twice`)
    if (positions.has(event.position)) broken.push(`position ${event.position} was given twice`)
    if (event.position <= last) broken.push(`position ${event.position} comes after ${last}`)
    const before = streams.get(event.stream)?.version ?? 0
    if (event.version !== before + 1) broken.push(`${event.stream} goes from version ${before} to ${event.version}`)
    byId.set(event.id, event)
    positions.add(event.position)
    streams.set(event.stream, event)
    last = event.position
  }
  const tries = new Map<string, Extract<Entry, { tried: string }>>()
  const known = new Set<string>()
  let acknowledged = 0
  for (const entry of entries) {
    if ("tried" in entry) {
      tries.set(entry.tried, entry)
      for (const { ids } of entry.appends) for (const id of ids) known.add(id)
      continue
    }
    acknowledged++
    const appends = tries.get(entry.acknowledged)?.appends ?? []
    for (const [i, { ids, stream }] of appends.entries()) {
      const event = byId.get(ids.at(-1)!)
      const { position, version } = entry.at[i]!
      if (event?.version !== version || event.position !== position || event.stream !== stream) {
        const now = event === undefined ? "not there" : `version ${event.version}, position ${event.position}`
        broken.push(`acknowledged as version ${version} of ${stream}, position ${position}, it is ${now}`)
      }
    }
  }
  for (const { appends, tried } of tries.values()) {
    const ids = appends.flatMap(({ ids }) => ids)
    const there = ids.filter((id) => byId.has(id)).length
    if (there !== 0 && there !== ids.length)
      broken.push(`of append ${tried}, ${there} of ${ids.length} events are there`)
  }
  for (const id of byId.keys()) if (!known.has(id)) broken.push(`event ${id} was appended by no process`)
  return { tried: tries.size, acknowledged, broken }
}
