/** Logs in stored form: encodes the entries of a log, and decodes them for a projection. */
import { DateTime } from "effect"
import * as EventJson from "./EventJson.ts"
import { type Origin, originsOf } from "./ProjectionSubject.ts"
import type { Log, Logged, ProjectionTools } from "./ProjectionTools.ts"
import type { Tagged } from "./Subject.ts"

/** Finds the aggregate of a stream among those that the projection reads. */
export const originOf = <Row, Event extends Tagged, Id, Key>(
  { subject }: ProjectionTools<Row, Event, Id, Key>,
  stream: string
): Origin => {
  const name = stream.slice(0, stream.indexOf("-"))
  const origin = originsOf(subject).find(({ aggregate }) => aggregate.name === name)
  if (origin !== undefined) return origin
  throw new TypeError(`${subject.definition.name} does not read the stream ${JSON.stringify(stream)}`)
}

/** Returns an entry in stored form. */
export const loggedOf = ({ at, stored, stream }: Log<unknown, unknown>[number]): Logged => ({
  stream,
  at: new Date(at).toISOString(),
  event: EventJson.jsonOf(stored)
})

/** Decodes a log from its stored form. */
export const logOf = <Row, Event extends Tagged, Id, Key>(
  tools: ProjectionTools<Row, Event, Id, Key>,
  log: ReadonlyArray<Logged>
): Log<Event, Id> => {
  const next = tools.begin()
  return log.map(({ at, event, stream }) => {
    originOf(tools, stream)
    const { entry, keep } = next({
      stream,
      at: DateTime.makeUnsafe(at).epochMilliseconds,
      stored: EventJson.storedOf(event)
    })
    keep()
    return entry
  })
}
