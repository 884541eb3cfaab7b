/** Contract and table of a projection. */
import type { Projection, Type } from "../model/Model.ts"
import { kebab, projectionSuffixes } from "../model/Names.ts"
import { aggregateOf, type Context, keyOf } from "./text/Layout.ts"
import { literal } from "./text/LiteralText.ts"
import { doc, type Emitted, Imports, width } from "./text/Text.ts"
import { alternatives, arrow, declaration, flat, type Scope, unhandled } from "./text/TypeText.ts"

/** An aggregate that a projection reads, with its names in the projection's files. */
export interface Source {
  readonly name: string
  readonly file: string
  readonly exported: string
  /** Specifier of the folder of its generated code, from that of the projection. */
  readonly folder: string
  readonly events: ReadonlyArray<{ readonly name: string; readonly doc?: string }>
  /** `true` if the projection reads all events of the aggregate. */
  readonly whole: boolean
  readonly id: Type
  readonly scope: Scope
}

export const sourcesOf = (context: Context, projection: Projection, imports: Imports): ReadonlyArray<Source> =>
  projection.sources.map((source) => {
    const { aggregate, folder } = aggregateOf(context, source)
    return {
      name: aggregate.name,
      file: aggregate.file,
      exported: aggregate.exported,
      folder,
      events: source.events.map((name) => {
        const comment = aggregate.events.find((event) => event.name === name)?.doc
        return { name, ...(comment === undefined ? {} : { doc: comment }) }
      }),
      whole: source.events.length === aggregate.events.length,
      id: aggregate.id,
      scope: { imports, values: `${folder}/values.ts`, schema: context.layout.schema }
    }
  })

/** Writes the union of the id types of all sources. */
export const idsOf = (sources: ReadonlyArray<Source>): string =>
  [...new Set(sources.map(({ id, scope }) => flat(id, scope)))].join(" | ")

const count = (sources: ReadonlyArray<Source>): number => sources.reduce((sum, { events }) => sum + events.length, 0)

const switchOn = (
  sources: ReadonlyArray<Source>,
  name: string,
  call: (source: Source, event: string) => string
): string =>
  [
    "      switch (event._tag) {\n",
    ...sources.flatMap((source) =>
      source.events.map(
        (event) => `        case ${JSON.stringify(event.name)}:\n          return ${call(source, event.name)}\n`
      )
    ),
    unhandled(`${name}.project`, "event", count(sources))
  ].join("")

/** Writes the table of the rows. */
const tableText = ({ name, table }: Projection): string => {
  const head = `export const ${name}Table: Projection.Table = `
  return `/** Table of the rows in SQL. */\n${head}${literal(table, "", head.length)}\n`
}

/**
 * Writes the type of the combined handlers. It has a name of its own, because the declarations of a
 * body refer to it, and cannot name a type of a module that the package does not export.
 */
const bodiesText = (name: string, types: ReadonlyArray<string>): string => {
  const head = `export interface ${name}Bodies extends Projection.Bodies<`
  const line = `${head}${types.join(", ")}> {}`
  const text = line.length <= width ? line : `${head}\n  ${types.join(",\n  ")}\n> {}`
  return `\n/** The combined handlers, as services run them. */\n${text}\n`
}

/** Emits `account-balances.ts`: the row, the handlers, and the switch that calls them. */
export const projectionFile = (context: Context, projection: Projection): Emitted => {
  const { name } = projection
  const imports = new Imports(projectionSuffixes.map((suffix) => name + suffix))
  imports.value("eventfold/generated", "Fold")
  const scope: Scope = { imports, values: "./values.ts", schema: context.layout.schema }
  const sources = sourcesOf(context, projection, imports)
  const keyed = projection.key !== "streamId"
  imports[keyed ? "value" : "type"]("eventfold", "Projection")
  // Returns the local name of an event, which can differ: the projection or a value type can have
  // the event's name.
  const typeOf = ({ folder, name }: Source, event: string) => imports.type(`${folder}/${kebab(name)}.ts`, event)
  for (const source of sources) for (const event of source.events) typeOf(source, event.name)
  const row = `${name}Row`
  const maybe = [row, "undefined"]
  const ids = idsOf(sources)
  const eventsOf = (source: Source) =>
    source.whole ? [typeOf(source, `${source.name}Event`)] : source.events.map((event) => typeOf(source, event.name))
  const several = sources.length > 1
  // The events of a source have the ids of that source, because each aggregate has its own streams.
  const origin = (source: Source) =>
    several ? `origin as Projection.Origin<${flat(source.id, source.scope)}>` : "origin"
  const key = keyed ? `${name}Key` : flat(keyOf(context, projection), sources[0]?.scope ?? scope)

  const handlers = sources.flatMap((source) =>
    source.events.map((event) => {
      const parameters = [
        ["row", maybe],
        ["event", [typeOf(source, event.name)]],
        ["origin", [`Projection.Origin<${flat(source.id, source.scope)}>`]],
        ...(keyed ? [["key", [key]] as const] : [])
      ] as const
      return `${doc(event.doc, "  ")}  ${arrow("  ", `readonly ${event.name}: `, parameters, maybe)}\n`
    })
  )
  const keys = sources.map((source) => {
    const parameters = [
      ["event", eventsOf(source)],
      ["origin", [`Projection.Origin<${flat(source.id, source.scope)}>`]]
    ] as const
    return `  ${arrow("  ", `readonly ${source.name}: `, parameters, [`Projection.Keys<${key}>`])}\n`
  })
  const last = keyed ? ", key" : ""
  const on = keyed ? "bodies.on" : "on"
  const project = switchOn(sources, name, (source, event) => `${on}.${event}(row, event, ${origin(source)}${last})`)
  const keySwitch = [
    "    keys: (event, origin) => {\n      switch (event._tag) {\n",
    ...sources.map(
      (source) =>
        source.events.map((event) => `        case ${JSON.stringify(event.name)}:\n`).join("") +
        `          return Projection.toKeys(bodies.keys.${source.name}(event, ${origin(source)}))\n`
    ),
    unhandled(`${name}.keys`, "event", count(sources)),
    "    },\n"
  ].join("")
  const result = `${name}Bodies`
  const [short, long] = keyed
    ? [
        `  project: (bodies: { readonly keys: ${name}Keys; readonly on: ${name}Handlers }): ${result} => ({\n`,
        `  project: (bodies: {\n    readonly keys: ${name}Keys\n    readonly on: ${name}Handlers\n  }): ${result} => ({\n`
      ]
    : [
        `  project: (on: ${name}Handlers): ${result} => ({\n`,
        `  project: (\n    on: ${name}Handlers\n  ): ${result} => ({\n`
      ]
  const head = short.length <= width + 1 ? short : long
  const body = [
    doc(projection.doc),
    declaration(row, projection.row, scope),
    `\n${alternatives("", `export type ${name}Event =`, sources.flatMap(eventsOf))}\n`,
    projection.key === "streamId" ? "" : `\n/** Key of a row. */\n${declaration(key, projection.key, scope)}`,
    `\n${doc(`One handler for each event. \`undefined\` stands for no row. You write them in ../${kebab(name)}.projection.ts.`)}`,
    `export interface ${name}Handlers {\n${handlers.join("")}}\n`,
    keyed
      ? `\n/** Functions that return the keys of the rows that an event belongs to: one, several or none. */\nexport interface ${name}Keys {\n${keys.join("")}}\n`
      : "",
    bodiesText(name, [row, `${name}Event`, ids, key]),
    `\nexport const ${name} = {\n  /** Combines ${keyed ? "the key functions and handlers" : "the handlers of all events"}. */\n`,
    head,
    keyed ? keySwitch : "    keys: (_event, origin) => [origin.id],\n",
    `    project: (row, event, origin${last}) => {\n`,
    project,
    "    }\n  })\n}\n"
  ].join("")
  return {
    name: `${kebab(name)}.ts`,
    from: projection.file,
    body: `${imports.render()}\n\n${body}\n${tableText(projection)}`
  }
}
