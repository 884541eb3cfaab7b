/** Spans around the operations of a store. */
import { type Context, Effect, Stream } from "effect"
import type { Service } from "../../EventStore.ts"
import { isTraced } from "../work/TraceContext.ts"

/**
 * Returns the length of a list for a span, which begins before the store has checked its arguments.
 */
const countOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0)

type Attributes = { readonly [key: string]: unknown }

const around = <A, E, R>(name: string, attributes: () => Attributes, effect: Effect.Effect<A, E, R>) =>
  Effect.contextWith((context: Context.Context<never>) =>
    isTraced(context) ? Effect.withSpan(effect, name, { attributes: attributes() }) : effect
  )

const aroundStream = <A, E, R>(name: string, attributes: () => Attributes, stream: Stream.Stream<A, E, R>) =>
  Stream.unwrap(
    Effect.contextWith((context: Context.Context<never>) =>
      Effect.succeed(isTraced(context) ? Stream.withSpan(stream, name, { attributes: attributes() }) : stream)
    )
  )

/**
 * Adds spans around appends only, for a store that appends in its own way and delegates everything
 * else to a traced store.
 */
export const tracedAppends = (store: Pick<Service, "append" | "appendAll">): Pick<Service, "append" | "appendAll"> => ({
  append: (stream, expected, events) =>
    around(
      "EventStore.append",
      () => ({ "eventfold.stream": stream, "eventfold.expected": expected, "eventfold.events": countOf(events) }),
      store.append(stream, expected, events)
    ),
  appendAll: (appends) =>
    around(
      "EventStore.appendAll",
      () => ({
        "eventfold.streams": countOf(appends),
        "eventfold.events": Array.isArray(appends)
          ? appends.reduce((sum, append) => sum + countOf(append?.events), 0)
          : 0
      }),
      store.appendAll(appends)
    )
})

/**
 * Adds a span around each append, read and lifecycle change of a store, if a tracer is provided:
 * `EventStore.append`, `EventStore.read` and so on, with the stream, the expected version and the
 * number of events as attributes. A subscription has no end, so each of its pages has a span
 * (`EventStore.page`).
 */
export const traced = (store: Service): Service => ({
  ...store,
  ...tracedAppends(store),
  read: (stream, options) =>
    aroundStream("EventStore.read", () => ({ "eventfold.stream": stream }), store.read(stream, options)),
  readAll: (options) =>
    aroundStream("EventStore.readAll", () => ({ "eventfold.after": options?.after ?? 0 }), store.readAll(options)),
  locate: (id) => around("EventStore.locate", () => ({ "eventfold.event": id }), store.locate(id)),
  streamInfo: (stream) =>
    around("EventStore.streamInfo", () => ({ "eventfold.stream": stream }), store.streamInfo(stream)),
  archive: (stream, options) =>
    around("EventStore.archive", () => ({ "eventfold.stream": stream }), store.archive(stream, options)),
  unarchive: (stream, options) =>
    around("EventStore.unarchive", () => ({ "eventfold.stream": stream }), store.unarchive(stream, options)),
  truncate: (stream, options) =>
    around(
      "EventStore.truncate",
      () => ({ "eventfold.stream": stream, "eventfold.before": options?.before }),
      store.truncate(stream, options)
    )
})
