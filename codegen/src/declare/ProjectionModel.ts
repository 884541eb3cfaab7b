/** A projection as the model has it, and what is wrong with it. */
import type { Aggregate, Projection } from "eventfold"
import { Codec, StoredForm } from "eventfold/generated"
import { createHash } from "node:crypto"
import { choice, type Declared, type Located, reporter } from "./Declared.ts"
import { codes } from "../report/Diagnostic.ts"
import type * as Model from "../model/Model.ts"
import { kebab } from "../model/Names.ts"
import * as TableReader from "./TableReader.ts"
import type * as TypeReader from "./types/TypeReader.ts"

/** Reads a projection that is sound. */
export const projectionOf = (
  one: Declared<Projection.Any>,
  reader: TypeReader.TypeReader,
  /** Aggregates that are exported; nothing where that isn't known of all. */
  domainOf: ReadonlyMap<Aggregate.Any, string | undefined> | undefined,
  problems: Array<Located>
): Model.Projection => {
  const { exported, file, value } = one
  const report = reporter(one, problems)
  const sources: Array<Model.Source> = []
  for (const { aggregate, events } of value.from) {
    const { name } = aggregate
    const domain = domainOf === undefined ? "" : domainOf.get(aggregate)
    if (domain === undefined) {
      report(
        ["from"],
        codes.notExported,
        `${value.name} reads ${name}, which no schema file exports; export it where it is declared`
      )
      continue
    }
    if (sources.some((known) => known.aggregate === name)) {
      report(
        ["from"],
        codes.duplicate,
        `${value.name} reads ${name} twice; name all its events in one \`Projection.events\``
      )
    }
    if (events.length === 0 && Object.keys(aggregate.events).length > 0) {
      report(
        ["from"],
        codes.noEvents,
        `${value.name} reads no events of ${name}; name them in \`Projection.events\`, or give the aggregate itself for all of them`
      )
    }
    for (const event of events) {
      if (event in aggregate.events) continue
      report(
        ["from"],
        codes.unknownName,
        `${value.name} reads ${JSON.stringify(event)}, but ${name} declares no event of that name; ${choice(event, Object.keys(aggregate.events))}`
      )
    }
    const again = sources.find((known) => known.events.some((event) => events.includes(event)))
    if (again !== undefined && again.aggregate !== name) {
      report(
        ["from"],
        codes.duplicate,
        `${value.name} reads events of the same name from ${again.aggregate} and ${name}; give one of them another name`
      )
    }
    // All events of an aggregate, in the order in which they are declared, whatever order they are listed in.
    const declared = Object.keys(aggregate.events).filter((event) => events.includes(event))
    sources.push({ domain, aggregate: name, events: declared })
  }
  if (value.from.length === 0) {
    report(["from"], codes.noEvents, `${value.name} reads no events; name at least one aggregate in \`from\``)
  }
  if (value.key === "streamId" && sources.length > 1) {
    report(
      ["key"],
      codes.streamId,
      `${value.name} keeps a row for each stream ("streamId"), but reads ${sources.map(({ aggregate }) => aggregate).join(" and ")}, ` +
        "whose streams have nothing in common; give a schema as key instead"
    )
  }
  const before = reader.problems.length
  const row = reader.read(value.row, ["row"], true)
  const key = value.key === "streamId" ? "streamId" : reader.read(value.key, ["key"], true)
  if (key !== "streamId" && (key.kind === "array" || key.kind === "tuple")) {
    report(
      ["key"],
      codes.arrayKey,
      `${value.name} has an array as key, which cannot be told from several keys; give a struct as key instead`
    )
  }
  const table = reader.problems.length > before ? TableReader.none : TableReader.make(one.domain ?? "", value, report)
  return {
    name: value.name,
    exported,
    file,
    sources,
    key,
    row,
    indexes: Object.entries(value.indexes).map(([name, fields]) => ({ name, fields })),
    onFailure: value.onFailure,
    table,
    shape: table === TableReader.none ? "" : shapeOf(value, table)
  }
}

/** The same rows may be kept in another table, or under other keys: then they are made anew. */
const shapeOf = ({ key, row }: Projection.Any, table: Projection.Table): string => {
  const schemas = [row, ...(key === "streamId" ? [] : [key])]
  const asts = schemas.map((schema) => StoredForm.codec(schema).ast)
  return createHash("sha256")
    .update(`${Codec.shape(asts)}\0${JSON.stringify(table)}`)
    .digest("hex")
    .slice(0, 16)
}

/** Reports projections with one table: names that differ may give one name of a table: `PaidOrders` and `Paid_Orders`. */
export const sameTables = (projections: ReadonlyArray<Model.Projection>, problems: Array<Located>): void => {
  const taken = new Map<string, Model.Projection>()
  for (const one of projections) {
    const { exported, file, name, table } = one
    const before = table === TableReader.none ? undefined : taken.get(table.name)
    taken.set(table.name, before ?? one)
    // Names that are the same in kebab case are refused as such, for the files that they would share.
    if (before === undefined || kebab(before.name) === kebab(name)) continue
    const message = `the rows of ${before.name} and of ${name} would have one table, ${table.name}; give one of the projections another name`
    problems.push({ file, exported, path: [], code: codes.tableName, message })
  }
}
