/** Reads streams, page by page. */
import { type DateTime, Effect, Fiber, Option, type Scope, Stream } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import { StoreRequest } from "eventfold/store"
import * as GroupRead from "./GroupRead.ts"
import { columns, decode, type Values } from "./StoredEvent.ts"
import type { Truncated } from "./TruncatedStream.ts"

// Events fetched at a time from one stream. In memory are at most the page that the reader has, and the next one.
const streamPage = 1_000

/** What is still to be read of a stream. */
interface Part {
  readonly from: number
  readonly to: number
  readonly left: number
  /** The stream, once what comes next in it was truncated. */
  readonly truncated: string | undefined
  /** This part's first page, where it is being fetched already. */
  readonly ahead: Fiber.Fiber<GroupRead.Fetched, EventStoreError.EventStoreError> | undefined
  /** Whether this is not the first page. */
  readonly goesOn: boolean
}

// Later than any event can be.
const never = BigInt(Number.MAX_SAFE_INTEGER)
const versionOf = (version: number): bigint => (Number.isFinite(version) ? BigInt(version) : never)
const millis = (time: DateTime.Utc | undefined): bigint =>
  time === undefined ? never : BigInt(Math.floor(time.epochMilliseconds))

/** `schema` is quoted already. */
export const make = (
  values: Values,
  schema: string,
  truncations: Truncated
): Effect.Effect<EventStore.Service["read"], never, Scope.Scope> =>
  Effect.gen(function* () {
    // The last version before the first event that is too late; the stream's last version now, if none is.
    const prefixText = `select coalesce(
      (select e.version - 1 from ${schema}.events e where e.stream_id = $1 and (e.occurred_at > $2 or e.recorded_at > $3)
        order by e.version limit 1),
      (select e.version from ${schema}.events e where e.stream_id = $1 order by e.version desc limit 1),
      0)::float8`
    const prefixEnd = (stream: string, { asKnownAt, asOf }: EventStore.ReadOptions) =>
      asOf === undefined && asKnownAt === undefined
        ? Effect.succeed(Infinity)
        : Effect.map(values(prefixText, [stream, millis(asOf), millis(asKnownAt)]), ([row]) => Number(row?.[0]))

    // As a number the limit would be known to the planner: where it has no statistics it takes a stream and a range of versions
    // for fewer rows than that, and reads and sorts all that is left of the stream for each page.
    const pageText = (order: "asc" | "desc") => `select ${columns} from ${schema}.events e
      where e.stream_id = $1 and e.version >= $2 and e.version <= $3
      order by e.version ${order} limit (select $4::bigint)`
    const [forwards, backwards] = [pageText("asc"), pageText("desc")]
    const page =
      (text: string) =>
      ({ from, size, stream, to }: GroupRead.Wanted) =>
        values(text, [stream, BigInt(from), versionOf(to), size])

    const pagesText = `select ${columns}, w.nth::float8
      from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) with ordinality w(stream_id, first, last, size, nth)
      cross join lateral (
        select * from ${schema}.events s
        where s.stream_id = w.stream_id and s.version >= w.first and s.version <= w.last
        order by s.version limit w.size
      ) e
      order by w.nth, e.version`
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

    return (stream, options = {}) =>
      Stream.suspend(() => {
        const invalid = StoreRequest.checkRead(stream, options)
        if (invalid !== undefined) return Stream.fail(invalid)
        const back = options.direction === "backwards"
        const start = (end: number, first: number): Part => ({
          from: Math.max(options.from ?? 1, first),
          to: Math.min(options.to ?? Infinity, end),
          left: options.limit ?? Infinity,
          truncated: undefined,
          ahead: undefined,
          goesOn: false
        })
        const fetch = ({ from, goesOn, left, to }: Part): ReturnType<typeof readFirst> => {
          const size = Math.min(streamPage, left)
          const wanted = { stream, from, to, size }
          if (size === 0 || from > to) return Effect.succeed({ rows: [], isAll: true })
          if (!back && !goesOn) return readFirst(wanted)
          return Effect.map(page(back ? backwards : forwards)(wanted), (rows) => ({ rows, isAll: rows.length < size }))
        }
        const pages = (start: Part, scope: Scope.Scope) =>
          Stream.paginate(start, (part) =>
            Effect.gen(function* () {
              if (part.truncated !== undefined) return yield* truncations.fail(part.truncated)
              const { from, goesOn, left, to } = part
              const { isAll, rows } = yield* part.ahead === undefined ? fetch(part) : Fiber.join(part.ahead)
              const edge = rows.at(-1)?.[2]
              if (typeof edge !== "number" || isAll) {
                const { events, truncated } = yield* decode(rows, options.truncated)
                const gone = truncated === undefined ? Option.none() : Option.some({ ...part, truncated })
                return [events, gone] as const
              }
              const bounds = back ? { from, to: edge - 1 } : { from: edge + 1, to }
              const next: Part = { ...part, ...bounds, ahead: undefined, goesOn: true }
              // While the reader has this page, the server makes the next one. Not for one who asked for some events only, or
              // has seen no more than the first page: many want no more.
              const ahead =
                goesOn && left === Infinity
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
      })
  })
