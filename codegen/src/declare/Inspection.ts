/** From what schema files export to the model: runs beside the schemas, in the worker, and hands out data only. */
import { Aggregate, Projection } from "eventfold"
import { aggregateOf } from "./AggregateModel.ts"
import type { Declared, Located } from "./Declared.ts"
import { codes, compare } from "../report/Diagnostic.ts"
import * as Emptiness from "./Emptiness.ts"
import * as Exports from "./Exports.ts"
import { contractSuffixes, projectionSuffixes } from "../model/Names.ts"
import type * as Model from "../model/Model.ts"
import { projectionOf, sameTables } from "./ProjectionModel.ts"
import * as Redactions from "./Redactions.ts"
import * as Shape from "./Shape.ts"
import * as StoredJsonSchema from "./StoredJsonSchema.ts"
import * as Transformations from "./Transformations.ts"
import * as TypeReader from "./types/TypeReader.ts"

/** What one schema file exports. */
export interface Loaded {
  readonly file: string
  readonly domain: string | undefined
  readonly exports: Readonly<Record<string, unknown>>
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

/** What is declared in one domain. */
interface DeclaredDomain {
  readonly aggregates: ReadonlyArray<Declared<Aggregate.Any>>
  readonly projections: ReadonlyArray<Declared<Projection.Any>>
}

/** Names that the domain's generated code gives to other things than values. */
const namesTaken = ({ aggregates, projections }: DeclaredDomain): ReadonlySet<string> =>
  new Set([
    ...aggregates.flatMap(({ value }) => [
      ...contractNames(value),
      ...[...contractSuffixes, "Fold", "Codec", "Laws"].map((suffix) => value.name + suffix)
    ]),
    ...projections.flatMap(({ value }) =>
      [...projectionSuffixes, "Queries", "View"].map((suffix) => value.name + suffix)
    )
  ])

/** What each declaration is looked through for, beside what its types are. */
const searches = [Redactions, Transformations, Emptiness]

/** Redacted values that a domain stores, transformations that cannot run, and schemas that no value fits. */
const foundIn = ({ aggregates, projections }: DeclaredDomain): ReadonlyArray<Located> => {
  const at = ({ exported, file }: Declared<unknown>, found: ReadonlyArray<TypeReader.Problem>) =>
    found.map((one) => ({ ...one, file, exported }))
  return [
    ...aggregates.flatMap((one) => searches.flatMap(({ ofAggregate }) => at(one, ofAggregate(one.value)))),
    ...projections.flatMap((one) => searches.flatMap(({ ofProjection }) => at(one, ofProjection(one.value))))
  ]
}

/** The part of declarations that can be read at all; of the rest, problems are added. */
const soundPart = ({ aggregates, projections }: DeclaredDomain, problems: Array<Located>): DeclaredDomain => {
  const isSound = <A extends Aggregate.Any | Projection.Any>(
    { exported, file, value }: Declared<A>,
    check: (value: A) => ReadonlyArray<TypeReader.Problem>
  ): boolean => {
    const found = check(value)
    for (const problem of found) problems.push({ ...problem, file, exported })
    return found.length === 0
  }
  return {
    aggregates: aggregates.filter((one) => isSound(one, Shape.ofAggregate)),
    projections: projections.filter((one) => isSound(one, Shape.ofProjection))
  }
}

/** Declarations by domain, in the order of domains' names; those of none are problems. */
const byDomain = (all: DeclaredDomain, problems: Array<Located>): ReadonlyArray<readonly [string, DeclaredDomain]> => {
  const names = new Set<string>()
  for (const { domain, exported, file, value } of [...all.aggregates, ...all.projections]) {
    if (domain !== undefined) names.add(domain)
    else {
      const message = `${value.name} belongs to no domain; move the file into a folder, whose name is the domain's`
      problems.push({ file, exported, path: [], code: codes.noDomain, message })
    }
  }
  return [...names].sort(compare).map((name) => [
    name,
    {
      aggregates: all.aggregates.filter(({ domain }) => domain === name),
      projections: all.projections.filter(({ domain }) => domain === name)
    }
  ])
}

/** Reads all declarations that schema files export. */
export const inspect = (loaded: ReadonlyArray<Loaded>, home: Home, { foreign, isWhole }: InspectOptions): Inspected => {
  const problems: Array<Located> = []
  const warnings: Array<Located> = []
  const all = {
    aggregates: declarations(loaded, isAggregate, home),
    projections: declarations(loaded, isProjection, home)
  }
  const domainOf = new Map(all.aggregates.map(({ domain, value }) => [value, domain]))
  const domains = byDomain(all, problems).map(([name, domain]): Model.Domain => {
    const reader = TypeReader.make(
      Exports.make(
        loaded.filter((one) => one.domain === name || one.domain === undefined),
        loaded.filter((one) => one.domain !== name && one.domain !== undefined),
        namesTaken(domain),
        foreign
      )
    )
    const within = <A>({ exported, file }: Declared<unknown>, body: () => A): A => {
      const before = reader.problems.length
      const result = body()
      for (const problem of reader.problems.slice(before)) problems.push({ ...problem, file, exported })
      return result
    }
    const sound = soundPart(domain, problems)
    const read = {
      aggregates: sound.aggregates.map((one) => within(one, () => aggregateOf(one, reader, problems))),
      projections: sound.projections.map((one) =>
        within(one, () => projectionOf(one, reader, isWhole ? domainOf : undefined, problems))
      )
    }
    sameTables(read.projections, problems)
    for (const one of foundIn(sound)) (one.code === codes.inTheClear ? warnings : problems).push(one)
    const sorted = {
      name,
      values: [...reader.values()].sort((a, b) => compare(a.name, b.name)),
      aggregates: read.aggregates.sort((a, b) => compare(a.name, b.name)),
      projections: read.projections.sort((a, b) => compare(a.name, b.name)),
      definitions: {}
    }
    // Nothing is written while there are problems, and what cannot be stored cannot be described either.
    const declared = domain.aggregates.map(({ value }) => value)
    return problems.length > 0 || !isWhole ? sorted : StoredJsonSchema.add(sorted, declared, reader.schemaOf)
  })
  return { domains, problems, warnings }
}
