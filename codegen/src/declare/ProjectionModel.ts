/** Reads the model of a projection, and finds its problems. */
import type { Aggregate, Projection } from "eventfold"
import { CodecPlan, StoredForm } from "eventfold/generated"
import { createHash } from "node:crypto"
import { choice, type Declared } from "./Declared.ts"
import { codes } from "../report/Diagnostic.ts"
import type * as Model from "../model/Model.ts"
import { kebab } from "../model/Names.ts"
import { type DeclarationProblem, type Report, reporter } from "./types/SchemaProblem.ts"
import * as TableReader from "./TableReader.ts"
import type { TypeReader } from "./types/TypeReader.ts"

/**
 * Domains of exported aggregates; `undefined` if some files could not be loaded, so that not all
 * are known.
 */
export type DomainOf = ReadonlyMap<Aggregate.Any, string | undefined> | undefined

/** Reports problems of the events that a projection reads from one aggregate. */
const checkSource = (
  { name }: Projection.Any,
  { aggregate, events }: Projection.Any["from"][number],
  known: ReadonlyArray<Model.Source>,
  report: Report
): void => {
  const declared = Object.keys(aggregate.events)
  if (known.some((source) => source.aggregate === aggregate.name)) {
    const fix = "list all of its events in one `Projection.events`"
    report(["from"], codes.duplicate, `${name} reads ${aggregate.name} twice`, fix)
  }
  if (events.length === 0 && declared.length > 0) {
    const fix = "list events in `Projection.events`, or write the aggregate itself for all of its events"
    report(["from"], codes.noEvents, `${name} reads no events of ${aggregate.name}`, fix)
  }
  for (const event of events.filter((one) => !(one in aggregate.events))) {
    const message = `${name} reads ${JSON.stringify(event)}, but ${aggregate.name} declares no event of that name`
    report(["from"], codes.unknownName, message, choice(event, declared))
  }
  const again = known.find((source) => source.events.some((event) => events.includes(event)))
  if (again !== undefined && again.aggregate !== aggregate.name) {
    const message = `${name} reads events of the same name from ${again.aggregate} and ${aggregate.name}`
    report(["from"], codes.duplicate, message, "rename one of them")
  }
}

/** Reads the events that a projection folds. */
const sourcesOf = (value: Projection.Any, domainOf: DomainOf, report: Report): ReadonlyArray<Model.Source> => {
  const sources: Array<Model.Source> = []
  for (const source of value.from) {
    const { aggregate, events } = source
    const domain = domainOf === undefined ? "" : domainOf.get(aggregate)
    if (domain === undefined) {
      const message = `${value.name} reads ${aggregate.name}, which no schema file exports`
      report(["from"], codes.notExported, message, "export it from the file that declares it")
      continue
    }
    checkSource(value, source, sources, report)
    // In the order of the declaration, so that the order of the list makes no difference.
    const declared = Object.keys(aggregate.events).filter((event) => events.includes(event))
    sources.push({ domain, aggregate: aggregate.name, events: declared })
  }
  if (value.from.length === 0) {
    report(["from"], codes.noEvents, `${value.name} reads no events`, "list at least one aggregate in `from`")
  }
  if (value.key === "streamId" && sources.length > 1) {
    const names = sources.map(({ aggregate }) => aggregate).join(" and ")
    const message = `${value.name} keeps one row per stream ("streamId"), but reads ${names}, which have no streams in common`
    report(["key"], codes.streamId, message, "set `key` to a schema")
  }
  return sources
}

/** Reads a sound projection, and reports its problems. */
export const projectionOf = (
  one: Declared<Projection.Any>,
  reader: TypeReader,
  domainOf: DomainOf,
  problems: Array<DeclarationProblem>
): Model.Projection => {
  const { exported, file, value } = one
  const report = reporter(one, problems)
  const sources = sourcesOf(value, domainOf, report)
  const before = reader.problems.length
  const row = reader.read(value.row, ["row"], true)
  const key = value.key === "streamId" ? "streamId" : reader.read(value.key, ["key"], true)
  if (key !== "streamId" && (key.kind === "array" || key.kind === "tuple")) {
    const message = `${value.name} has an array as key, which can't be distinguished from several keys`
    report(["key"], codes.arrayKey, message, "use a struct as the key")
  }
  const isReadable = reader.problems.length === before
  const table = isReadable ? TableReader.read(one.domain ?? "", value, report) : TableReader.none
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

/** Hashes what rows look like in the store. If it changes, the rows have to be rebuilt. */
const shapeOf = ({ key, row }: Projection.Any, table: Projection.Table): string => {
  const schemas = [row, ...(key === "streamId" ? [] : [key])]
  const asts = schemas.map((schema) => StoredForm.codec(schema).ast)
  return createHash("sha256")
    .update(`${CodecPlan.shape(asts)}\0${JSON.stringify(table)}`)
    .digest("hex")
    .slice(0, 16)
}

/** Reports projections with the same table: `PaidOrders` and `Paid_Orders` have one table name. */
export const checkTableNames = (
  projections: ReadonlyArray<Model.Projection>,
  problems: Array<DeclarationProblem>
): void => {
  const taken = new Map<string, Model.Projection>()
  for (const one of projections) {
    const { exported, file, name, table } = one
    const before = table === TableReader.none ? undefined : taken.get(table.name)
    taken.set(table.name, before ?? one)
    // Names that are equal in kebab case have a problem already, because they would share files.
    if (before === undefined || kebab(before.name) === kebab(name)) continue
    const message = `the rows of ${before.name} and of ${name} would be in one table, ${table.name}`
    problems.push({ file, exported, path: [], code: codes.tableName, message, fix: "rename one of the projections" })
  }
}
