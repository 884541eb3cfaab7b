/** An aggregate as a verification uses it: events in, and what is wrong out; no types of events and states outside of here. */
import { Result, Schema, type SchemaIssue } from "effect"
import type { Codec, Fold } from "eventfold/generated"
import { CanonicalJson, EventDecoder, StoredJson } from "eventfold/store"

type Tagged = { readonly _tag: string }

/** What is known of an aggregate: its generated fold and codec, its ids, and the types of its events. */
export interface Definition<State, Event extends Tagged> {
  readonly name: string
  /** As it is declared. */
  readonly id: Schema.Codec<unknown, string>
  readonly types: ReadonlyArray<string>
  readonly fold: Fold.Fold<State, Event>
  readonly codec: Pick<Codec.Codec<Event, State>, "event" | "state">
}

/** An event that does not decode, or that is folded wrongly. */
export interface Trouble {
  readonly version: number
  readonly type: string
  /** In the event. */
  readonly path: string
  readonly problem: string
  /** A line for each field in which two states differ. */
  readonly differences: ReadonlyArray<string>
}

/** An event as it is stored, its data parsed. */
export interface Stored {
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly data: Schema.Json
}

/** Events of one stream in a row. */
export interface Part {
  readonly types: ReadonlyArray<string>
  readonly data: ReadonlyArray<Schema.Json>
}

/** Folds one stream twice. It throws whatever a handler throws; what it was is found by `stepping`. */
export interface Replay {
  /** Whether all of them decode; where one does not, none is folded. */
  readonly take: (part: Part) => boolean
  /** Both states, as canonical text. */
  readonly texts: () => { readonly straight: string; readonly paged: string }
  /** The state as it is encoded. */
  readonly encoded: () => Schema.Json
}

/** Folds one stream event by event, comparing after each; gives what is wrong with it. */
export type Stepping = (event: Stored) => Trouble | undefined

export interface Verifiable {
  readonly name: string
  readonly fingerprint: string
  readonly types: ReadonlySet<string>
  /** Why no instance of the aggregate can have this stream, if none can. */
  readonly idProblem: (stream: string) => string | undefined
  readonly replay: () => Replay
  readonly stepping: () => Stepping
  /** What is wrong with an event by itself. */
  readonly decodes: (event: Stored) => Trouble | undefined
  /** What a stored state is when it is read and written again; or why it can't be. */
  readonly reread: (state: Schema.Json) => Result.Result<Schema.Json, string>
}

/** The second fold goes in pages of so many events, and is stored and read back between them. */
const pageSize = 16

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Makes it of what is generated: `make({ name: "Account", types, fold: AccountFold, codec: AccountCodec })`. */
export const make = <State, Event extends Tagged>({
  codec,
  fold,
  id,
  name,
  types
}: Definition<State, Event>): Verifiable => {
  const decode = Schema.decodeUnknownResult(codec.event)
  const decodeStored = EventDecoder.make(codec.event)
  const encodeEvent = Schema.encodeUnknownSync(codec.event)
  const encode = Schema.encodeUnknownSync(codec.state)
  const restore = Schema.decodeUnknownSync(codec.state)
  const reload = (state: State): State => restore(StoredJson.parse(JSON.stringify(encode(state))))
  const textOf = (state: State) => CanonicalJson.text(encode(state))

  const decodeId = Schema.decodeUnknownResult(id)
  const encodeId = Schema.encodeUnknownResult(id)
  const idProblem = (stream: string): string | undefined => {
    const text = stream.slice(name.length + 1)
    if (!stream.startsWith(`${name}-`)) return `it has no id: streams of ${name} are called ${name}-…`
    const decoded = decodeId(text)
    const said = (issue: SchemaIssue.Issue) => {
      const { path, problem } = EventDecoder.firstProblem(issue)
      return path === "" ? problem : `${path}: ${problem}`
    }
    if (Result.isFailure(decoded)) {
      return `its id ${JSON.stringify(text)} does not decode: ${said(decoded.failure.issue)}`
    }
    const encoded = encodeId(decoded.success)
    if (Result.isFailure(encoded)) {
      return `its id ${JSON.stringify(text)} decodes, and does not encode again: ${said(encoded.failure.issue)}`
    }
    return encoded.success === text
      ? undefined
      : `its id ${JSON.stringify(text)} is written otherwise by the service, which reads and writes ${name}-${encoded.success}`
  }

  const decodes = (event: Stored): Trouble | undefined => {
    const decoded = decodeStored(event)
    if (Result.isSuccess(decoded)) return undefined
    const { reason } = decoded.failure
    const found = reason._tag === "DecodeFailure" ? reason : { path: "", problem: decoded.failure.message }
    return { version: event.version, type: event.type, path: found.path, problem: found.problem, differences: [] }
  }

  return {
    name,
    fingerprint: fold.fingerprint,
    types: new Set(types),
    idProblem,
    decodes,
    replay: () => {
      let [straight, paged] = [fold.initial, fold.initial]
      let inPage = 0
      return {
        take: ({ data, types }) => {
          const events: Array<Event> = []
          for (let i = 0; i < data.length; i++) {
            const decoded = decode(data[i])
            if (Result.isFailure(decoded) || decoded.success._tag !== types[i]) return false
            events.push(decoded.success)
          }
          straight = fold.run(straight, events)
          for (let at = 0; at < events.length;) {
            const page = events.slice(at, at + pageSize - inPage)
            paged = fold.run(paged, page)
            at += page.length
            inPage += page.length
            if (inPage < pageSize) continue
            paged = reload(paged)
            inPage = 0
          }
          return true
        },
        texts: () => ({ straight: textOf(straight), paged: textOf(paged) }),
        encoded: () => encode(straight)
      }
    },
    stepping: () => {
      let [once, again] = [fold.initial, fold.initial]
      return (event) => {
        const { type, version } = event
        const trouble = (problem: string, differences: ReadonlyArray<string> = []) => ({
          version,
          type,
          path: "",
          problem,
          differences
        })
        const unread = decodes(event)
        if (unread !== undefined) return unread
        // Each fold has an event of its own: a handler may change what it is given.
        const [first, second] = [restoreEvent(event.data), restoreEvent(event.data)]
        const before = { event: CanonicalJson.text(encodeEvent(first)), state: textOf(once) }
        let next: State
        try {
          next = fold.apply(once, first)
          again = fold.apply(again, second)
        } catch (error) {
          return trouble(`the handler threw: ${messageOf(error)}`)
        }
        try {
          if (CanonicalJson.text(encodeEvent(first)) !== before.event) return trouble("the handler changed the event")
          if (textOf(once) !== before.state) return trouble("the handler changed the state it was given")
          const [a, b] = [encode(next), encode(again)]
          if (CanonicalJson.text(a) !== CanonicalJson.text(b)) {
            const problem = "folded again, from a state that was stored and read back, it gives another state"
            return trouble(problem, CanonicalJson.differences(a, b))
          }
          once = next
          again = reload(again)
          const read = encode(again)
          return CanonicalJson.text(read) === CanonicalJson.text(a)
            ? undefined
            : trouble(
                "the state after it is another once it was stored and read back",
                CanonicalJson.differences(a, read)
              )
        } catch (error) {
          return trouble(`the state does not fit its schema: ${messageOf(error)}`)
        }
      }
    },
    reread: (state) => {
      const decoded = Schema.decodeUnknownResult(codec.state)(state)
      if (Result.isSuccess(decoded)) return Result.succeed(encode(decoded.success))
      const { path, problem } = EventDecoder.firstProblem(decoded.failure.issue)
      return Result.fail(path === "" ? problem : `${path}: ${problem}`)
    }
  }

  function restoreEvent(data: Schema.Json): Event {
    return Schema.decodeUnknownSync(codec.event)(data)
  }
}
