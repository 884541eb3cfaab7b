/**
 * A connection to the server that reports the state of its statement: paused at a named point, or
 * ended.
 *
 * A pause sends a NOTICE, which the server sends at once and the driver drops; so notices are read
 * from the connection's bytes. A paused statement waits for an advisory lock, its gate, that the
 * keeper's connection holds.
 */
import { makeClient, type PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Exit, Queue, Redacted, type Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlError } from "effect/sql/SqlError"
import * as net from "node:net"
import type { Duplex } from "node:stream"

export type Stop =
  | { readonly _tag: "Paused"; readonly at: string; readonly detail: string }
  | { readonly _tag: "Ended"; readonly exit: Exit.Exit<unknown, unknown> }

export interface Session {
  readonly sql: PgClient
  readonly run: (text: string, parameters?: ReadonlyArray<unknown>) => Effect.Effect<Rows, SqlError>
  /** Begins a statement, and waits until it pauses or ends. */
  readonly send: <E>(statements: Effect.Effect<unknown, E>) => Effect.Effect<Stop>
  /** Continues a paused statement until it pauses again or ends. */
  readonly resume: Effect.Effect<Stop, SqlError>
  readonly isPaused: () => boolean
  /** Sets the points at which later statements of the session pause. */
  readonly pauseAt: (points: ReadonlyArray<string>) => Effect.Effect<void, SqlError>
}

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

const noticeResponse = 0x4e
const messageField = 0x4d

/** Returns the text of a NoticeResponse's fields: each a letter and a string that ends with NUL. */
const textOf = (body: Buffer): string => {
  for (let at = 0; at < body.length && body[at] !== 0;) {
    const end = body.indexOf(0, at + 1)
    if (body[at] === messageField) return body.toString("utf8", at + 1, end)
    at = end + 1
  }
  return ""
}

const onNotice = (stream: Duplex, heard: (text: string) => void): void => {
  let bytes: Buffer = Buffer.alloc(0)
  stream.on("data", (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    while (bytes.length >= 5) {
      // The length counts itself, but not the type before it.
      const end = bytes.readInt32BE(1) + 1
      if (bytes.length < end) return
      if (bytes[0] === noticeResponse) heard(textOf(bytes.subarray(5, end)))
      bytes = bytes.subarray(end)
    }
  })
}

/** Opens a connection; notices that are not about pauses are passed to `heard`. */
export const connect = (
  url: string,
  heard: (text: string) => void = () => undefined
): Effect.Effect<PgClient, SqlError, Scope.Scope> =>
  Effect.suspend(() => {
    const { hostname, port } = new URL(url)
    const stream = () => {
      const socket = net.connect({ host: hostname, port: Number(port), noDelay: true })
      onNotice(socket, heard)
      return socket
    }
    return makeClient({ url: Redacted.make(url), stream })
  }).pipe(Effect.provide(Reactivity.layer))

export interface Options {
  readonly url: string
  /** Holds the gates. */
  readonly keeper: PgClient
  /** The schema of `pause`, already quoted. */
  readonly schema: string
  readonly heard?: (text: string) => void
}

export const open = Effect.fnUntraced(function* ({
  heard,
  keeper,
  schema,
  url
}: Options): Effect.fn.Return<Session, SqlError, Scope.Scope> {
  const stops = yield* Queue.unbounded<Stop>()
  /** The number of the pause of this session: an odd one waits at gate 1, an even one at gate 0. */
  let pause = 0
  let paused = false
  const sql = yield* connect(url, (text) => {
    const [, number, at, detail] = /^paused (\d+) at (.+?): (.*)$/.exec(text) ?? []
    if (number === undefined) return heard?.(text)
    pause = Number(number)
    Queue.offerUnsafe(stops, { _tag: "Paused", at: at ?? "", detail: detail ?? "" })
  })
  const run: Session["run"] = (text, parameters = []) => sql.unsafe(text, parameters).values
  const [row] = yield* run("select pg_backend_pid()")
  // Above the 65,535 of the store's own locks on two numbers.
  const gates = 1_000_000 + Number(row?.[0])
  yield* run(`create sequence ${schema}.pauses_${gates}`)
  yield* keeper.unsafe("select pg_advisory_lock($1::int, 1)", [gates]).values

  const next = Effect.map(
    Effect.timeoutOrElse(Queue.take(stops), {
      duration: "5 minutes",
      orElse: () => Effect.die(new Error("a statement neither paused nor ended within 5 minutes"))
    }),
    (stop) => {
      paused = stop._tag === "Paused"
      return stop
    }
  )
  return {
    sql,
    run,
    send: Effect.fnUntraced(function* (statements) {
      const reported = Effect.flatMap(Effect.exit(statements), (exit) => Queue.offer(stops, { _tag: "Ended", exit }))
      yield* Effect.forkDetach(reported, { startImmediately: true })
      return yield* next
    }),
    // The other gate is closed before this one opens, so the statement can't pass its next pause.
    resume: Effect.suspend(() =>
      keeper.unsafe("select pg_advisory_lock($1::int, $2::int), pg_advisory_unlock($1::int, $3::int)", [
        gates,
        (pause + 1) % 2,
        pause % 2
      ])
    ).pipe(Effect.andThen(next)),
    isPaused: () => paused,
    pauseAt: (points) => Effect.asVoid(run("select set_config('interleaving.points', $1, false)", [points.join()]))
  }
})

/** Returns the SQL that pauses need, for a schema that is already quoted. */
export const pauseFunctions = (schema: string): ReadonlyArray<string> => [
  `create function ${schema}.pause(point text, detail text default '') returns void language plpgsql volatile as $$
declare
  gates int := 1000000 + pg_backend_pid();
  number bigint;
begin
  if not point = any(string_to_array(coalesce(current_setting('interleaving.points', true), ''), ',')) then return; end if;
  -- A sequence counts on through rollbacks, to savepoints too.
  number := nextval(('${schema.replaceAll("'", "''")}.pauses_' || gates)::regclass);
  raise notice 'paused % at %: %', number, point, detail;
  -- The session's locks, not the transaction's: a rollback to a savepoint must find none of ours.
  perform pg_advisory_lock_shared(gates, (number % 2)::int);
  perform pg_advisory_unlock_shared(gates, (number % 2)::int);
end $$`
]
