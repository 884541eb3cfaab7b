/**
 * Aggregates for a verification, which takes stored events and returns problems: the types of
 * events and states stay in here.
 */
import { Result, Schema, type SchemaIssue } from "effect"
import type { Codec, Fold } from "eventfold/generated"
import { CanonicalJson, EventDecoder } from "eventfold/store"
import { StoredJson } from "eventfold/tables"

type Tagged = { readonly _tag: string }

/** An aggregate: its generated fold and codec, its ids, and the types of its events. */
export interface Definition<State, Event extends Tagged> {
  readonly name: string
  /** The declared schema of the id. */
  readonly id: Schema.Codec<unknown, string>
  readonly types: ReadonlyArray<string>
  readonly fold: Fold.Fold<State, Event>
  readonly codec: Pick<Codec.Codec<Event, State>, "events" | "state">
}

/** A problem of an event that does not decode, or that is folded wrongly. */
export interface Trouble {
  readonly version: number
  readonly type: string
  /** Path within the event. */
  readonly path: string
  readonly problem: string
  /** A line for each field in which two states differ. */
  readonly differences: ReadonlyArray<string>
}

/** A stored event, with its data parsed. */
export interface Stored {
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly data: Schema.Json
}

/** Consecutive events of one stream. */
export interface Part {
  readonly types: ReadonlyArray<string>
  readonly data: ReadonlyArray<Schema.Json>
}

/** Folds one stream twice. It throws what a handler throws; `stepping` then finds the event. */
export interface Replay {
  /** Folds events; returns false, and folds none of them, if one does not decode. */
  readonly take: (part: Part) => boolean
  /** Returns both states, as canonical text. */
  readonly texts: () => { readonly straight: string; readonly paged: string }
  /** Returns the encoded state. */
  readonly encoded: () => Schema.Json
}

/**
 * Folds the next event of a stream twice, and compares the states; returns the problem, if there is
 * one.
 */
export type Stepping = (event: Stored) => Trouble | undefined

/** An aggregate for a verification. */
export interface Verifiable {
  readonly name: string
  readonly fingerprint: string
  readonly types: ReadonlySet<string>
  /** Returns the problem of a stream that no instance of the aggregate can have. */
  readonly idProblem: (stream: string) => string | undefined
  /** Begins to fold a stream twice. */
  readonly replay: () => Replay
  /** Begins to fold a stream event by event. */
  readonly stepping: () => Stepping
  /** Returns the problem of an event that does not decode. */
  readonly decodes: (event: Stored) => Trouble | undefined
  /** Decodes a stored state and encodes it again; fails with the problem. */
  readonly reread: (state: Schema.Json) => Result.Result<Schema.Json, string>
}

/** The number of events after which the second fold stores its state and reads it back. */
const pageEvents = 16

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const problemText = (issue: SchemaIssue.Issue): string => {
  const { path, problem } = EventDecoder.firstProblem(issue)
  return path === "" ? problem : `${path}: ${problem}`
}

/** The fold and the codec of an aggregate, with the types of its events and states. */
class TypedAggregate<State, Event extends Tagged> {
  readonly #fold: Fold.Fold<State, Event>
  readonly #decoders: ReadonlyMap<string, (data: unknown) => Result.Result<Event, unknown>>
  readonly #decodeStored: ReturnType<typeof EventDecoder.make<Event>>
  readonly #encoders: ReadonlyMap<string, (event: Event) => Schema.Json>
  readonly #encode: (state: State) => Schema.Json
  readonly #restore: (data: unknown) => State

  constructor({ codec, fold }: Pick<Definition<State, Event>, "codec" | "fold">) {
    this.#fold = fold
    this.#decoders = new Map(Array.from(codec.events, ([type, one]) => [type, Schema.decodeUnknownResult(one)]))
    this.#decodeStored = EventDecoder.make(codec.events)
    this.#encoders = new Map(Array.from(codec.events, ([type, one]) => [type, Schema.encodeUnknownSync(one)]))
    this.#encode = Schema.encodeUnknownSync(codec.state)
    this.#restore = Schema.decodeUnknownSync(codec.state)
  }

  /** Returns the stored data of an event that was decoded. */
  #dataText(event: Event): string {
    return CanonicalJson.text(this.#encoders.get(event._tag)?.(event) ?? null)
  }

  /** Stores a state, and reads it back. */
  #reload(state: State): State {
    return this.#restore(StoredJson.parse(JSON.stringify(this.#encode(state))))
  }

  #textOf(state: State): string {
    return CanonicalJson.text(this.#encode(state))
  }

  #decoded(event: Stored): Result.Result<Event, Trouble> {
    return Result.mapError(this.#decodeStored(event), ({ message, reason }) => {
      const { path, problem } = reason._tag === "DecodeFailure" ? reason : { path: "", problem: message }
      return { version: event.version, type: event.type, path, problem, differences: [] }
    })
  }

  decodes(event: Stored): Trouble | undefined {
    const decoded = this.#decoded(event)
    return Result.isFailure(decoded) ? decoded.failure : undefined
  }

  /** Folds a stream straight on, and in pages between which the state is stored and read back. */
  replay(): Replay {
    const fold = this.#fold
    let [straight, paged] = [fold.initial, fold.initial]
    let inPage = 0
    return {
      take: ({ data, types }) => {
        const events: Array<Event> = []
        for (let i = 0; i < data.length; i++) {
          const decoded = this.#decoders.get(types[i]!)?.(data[i])
          if (decoded === undefined || Result.isFailure(decoded)) return false
          events.push(decoded.success)
        }
        straight = fold.run(straight, events)
        for (let at = 0; at < events.length;) {
          const page = events.slice(at, at + pageEvents - inPage)
          paged = fold.run(paged, page)
          at += page.length
          inPage += page.length
          if (inPage < pageEvents) continue
          paged = this.#reload(paged)
          inPage = 0
        }
        return true
      },
      texts: () => ({ straight: this.#textOf(straight), paged: this.#textOf(paged) }),
      encoded: () => this.#encode(straight)
    }
  }

  /**
   * Folds a stream event by event: once straight on, and once from a state that was stored and read
   * back.
   */
  stepping(): Stepping {
    let [once, again] = [this.#fold.initial, this.#fold.initial]
    return (event) => {
      const { type, version } = event
      const trouble = (problem: string, differences: ReadonlyArray<string> = []) => ({
        version,
        type,
        path: "",
        problem,
        differences
      })
      // Each fold has an event of its own: a handler may change its arguments.
      const [one, other] = [this.#decoded(event), this.#decoded(event)]
      if (Result.isFailure(one)) return one.failure
      if (Result.isFailure(other)) return other.failure
      const [first, second] = [one.success, other.success]
      const before = { event: this.#dataText(first), state: this.#textOf(once) }
      let next: State
      try {
        next = this.#fold.apply(once, first)
        again = this.#fold.apply(again, second)
      } catch (error) {
        return trouble(`the handler threw: ${messageOf(error)}`)
      }
      try {
        if (this.#dataText(first) !== before.event) {
          return trouble("the handler changed the event")
        }
        if (this.#textOf(once) !== before.state) return trouble("the handler changed the state it was given")
        const [a, b] = [this.#encode(next), this.#encode(again)]
        if (CanonicalJson.text(a) !== CanonicalJson.text(b)) {
          const problem = "folded again, from a state that was stored and read back, it gives another state"
          return trouble(problem, CanonicalJson.differences(a, b))
        }
        once = next
        again = this.#reload(again)
        const read = this.#encode(again)
        if (CanonicalJson.text(read) === CanonicalJson.text(a)) return undefined
        const problem = "the state after it is another once it was stored and read back"
        return trouble(problem, CanonicalJson.differences(a, read))
      } catch (error) {
        return trouble(`the state does not fit its schema: ${messageOf(error)}`)
      }
    }
  }
}

/** Returns a function that finds the problem of a stream's name. */
const idProblemOf = ({ id, name }: Pick<Definition<never, never>, "id" | "name">): Verifiable["idProblem"] => {
  const decodeId = Schema.decodeUnknownResult(id)
  const encodeId = Schema.encodeUnknownResult(id)
  return (stream) => {
    const text = stream.slice(name.length + 1)
    if (!stream.startsWith(`${name}-`)) return `it has no id: streams of ${name} are called ${name}-…`
    const decoded = decodeId(text)
    if (Result.isFailure(decoded)) {
      return `its id ${JSON.stringify(text)} does not decode: ${problemText(decoded.failure.issue)}`
    }
    const encoded = encodeId(decoded.success)
    if (Result.isFailure(encoded)) {
      return `its id ${JSON.stringify(text)} decodes, and does not encode again: ${problemText(encoded.failure.issue)}`
    }
    return encoded.success === text
      ? undefined
      : `its id ${JSON.stringify(text)} is written otherwise by the service, which reads and writes ${name}-${encoded.success}`
  }
}

/**
 * Returns prepared aggregates by name. The public type of one shows only its name and fingerprint.
 * Dies with a `TypeError` for one that `make` did not return.
 */
export const byName = (
  aggregates: ReadonlyArray<Pick<Verifiable, "name" | "fingerprint">>
): ReadonlyMap<string, Verifiable> =>
  new Map(
    aggregates.map((one) => {
      if ("stepping" in one) return [one.name, one as Verifiable]
      throw new TypeError(`the aggregate ${one.name} is not prepared: pass the result of Verification.aggregate`)
    })
  )

/**
 * Prepares an aggregate from its generated code: `make({ name: "Account", types, fold: AccountFold,
 * codec: AccountCodec })`.
 */
export const make = <State, Event extends Tagged>(definition: Definition<State, Event>): Verifiable => {
  const { codec, fold, id, name, types } = definition
  const typed = new TypedAggregate(definition)
  const decodeState = Schema.decodeUnknownResult(codec.state)
  const encodeState = Schema.encodeUnknownSync(codec.state)
  return {
    name,
    fingerprint: fold.fingerprint,
    types: new Set(types),
    idProblem: idProblemOf({ id, name }),
    decodes: (event) => typed.decodes(event),
    replay: () => typed.replay(),
    stepping: () => typed.stepping(),
    reread: (state) => {
      const decoded = decodeState(state)
      return Result.isSuccess(decoded)
        ? Result.succeed(encodeState(decoded.success))
        : Result.fail(problemText(decoded.failure.issue))
    }
  }
}
