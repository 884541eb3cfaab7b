/** `catalog.md`: a page about all declarations of a domain. */
import type { Aggregate, Check, Command, Field, Member, Projection, Type, Value } from "../model/Model.ts"
import { type Listener, flowDiagram, listeners } from "./FlowDiagram.ts"
import { textOf } from "./text/JsonText.ts"
import { type Context, keyOf } from "./text/Layout.ts"
import { code, codes, literal, prose, table } from "./text/Markdown.ts"
import { type Emitted, Imports } from "./text/Text.ts"
import { flat, type Scope } from "./text/TypeText.ts"

/** Events in one diagram of a domain. With more events, each aggregate has its own diagram. */
const maxDiagramEvents = 12

/** Type names of a page. It has no imports, so that names cannot clash. */
class PlainNames extends Imports {
  override type(_module: string, name: string): string {
    return name
  }
}

const plain: Scope = { imports: new PlainNames(), values: "", schema: (file) => file }
const typeText = (type: Type): string => code(flat(type, plain))

/** A domain, with its value types by name. */
interface Page extends Context {
  readonly values: ReadonlyMap<string, Value>
}

const description = (doc: string | undefined, checks: ReadonlyArray<Check> = []): string =>
  [doc, checks.length === 0 ? undefined : `(${checks.map(({ says }) => literal(says)).join("; ")})`]
    .filter((part) => part !== undefined)
    .join(" ")

/** Returns the checks of a field that its value type does not have. */
const more = ({ values }: Page, { checks = [], type }: Field): ReadonlyArray<Check> => {
  const known = type.kind === "named" ? (values.get(type.name)?.checks ?? []) : []
  return checks.filter(({ says }) => !known.some((one) => one.says === says))
}

const fieldsTable = (page: Page, fields: ReadonlyArray<Field>, none = "No fields."): string => {
  const rows = fields.map((field) => [
    code(field.name),
    typeText(field.type),
    field.optional ? "optional" : "",
    description(field.doc, more(page, field))
  ])
  return fields.length === 0 ? none : table(["field", "type", "", "description"], rows)
}

/** Writes a struct as a table of its fields, and any other type as code. */
const shape = (page: Page, type: Type): ReadonlyArray<string> => {
  if (type.kind !== "struct") return [`${typeText(type)}.`]
  return [
    ...(type.fields.length > 0 || type.index.length === 0 ? [fieldsTable(page, type.fields)] : []),
    ...type.index.map(({ key, value }) => `Any other key, a ${typeText(key)}, holds ${typeText(value)}.`)
  ]
}

const diagram = (lines: ReadonlyArray<string>): string => ["```mermaid", ...lines, "```"].join("\n")

const event = (
  page: Page,
  { doc, fields, name }: Member,
  commands: ReadonlyArray<Command>,
  heard: ReadonlyArray<Listener>
): ReadonlyArray<string> => {
  const by = commands.filter(({ emits }) => emits.includes(name)).map((command) => command.name)
  const to = heard.filter(({ events }) => events.includes(name)).map(({ label }) => label)
  const who = [
    by.length === 0 ? "No command emits it" : `Emitted by ${codes(by)}`,
    to.length === 0 ? "no projection reads it" : `read by ${codes(to)}`
  ]
  return [`#### ${name}`, ...prose(doc), `${who.join("; ")}.`, fieldsTable(page, fields)]
}

const command = (page: Page, { doc, emits, facts, fails, fields, name }: Command): ReadonlyArray<string> => {
  const leads = [
    emits.length === 0 ? "Emits nothing" : `Emits ${codes(emits)}`,
    fails.length === 0 ? "cannot be refused" : `refused with ${codes(fails)}`,
    ...(facts.length === 0 ? [] : [`decided with the facts ${codes(facts)}`])
  ]
  return [`#### ${name}`, ...prose(doc), `${leads.join("; ")}.`, fieldsTable(page, fields)]
}

const error = (page: Page, { doc, fields, name }: Member, commands: ReadonlyArray<Command>): ReadonlyArray<string> => {
  const of = commands.filter(({ fails }) => fails.includes(name)).map((one) => one.name)
  const who = of.length === 0 ? "No command is refused with it." : `Refuses ${codes(of)}.`
  return [`#### ${name}`, ...prose(doc), who, fieldsTable(page, fields)]
}

const aggregate = (page: Page, one: Aggregate, alone: boolean): ReadonlyArray<string> => {
  const { domain, model } = page
  const { commands, doc, errors, events, facts, file, id, name, state } = one
  const heard = listeners(model, domain.name, name)
  return [
    `## ${name}`,
    ...prose(doc),
    `Declared in ${code(file)}. The stream of an instance is ${code(`${name}-`)} followed by its id, ${typeText(id)}.`,
    ...(alone ? [diagram(flowDiagram(model, domain.name, [one]))] : []),
    "### State",
    ...shape(page, state),
    "### Events",
    ...events.flatMap((member) => event(page, member, commands, heard)),
    ...(commands.length === 0 ? [] : ["### Commands", ...commands.flatMap((member) => command(page, member))]),
    ...(errors.length === 0 ? [] : ["### Errors", ...errors.flatMap((member) => error(page, member, commands))]),
    ...(facts.length === 0 ? [] : ["### Facts", "Values from outside that decisions need.", fieldsTable(page, facts)])
  ]
}

const projection = (page: Page, one: Projection): ReadonlyArray<string> => {
  const { doc, file, indexes, key, name, row, sources } = one
  const { domain } = page
  const reads = sources.map(
    (source) =>
      `- ${source.domain === domain.name ? "" : `${source.domain}/`}${source.aggregate}: ${codes(source.events)}`
  )
  const found = key === "streamId" ? `the id of its stream, ${typeText(keyOf(page, one))}` : typeText(key)
  const also = indexes.map(({ fields, name }) => `by ${codes(fields)} (${code(name)})`).join(", ")
  return [
    `### ${name}`,
    ...prose(doc),
    `Declared in ${code(file)}. The key of a row is ${found}.${also === "" ? "" : ` Rows are also found ${also}.`} It reads:`,
    reads.join("\n"),
    "A row:",
    ...shape(page, row)
  ]
}

/**
 * Writes the value types: each struct with a table of its fields, and one table of all other types.
 */
const valueTypes = (page: Page): ReadonlyArray<string> => {
  const all = page.domain.values
  const isStruct = ({ type }: Value) => type.kind === "struct" && type.fields.length > 0
  const rows = all
    .filter((value) => !isStruct(value))
    .map(({ brands, checks, doc, name, type }) => [
      code(name),
      typeText(type) + (brands.length === 0 ? "" : ", branded"),
      description(doc, checks)
    ])
  return [
    ...(all.length === 0 ? [] : ["## Values"]),
    ...(rows.length === 0 ? [] : [table(["value", "type", "description"], rows)]),
    ...all.filter(isStruct).flatMap(({ doc, name, type }) => [`### ${name}`, ...prose(doc), ...shape(page, type)])
  ]
}

export const catalogFile = (context: Context, from: string): Emitted => {
  const { domain, model } = context
  const { aggregates, name, projections, values } = domain
  const known = textOf(values)
  const page: Page = { ...context, values: new Map(values.map((value) => [value.name, value])) }
  const count = aggregates.reduce((sum, { events }) => sum + events.length, 0)
  const alone = count > maxDiagramEvents
  const parts = [
    "<!-- prettier-ignore-start -->",
    `# ${name}`,
    "All events with their fields, the commands that emit them and the projections that read them; then all commands, errors and projections.",
    ...(alone || aggregates.length === 0 ? [] : [diagram(flowDiagram(model, name, aggregates))]),
    ...aggregates.map((one) => {
      const text = `${JSON.stringify([alone, listeners(model, name, one.name)])}${known}${textOf(one)}`
      return context.remember("catalog", `${name}/${one.name}`, text, () => aggregate(page, one, alone).join("\n\n"))
    }),
    ...(projections.length === 0 ? [] : ["## Projections", ...projections.flatMap((one) => projection(page, one))]),
    ...valueTypes(page),
    "<!-- prettier-ignore-end -->"
  ]
  return { name: "catalog.md", from, body: `${parts.join("\n\n")}\n` }
}
