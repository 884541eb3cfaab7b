/** From what schema files export to the model: runs beside the schemas, in the worker, and hands out data only. */
import { Schema, SchemaAST } from "effect"
import { Aggregate, Codec, Projection, StoredForm } from "eventfold"
import { createHash } from "node:crypto"
import { compile } from "./Compilation.ts"
import { codes, compare } from "./Diagnostic.ts"
import * as Exports from "./Exports.ts"
import { contractSuffixes, kebab, projectionSuffixes } from "./Names.ts"
import type * as Model from "./Model.ts"
import * as Redactions from "./Redactions.ts"
import * as Shape from "./Shape.ts"
import * as Stored from "./Stored.ts"
import { nearest } from "./Suggestion.ts"
import * as TableOf from "./TableOf.ts"
import * as TypeOf from "./TypeOf.ts"

/** What one schema file exports. */
export interface Loaded {
  readonly file: string
  readonly domain: string | undefined
  readonly exports: Readonly<Record<string, unknown>>
}

/** A problem of one declaration, which the syntax then gives a place. */
export interface Located extends TypeOf.Problem {
  readonly file: string
  /** The exported name of the declaration. */
  readonly exported: string
}

export interface Inspected {
  readonly domains: ReadonlyArray<Model.Domain>
  readonly problems: ReadonlyArray<Located>
  /** What may be meant, and is to be known. */
  readonly warnings: ReadonlyArray<Located>
}

const isMarked = (value: unknown, mark: string): boolean => typeof value === "object" && value !== null && mark in value
const isAggregate = (value: unknown): value is Aggregate.Any => isMarked(value, Aggregate.TypeId)
const isProjection = (value: unknown): value is Projection.Any => isMarked(value, Projection.TypeId)

interface Declared<A> {
  readonly value: A
  readonly exported: string
  readonly file: string
  readonly domain: string | undefined
}

/** Each declaration once: a file that re-exports another's declares nothing. */
const declarations = <A>(loaded: ReadonlyArray<Loaded>, is: (value: unknown) => value is A, home: Home) => {
  const found = new Map<A, Declared<A>>()
  for (const { domain, exports, file } of loaded) {
    for (const [exported, value] of Object.entries(exports)) {
      if (!is(value)) continue
      if (!found.has(value) || home(file, exported)) found.set(value, { value, exported, file, domain })
    }
  }
  return [...found.values()]
}

/** Whether a file declares a name itself, instead of passing on another file's. */
export type Home = (file: string, name: string) => boolean

/** Names that the contracts of a domain give to types and values. */
export const contractNames = (aggregate: Aggregate.Any): ReadonlyArray<string> => [
  ...Object.keys(aggregate.events),
  ...Object.keys(aggregate.commands),
  ...Object.keys(aggregate.errors)
]

export interface InspectOptions {
  /** Whether all files could be loaded: else what seems to be missing may be in one of the others. */
  readonly isWhole: boolean
  /** What schema files import from elsewhere. */
  readonly foreign: ReadonlyArray<Exports.Foreign>
}

export const inspect = (loaded: ReadonlyArray<Loaded>, home: Home, { foreign, isWhole }: InspectOptions): Inspected => {
  const problems: Array<Located> = []
  const warnings: Array<Located> = []
  const aggregates = declarations(loaded, isAggregate, home)
  const projections = declarations(loaded, isProjection, home)
  const domainOf = new Map(aggregates.map(({ domain, value }) => [value, domain]))
  const domains = new Map<
    string,
    { aggregates: Array<Declared<Aggregate.Any>>; projections: Array<Declared<Projection.Any>> }
  >()
  const domainAt = (name: string) => {
    const known = domains.get(name) ?? { aggregates: [], projections: [] }
    domains.set(name, known)
    return known
  }
  for (const one of [...aggregates, ...projections]) {
    if (one.domain === undefined) {
      problems.push({
        file: one.file,
        exported: one.exported,
        path: [],
        code: codes.noDomain,
        message: `${one.value.name} belongs to no domain; move the file into a folder, whose name is the domain's`
      })
    } else if (isAggregate(one.value)) domainAt(one.domain).aggregates.push({ ...one, value: one.value })
    else domainAt(one.domain).projections.push({ ...one, value: one.value })
  }

  const result = [...domains]
    .sort(([a], [b]) => compare(a, b))
    .map(([name, domain]): Model.Domain => {
      const taken = new Set([
        ...domain.aggregates.flatMap(({ value }) => [
          ...contractNames(value),
          ...[...contractSuffixes, "Fold", "Codec", "Laws"].map((suffix) => value.name + suffix)
        ]),
        ...domain.projections.flatMap(({ value }) =>
          [...projectionSuffixes, "Queries", "View"].map((suffix) => value.name + suffix)
        )
      ])
      const reader = TypeOf.make(
        Exports.make(
          loaded.filter((one) => one.domain === name || one.domain === undefined),
          loaded.filter((one) => one.domain !== name && one.domain !== undefined),
          taken,
          foreign
        )
      )
      const within = <A>({ exported, file }: Declared<unknown>, body: () => A): A => {
        const before = reader.problems.length
        const result = body()
        for (const problem of reader.problems.slice(before)) problems.push({ ...problem, file, exported })
        return result
      }
      const isSound = <A extends Aggregate.Any | Projection.Any>(
        { exported, file, value }: Declared<A>,
        check: (value: A) => ReadonlyArray<TypeOf.Problem>
      ): boolean => {
        const found = check(value)
        for (const problem of found) problems.push({ ...problem, file, exported })
        return found.length === 0
      }
      const sound = {
        aggregates: domain.aggregates.filter((one) => isSound(one, Shape.ofAggregate)),
        projections: domain.projections.filter((one) => isSound(one, Shape.ofProjection))
      }
      const read = {
        aggregates: sound.aggregates.map((one) => within(one, () => aggregateOf(one, reader, problems))),
        projections: sound.projections.map((one) =>
          within(one, () => projectionOf(one, reader, isWhole ? domainOf : undefined, problems))
        )
      }
      sameTables(read.projections, problems)
      const redactions = [
        ...sound.aggregates.map(({ exported, file, value }) => ({
          exported,
          file,
          found: Redactions.ofAggregate(value)
        })),
        ...sound.projections.map(({ exported, file, value }) => ({
          exported,
          file,
          found: Redactions.ofProjection(value)
        }))
      ]
      for (const { exported, file, found } of redactions) {
        for (const one of found) {
          ;(one.code === codes.inTheClear ? warnings : problems).push({ ...one, file, exported })
        }
      }
      const sorted = {
        name,
        values: [...reader.values()].sort((a, b) => compare(a.name, b.name)),
        aggregates: read.aggregates.sort((a, b) => compare(a.name, b.name)),
        projections: read.projections.sort((a, b) => compare(a.name, b.name)),
        definitions: {}
      }
      // Nothing is written while there are problems, and what cannot be stored cannot be described either.
      const declared = domain.aggregates.map(({ value }) => value)
      return problems.length > 0 || !isWhole ? sorted : Stored.add(sorted, declared, reader.schemaOf)
    })
  return { domains: result, problems, warnings }
}

/** Names that differ may give one name of a table: `PaidOrders` and `Paid_Orders`. */
const sameTables = (projections: ReadonlyArray<Model.Projection>, problems: Array<Located>): void => {
  const taken = new Map<string, Model.Projection>()
  for (const one of projections) {
    const { exported, file, name, table } = one
    const before = table === TableOf.none ? undefined : taken.get(table.name)
    taken.set(table.name, before ?? one)
    // Names that are the same in kebab case are refused as such, for the files that they would share.
    if (before === undefined || kebab(before.name) === kebab(name)) continue
    const message = `the rows of ${before.name} and of ${name} would have one table, ${table.name}; give one of the projections another name`
    problems.push({ file, exported, path: [], code: codes.tableName, message })
  }
}

type Report = (path: ReadonlyArray<string>, code: Located["code"], message: string) => void

const reporter =
  ({ exported, file }: Declared<unknown>, problems: Array<Located>): Report =>
  (path, code, message) =>
    void problems.push({ file, exported, path, code, message })

const message = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ")

const aggregateOf = (
  one: Declared<Aggregate.Any>,
  reader: TypeOf.TypeReader,
  problems: Array<Located>
): Model.Aggregate => {
  const { exported, file, value } = one
  const report = reporter(one, problems)
  const events = Object.keys(value.events)
  const errors = Object.keys(value.errors)
  if (events.length === 0) {
    report(
      ["events"],
      codes.noEvents,
      `${value.name} declares no events; declare at least one, since only events are stored`
    )
  }
  for (const [command, { emits, facts, fails }] of Object.entries(value.flow)) {
    for (const [list, names, all, what] of [
      ["emits", emits, events, "event"],
      ["fails", fails, errors, "error"],
      ["facts", facts, Object.keys(value.facts), "fact"]
    ] as const) {
      for (const name of names) {
        if (all.includes(name)) continue
        report(
          ["commands", command, list],
          codes.unknownName,
          `${command} has ${JSON.stringify(name)} in \`${list}\`, but ${value.name} declares no ${what} of that name; ${choice(name, all)}`
        )
      }
    }
  }
  const members = (kind: "events" | "commands" | "errors", under: ReadonlyArray<string>): Array<Model.Member> =>
    Object.entries(value[kind]).map(([name, schema]) => {
      if (!isTaggedWith(schema, name)) {
        report(
          [kind, name, ...under, "_tag"],
          codes.badName,
          `${name} has a field of its own called _tag, where Eventfold keeps the name ${name}; call it something else`
        )
      }
      return { name, fields: reader.fields(schema, [kind, name, ...under], kind === "events") }
    })
  if (!TableOf.isAllText(SchemaAST.toEncoded(value.id.ast))) {
    report(
      ["id"],
      codes.badId,
      `the id of ${value.name} doesn't encode to a text, and it is part of the name of a stream; ${textFor(value.id)}`
    )
  }
  const known = reader.problems.length
  const before = problems.length + known
  const model = {
    name: value.name,
    exported,
    file,
    id: reader.read(value.id, ["id"], true),
    state: reader.read(value.state, ["state"], true),
    events: members("events", []).map((event) => ({ ...event, stored: {} })),
    errors: members("errors", []),
    commands: members("commands", ["payload"]).map((member) => {
      const { emits, facts, fails } = value.flow[member.name] ?? { emits: [], facts: [], fails: [] }
      return { ...member, emits, facts, fails }
    }),
    facts: reader.fields(Schema.Struct(value.facts), ["facts"], false)
  }
  const none: Model.Compiled = { code: "", target: "", shape: "" }
  try {
    // What is wrong with a state that can't be written down is said already.
    const isState = reader.problems.slice(known).every(({ path }) => path[0] !== "state")
    for (const { code, message, path } of isState ? Shape.ofInitial(value) : []) report(path, code, message)
    const isSound = problems.length + reader.problems.length === before && events.length > 0
    return { ...model, compiled: isSound ? compile(value) : none }
  } catch (error) {
    report(
      [],
      codes.notStorable,
      `${value.name} has no form as JSON: ${message(error)}; use schemas that encode to JSON`
    )
    return { ...model, compiled: none }
  }
}

/** What to write for an id that is no text. */
const textFor = ({ ast }: Schema.Top): string => {
  switch (SchemaAST.toType(ast)._tag) {
    case "Number":
      return "use `Schema.FiniteFromString`, with the checks of the number, or `Schema.NonEmptyString`"
    case "BigInt":
      return "use `Schema.BigIntFromString`, or `Schema.NonEmptyString`"
    case "Objects":
    case "Arrays":
      return 'use a text that holds its parts, such as `Schema.TemplateLiteral([Schema.NonEmptyString, "/", Schema.Int])`, or `Schema.NonEmptyString`'
    default:
      return "use `Schema.NonEmptyString`, or a schema that encodes to a text"
  }
}

/** Whether the tag is the one that the declaration adds, not a field that took its place. */
const isTaggedWith = ({ ast }: Schema.Top, name: string): boolean => {
  if (ast._tag !== "Objects") return true
  const tag = ast.propertySignatures.find((property) => property.name === "_tag")?.type
  return tag?._tag === "Literal" && tag.literal === name
}

const choice = (name: string, names: ReadonlyArray<string>): string => {
  const meant = nearest(name, names)
  if (meant !== undefined) return `write ${JSON.stringify(meant)}`
  return names.length === 0 ? "it declares none" : `it declares ${names.join(", ")}`
}

const projectionOf = (
  one: Declared<Projection.Any>,
  reader: TypeOf.TypeReader,
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
  const table = reader.problems.length > before ? TableOf.none : TableOf.make(one.domain ?? "", value, report)
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
    shape: table === TableOf.none ? "" : shapeOf(value, table)
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
