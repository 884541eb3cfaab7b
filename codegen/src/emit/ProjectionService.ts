/**
 * Service of a projection: its rows in memory or from tables, and the definition that a projector
 * runs.
 */
import type { Projection } from "../model/Model.ts"
import { isLabel, kebab } from "../model/Names.ts"
import { type Context, declarationName, keyOf } from "./text/Layout.ts"
import { idsOf, type Source, sourcesOf } from "./ProjectionFiles.ts"
import { doc, type Emitted, Imports, width } from "./text/Text.ts"
import { declared, serviceHead, serviceTag } from "./ServiceClass.ts"
import { flat, type Scope } from "./text/TypeText.ts"

/**
 * Writes the interface of the queries: a method for each declared index, and those of all
 * projections.
 */
const queries = ({ indexes, name, row, table }: Projection, rows: string, scope: Scope): string => {
  const types = new Map(row.kind === "struct" ? row.fields.map((field) => [field.name, field]) : [])
  const lines = indexes.map((index) => {
    const isLabelled = index.fields.every((field) => isLabel(field))
    const values = index.fields.map((field) => {
      const known = types.get(field)
      const type =
        known === undefined
          ? `${name}Row[${JSON.stringify(field)}]`
          : flat(known.type, scope) + (known.optional ? " | undefined" : "")
      return isLabelled ? `${field}: ${type}` : type
    })
    const what = index.fields.map((field) => `\`${field}\``).join(" and ")
    // JSON has no order: a range must have values for all fields up to the last one that is JSON.
    const json = index.fields.findLastIndex((field) =>
      table.columns.some((one) => one.field === field && one.type === "jsonb")
    )
    const given = json < 0 ? "" : `, [${values.slice(0, json + 1).join(", ")}]`
    const before = `  readonly ${index.name}: Projection.Lookup<`
    const line = `${before}[${values.join(", ")}], ${name}Row${given}>`
    const list = `[${values.join(", ")}]`
    const broken = `[\n${values.map((value) => `      ${value}`).join(",\n")}\n    ]`
    const last =
      given === "" || given.length + 2 <= width
        ? given.replace(/^, /, ",\n    ")
        : `,\n    [\n${values
            .slice(0, json + 1)
            .map((value) => `      ${value}`)
            .join(",\n")}\n    ]`
    const wrapped = `${before}\n    ${list.length + 5 <= width ? list : broken},\n    ${name}Row${last}\n  >`
    const about = [`Rows by ${what}, in the order of their keys.`, "Its `page` and `count` take ranges."]
    const together = about.join(" ")
    const text = together.length + 9 <= width ? together : about.join("\n")
    return `${doc(text, "  ")}${line.length <= width ? line : wrapped}\n`
  })
  return `/** The rows, by key and by the declared indexes. */\nexport interface ${name}Queries extends ${rows} {\n${lines.join("")}}\n\n`
}

const entry = (source: Source, declaration: string, codec: string): string => {
  const types = source.events.map((event) => JSON.stringify(event.name))
  const line = `      types: [${types.join(", ")}]`
  const list =
    line.length <= width ? line : `      types: [\n${types.map((type) => `        ${type}`).join(",\n")}\n      ]`
  return `    ProjectionFold.source({\n      aggregate: ${JSON.stringify(source.name)},\n      id: ${declaration}.id,\n      codec: ${codec},\n${list}\n    })`
}

/** Writes a layer of the service in the layout of the formatter. */
const layer = (name: string, comment: string, types: ReadonlyArray<string>, make: string): string => {
  const declared = `  static readonly ${name}: Layer.Layer<${types.join(", ")}> =`
  const broken = `  static readonly ${name}: Layer.Layer<\n${types.map((type) => `    ${type}`).join(",\n")}\n  > =`
  const call = `Layer.effect(this, ${make}(definition))`
  const inLine = `${declared} ${call}`
  const fits = (line: string) => line.length <= width
  const text = fits(inLine)
    ? inLine
    : fits(`${declared} Layer.effect(`)
      ? `${declared} Layer.effect(\n    this,\n    ${make}(definition)\n  )`
      : fits(declared)
        ? `${declared}\n    ${call}`
        : `${broken} ${call}`
  return `  /** ${comment} */\n${text}\n`
}

/** Emits `account-balances.service.ts`: the rows as a service. */
export const projectionServiceFile = (context: Context, projection: Projection): Emitted => {
  const { exported, file, name } = projection
  const { layout } = context
  const view = `${name}View`
  const imports = new Imports([...declared(view), `${name}Queries`, "definition"])
  const scope: Scope = { imports, values: "./values.ts", schema: layout.schema }
  const sources = sourcesOf(context, projection, imports)
  for (const one of ["Context", "Layer"]) imports.value("effect", one)
  for (const one of ["EventStore", "EventStoreError", "Projection"]) imports.type("eventfold", one)
  for (const one of ["LiveProjection", "ProjectionFold", "StoredProjection"]) imports.value("eventfold/generated", one)
  imports.value(`../${kebab(name)}.projection.ts`, "project")
  imports.value(`./${kebab(name)}.fingerprint.ts`, "fingerprint")
  imports.value(`./${kebab(name)}.ts`, `${name}Table`)
  const keyed = projection.key !== "streamId"
  for (const one of ["Row", "Event", ...(keyed ? ["Key"] : [])]) imports.type(`./${kebab(name)}.ts`, name + one)
  const locals = sources.map(({ exported, file, name }) =>
    imports.value(layout.schema(file), exported, declarationName(name))
  )
  const entries = sources.map((source, i) =>
    entry(source, locals[i]!, imports.value(`${source.folder}/${kebab(source.name)}.codec.ts`, `${source.name}Codec`))
  )
  const indexed = projection.indexes.length > 0
  const declaration = imports.value(layout.schema(file), exported, declarationName(name))
  // Last, because only the name of a value type can change in this file.
  const key = keyed ? `${name}Key` : flat(keyOf(context, projection), sources[0]?.scope ?? scope)
  const rows = `Projection.Rows<${key}, ${name}Row>`
  const shape = indexed ? { type: `${name}Queries`, args: [] } : { type: "Projection.Rows", args: [key, `${name}Row`] }
  const extra = indexed ? queries(projection, rows, scope) : ""
  const args = [
    `${name}Row`,
    `${name}Event`,
    idsOf(sources),
    key,
    ...(indexed ? [`typeof ${declaration}.indexes`] : [])
  ]
  const head = "export const definition: ProjectionFold.Definition"
  const line = `${head}<${args.join(", ")}> = {`
  const opening = line.length <= width ? line : `${head}<\n${args.map((arg) => `  ${arg}`).join(",\n")}\n> = {`
  const fields = [
    `  name: ${JSON.stringify(name)}`,
    `  sources: [\n${entries.join(",\n")}\n  ]`,
    // The key of a stream is its id. A declared key has a schema.
    `  key: ${keyed ? `${declaration}.key` : `${locals[0]}.id`}`,
    `  row: ${declaration}.row`,
    "  bodies: project",
    `  table: ${name}Table`,
    // With a declared key, rows are not keyed by stream.
    ...(keyed ? [] : ["  isKeyedByStream: true"]),
    // The default is "stop".
    ...(projection.onFailure === "stop" ? [] : [`  onFailure: ${JSON.stringify(projection.onFailure)}`]),
    "  fingerprint",
    ...(indexed ? [`  indexes: ${declaration}.indexes`, `  fields: ${declaration}.row.fields`] : [])
  ]
  const body =
    `${imports.render()}\n\n/** Definition of the projection, for the services that run it. */\n${opening}\n${fields.join(",\n")}\n}\n\n${extra}` +
    serviceTag(view, shape, `${context.domain.name}/${view}`) +
    `${doc(projection.doc)}${serviceHead(view)}\n` +
    layer(
      "layer",
      "In memory: folded from the log at the first query.",
      [view, "never", "EventStore.EventStore"],
      "LiveProjection.make"
    ) +
    layer(
      "stored",
      `From the store's tables, which \`Projector.layer([${view}.projection])\` updates.`,
      [view, "EventStoreError.EventStoreError", "EventStore.EventStore"],
      "StoredProjection.make"
    ) +
    "  /** For `Projector.layer`. */\n  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)\n}\n"
  return { name: `${kebab(name)}.service.ts`, from: file, body }
}

/**
 * Emits `account-balances.fingerprint.ts`, the only generated file that an edit of the handlers
 * changes.
 */
export const projectionFingerprintFile = (
  { layout }: Context,
  { file, name, shape }: Projection,
  project: string
): Emitted => ({
  name: `${kebab(name)}.fingerprint.ts`,
  from: `${file} and the code that ${layout.bodies}/${kebab(name)}.projection.ts uses`,
  body: `/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */\nexport const fingerprint = "${project}-${shape}"\n`
})
