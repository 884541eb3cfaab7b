/** `events.schema.json` and `asyncapi.json`: the stored events of a domain, for other languages. */
import type { Aggregate, JsonSchema } from "../../model/Model.ts"
import type { Context } from "../text/Layout.ts"
import { draft07 } from "./Draft07.ts"
import { json, laidOut, textOf } from "../text/JsonText.ts"
import { reference, type StoredSchemas } from "./StoredSchemas.ts"
import type { Emitted } from "../text/Text.ts"

const mapped = <A, B>(values: Readonly<Record<string, A>>, body: (value: A, name: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, body(value, name)]))

/** Emits the JSON Schema of all events. A value is valid if it is one of them. */
export const jsonSchemaFile = (
  { domain, remember }: Context,
  from: string,
  { definitions, events }: StoredSchemas
): Emitted => ({
  name: "events.schema.json",
  from,
  body: json({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Events of ${domain.name}`,
    description: "A stored event: its type, and its data in the form of that type.",
    anyOf: events.map((name) => ({
      type: "object",
      properties: { type: { type: "string", enum: [name] }, data: reference(name) },
      required: ["type", "data"]
    })),
    $defs: mapped(definitions, (schema, name) =>
      remember("JSON Schema", `${domain.name}/${name}`, textOf(schema), () => laidOut(schema, 2))
    )
  })
})

const time = (description: string): JsonSchema => ({ type: "string", format: "date-time", description })

/** Metadata that the store keeps with an event. */
const headers: JsonSchema = {
  type: "object",
  properties: {
    id: {
      type: "string",
      format: "uuid",
      description: "Id of the event. If the event is delivered again, it has the same id."
    },
    stream: {
      type: "string",
      description: "Stream of the event: the aggregate's name, a hyphen and the id of the instance."
    },
    version: {
      type: "integer",
      minimum: 1,
      description: "Number of the event in its stream: 1, 2, 3, … without gaps."
    },
    position: {
      type: "integer",
      minimum: 1,
      description: "Number of the event in the log. Positions rise and can have gaps."
    },
    type: { type: "string", description: "Name of the event." },
    schemaVersion: {
      type: "integer",
      minimum: 1,
      description: "Version of the event's schema that the data was stored with."
    },
    recordedAt: time("Time of the append, by the store's clock."),
    occurredAt: time("Time at which the event happened in the domain."),
    correlationId: { type: "string", description: "Id that is the same for all events that follow from one request." },
    causationId: { type: "string", description: "Id of the command or event that directly caused this event." },
    actor: { type: "string", description: "User or service that sent the command." }
  },
  required: ["id", "stream", "version", "position", "type", "schemaVersion", "recordedAt", "occurredAt"]
}

const at = (...parts: ReadonlyArray<string>): JsonSchema => ({
  $ref: `#/${parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`
})

const documented = (doc: string | undefined): JsonSchema => {
  const [summary = "", ...more] = doc?.split("\n\n") ?? []
  return doc === undefined
    ? {}
    : { summary: summary.replaceAll("\n", " "), ...(more.length === 0 ? {} : { description: more.join("\n\n") }) }
}

const channel = ({ doc, events, name }: Aggregate): JsonSchema => ({
  address: `${name}-{id}`,
  title: name,
  ...documented(doc),
  parameters: { id: { description: `The encoded id of one ${name}.` } },
  messages: Object.fromEntries(events.map((event) => [event.name, at("components", "messages", event.name)]))
})

const operation = ({ name }: Aggregate): JsonSchema => ({
  action: "send",
  channel: at("channels", name),
  summary: `All events of ${name}, in the order of their stream.`
})

const message = ({ doc, name }: Aggregate["events"][number]): JsonSchema => ({
  name,
  title: name,
  ...documented(doc),
  contentType: "application/json",
  correlationId: { location: "$message.header#/correlationId" },
  traits: [at("components", "messageTraits", "recorded")],
  payload: at("components", "schemas", name)
})

/** Emits AsyncAPI 3: a channel for each aggregate, a message for each event. */
export const asyncApiFile = ({ domain, remember }: Context, from: string, { definitions }: StoredSchemas): Emitted => {
  const { aggregates, name } = domain
  const keyed = <A extends { readonly name: string }>(list: ReadonlyArray<A>, body: (one: A) => object) =>
    Object.fromEntries(list.map((one) => [one.name, body(one)]))
  return {
    name: "asyncapi.json",
    from,
    body: json({
      asyncapi: "3.0.0",
      info: {
        title: name,
        version: "1.0.0",
        description: `The events of ${name} as the store delivers them: the data is the payload, the metadata is in the headers.`
      },
      defaultContentType: "application/json",
      channels: keyed(aggregates, channel),
      operations: Object.fromEntries(aggregates.map((one) => [`send${one.name}`, operation(one)])),
      components: {
        messageTraits: { recorded: { headers } },
        messages: keyed(
          aggregates.flatMap(({ events }) => events),
          (event) =>
            remember("message", `${domain.name}/${event.name}`, event.doc ?? "", () => laidOut(message(event), 3))
        ),
        // Tools for AsyncAPI expect draft-07.
        schemas: mapped(definitions, (schema, name) =>
          remember("draft-07", `${domain.name}/${name}`, textOf(schema), () => laidOut(draft07(schema), 3))
        )
      }
    })
  }
}
