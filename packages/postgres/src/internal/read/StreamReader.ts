/** Reads streams, page by page. */
import { type DateTime, Effect, Fiber, Option, type Scope, Stream } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import type { StoreService } from "eventfold/store"
import * as GroupRead from "./GroupRead.ts"
import { columns, decode, type Values } from "./StoredEvent.ts"
import type { TruncatedStream } from "./TruncatedStream.ts"

/**
 * Number of events in a page of a stream. In memory are at most the page of the reader and the next
 * one.
 */
const pageSize = 1_000

/** The rest of a stream that is to be read. */
interface Part {
  readonly from: number
  readonly to: number
  readonly left: number
  /** The stream, if its next event was truncated. */
  readonly truncated: string | undefined
  /** The first page of this part, if it is already being fetched. */
  readonly ahead: Fiber.Fiber<GroupRead.Fetched, EventStoreError.EventStoreError> | undefined
  /** `true` after the first page. */
  readonly isContinued: boolean
}

/** A version and a time later than those of all events. */
const maxBigint = BigInt(Number.MAX_SAFE_INTEGER)
const versionOf = (version: number): bigint => (Number.isFinite(version) ? BigInt(version) : maxBigint)
const millis = (time: DateTime.Utc | undefined): bigint =>
  time === undefined ? maxBigint : BigInt(Math.floor(time.epochMilliseconds))

/** Creates the statements. `schema` is already quoted. */
const statements = (schema: string) => {
  // The last version before the first event that is too late; the last version of the stream if
  // there is no such event.
  const prefixText = `select coalesce(
    (select e.version - 1 from ${schema}.events e where e.stream_id = $1 and (e.occurred_at > $2 or e.recorded_at > $3)
      order by e.version limit 1),
    (select e.version from ${schema}.events e where e.stream_id = $1 order by e.version desc limit 1),
    0)::float8`
  // The limit is a subquery, because the planner would use a number: without statistics it
  // estimates that a stream and a range of versions match fewer rows than that, and reads and sorts
  // the rest of the stream for each page.
  const pageText = (order: "asc" | "desc") => `select ${columns} from ${schema}.events e
    where e.stream_id = $1 and e.version >= $2 and e.version <= $3
    order by e.version ${order} limit (select $4::bigint)`
  const pagesText = `select ${columns}, w.nth::float8
    from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) with ordinality w(stream_id, first, last, size, nth)
    cross join lateral (
      select * from ${schema}.events s
      where s.stream_id = w.stream_id and s.version >= w.first and s.version <= w.last
      order by s.version limit w.size
    ) e
    order by w.nth, e.version`
  return { prefixText, forwards: pageText("asc"), backwards: pageText("desc"), pagesText }
}

/** Creates the reader of streams. `schema` is already quoted. */
export const make = (
  values: Values,
  schema: string,
  truncations: TruncatedStream
): Effect.Effect<StoreService.Operations["read"], never, Scope.Scope> =>
  Effect.gen(function* () {
    const { backwards, forwards, pagesText, prefixText } = statements(schema)
    const prefixEnd = (stream: string, { asKnownAt, asOf }: EventStore.ReadOptions) =>
      asOf === undefined && asKnownAt === undefined
        ? Effect.succeed(Infinity)
        : Effect.map(values(prefixText, [stream, millis(asOf), millis(asKnownAt)]), ([row]) => Number(row?.[0]))

    const page =
      (text: string) =>
      ({ from, size, stream, to }: GroupRead.PageRequest) =>
        values(text, [stream, BigInt(from), versionOf(to), size])

    const readFirst = yield* GroupRead.make({
      one: page(forwards),
      many: (wanted) =>
        values(pagesText, [
          wanted.map(({ stream }) => stream),
          wanted.map(({ from }) => BigInt(from)),
          wanted.map(({ to }) => versionOf(to)),
          wanted.map(({ size }) => BigInt(size))
        ])
    })

    return (stream, options) => {
      const back = options.direction === "backwards"
      const start = (end: number, first: number): Part => ({
        from: Math.max(options.from ?? 1, first),
        to: Math.min(options.to ?? Infinity, end),
        left: options.limit ?? Infinity,
        truncated: undefined,
        ahead: undefined,
        isContinued: false
      })
      const fetch = ({ from, isContinued, left, to }: Part): ReturnType<typeof readFirst> => {
        const size = Math.min(pageSize, left)
        const wanted = { stream, from, to, size }
        if (size === 0 || from > to) return Effect.succeed({ rows: [], isAll: true })
        if (!back && !isContinued) return readFirst(wanted)
        return Effect.map(page(back ? backwards : forwards)(wanted), (rows) => ({ rows, isAll: rows.length < size }))
      }
      const pages = (start: Part, scope: Scope.Scope) =>
        Stream.paginate(start, (part) =>
          Effect.gen(function* () {
            if (part.truncated !== undefined) return yield* truncations.fail(part.truncated)
            const { from, isContinued, left, to } = part
            const { isAll, rows } = yield* part.ahead === undefined ? fetch(part) : Fiber.join(part.ahead)
            const edge = rows.at(-1)?.[2]
            if (typeof edge !== "number" || isAll) {
              const { events, truncated } = yield* decode(rows, options.truncated)
              const gone = truncated === undefined ? Option.none() : Option.some({ ...part, truncated })
              return [events, gone] as const
            }
            const bounds = back ? { from, to: edge - 1 } : { from: edge + 1, to }
            const next: Part = { ...part, ...bounds, ahead: undefined, isContinued: true }
            // While the reader uses this page, the server prepares the next one; but not if the
            // reader has a limit, or has seen only the first page: many readers stop there.
            const ahead =
              isContinued && left === Infinity
                ? yield* Effect.forkIn(fetch(next), scope, { startImmediately: true })
                : undefined
            const { events, truncated } = yield* decode(rows, options.truncated)
            if (truncated !== undefined) return [events, Option.some({ ...part, truncated })] as const
            if (events.length === left) return [events, Option.none<Part>()] as const
            return [events, Option.some({ ...next, left: left - events.length, ahead })] as const
          })
        )
      const first = options.truncated === "skip" ? truncations.firstVersion(stream) : Effect.succeed(1)
      return Stream.unwrap(
        Effect.map(Effect.all([prefixEnd(stream, options), first, Effect.scope]), ([end, first, scope]) =>
          pages(start(end, first), scope)
        )
      )
    }
  })
