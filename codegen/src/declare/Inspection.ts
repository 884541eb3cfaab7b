/**
 * Turns the exports of schema files into the model. Runs in the worker with the schemas, and
 * returns plain data.
 */
import { Aggregate, Projection } from "eventfold"
import { aggregateOf } from "./AggregateModel.ts"
import type { Declared } from "./Declared.ts"
import { codes, compare } from "../report/Diagnostic.ts"
import * as Emptiness from "./Emptiness.ts"
import * as Exports from "./types/Exports.ts"
import { contractSuffixes, projectionSuffixes } from "../model/Names.ts"
import type * as Model from "../model/Model.ts"
import { checkTableNames, projectionOf } from "./ProjectionModel.ts"
import * as Redactions from "./Redactions.ts"
import * as Shape from "./Shape.ts"
import * as StoredJsonSchema from "./StoredJsonSchema.ts"
import * as Transformations from "./Transformations.ts"
import type { DeclarationProblem, SchemaProblem } from "./types/SchemaProblem.ts"
import { TypeReader } from "./types/TypeReader.ts"

/** Exports of one schema file. */
export interface Loaded {
  readonly file: string
  readonly domain: string | undefined
  readonly exports: Readonly<Record<string, unknown>>
}

export interface Inspected {
  readonly domains: ReadonlyArray<Model.Domain>
  readonly problems: ReadonlyArray<DeclarationProblem>
  readonly warnings: ReadonlyArray<DeclarationProblem>
}

const isMarked = (value: unknown, mark: string): boolean => typeof value === "object" && value !== null && mark in value
const isAggregate = (value: unknown): value is Aggregate.Any => isMarked(value, "~eventfold/Aggregate")
const isProjection = (value: unknown): value is Projection.Any => isMarked(value, "~eventfold/Projection")

/**
 * Returns each declaration once, at the file that declares it and not at files that re-export it.
 */
const declarations = <A>(
  loaded: ReadonlyArray<Loaded>,
  is: (value: unknown) => value is A,
  isDeclaredIn: IsDeclaredIn
) => {
  const found = new Map<A, Declared<A>>()
  for (const { domain, exports, file } of loaded) {
    for (const [exported, value] of Object.entries(exports)) {
      if (!is(value)) continue
      if (!found.has(value) || isDeclaredIn(file, exported)) found.set(value, { value, exported, file, domain })
    }
  }
  return [...found.values()]
}

/** `true` if a file declares a name itself, and does not re-export it. */
export type IsDeclaredIn = (file: string, name: string) => boolean

/** Returns the names that contracts give to the types of an aggregate. */
export const contractNames = (aggregate: Aggregate.Any): ReadonlyArray<string> => [
  ...Object.keys(aggregate.events),
  ...Object.keys(aggregate.commands),
  ...Object.keys(aggregate.errors)
]

export interface InspectOptions {
  /**
   * `true` if all files could be loaded. Otherwise a missing declaration can be in a file that
   * failed.
   */
  readonly isWhole: boolean
  /** Modules outside of the schema files that schema files import. */
  readonly foreign: ReadonlyArray<Exports.Foreign>
}

/** Declarations of one domain. */
interface DeclaredDomain {
  readonly aggregates: ReadonlyArray<Declared<Aggregate.Any>>
  readonly projections: ReadonlyArray<Declared<Projection.Any>>
}

/** Returns names of a domain's generated code that value types can't have. */
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

/**
 * Searches for problems in aggregates. `aggregateOf` searches for asynchronous transformations
 * itself.
 */
const aggregateSearches = [Redactions, Emptiness]
const projectionSearches = [Redactions, Transformations, Emptiness]

/**
 * Finds redacted values that a domain stores, asynchronous transformations, and schemas without
 * values.
 */
const foundIn = ({ aggregates, projections }: DeclaredDomain): ReadonlyArray<DeclarationProblem> => {
  const at = ({ exported, file }: Declared<unknown>, found: ReadonlyArray<SchemaProblem>) =>
    found.map((one) => ({ ...one, file, exported }))
  return [
    ...aggregates.flatMap((one) => aggregateSearches.flatMap(({ ofAggregate }) => at(one, ofAggregate(one.value)))),
    ...projections.flatMap((one) => projectionSearches.flatMap(({ ofProjection }) => at(one, ofProjection(one.value))))
  ]
}

/** Returns the declarations with a valid structure, and adds the problems of all others. */
const soundPart = (
  { aggregates, projections }: DeclaredDomain,
  problems: Array<DeclarationProblem>
): DeclaredDomain => {
  const isSound = <A extends Aggregate.Any | Projection.Any>(
    { exported, file, value }: Declared<A>,
    check: (value: A) => ReadonlyArray<SchemaProblem>
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

/**
 * Groups declarations by domain, sorted by name. Adds a problem for each declaration without a
 * domain.
 */
const byDomain = (
  all: DeclaredDomain,
  problems: Array<DeclarationProblem>
): ReadonlyArray<readonly [string, DeclaredDomain]> => {
  const names = new Set<string>()
  for (const { domain, exported, file, value } of [...all.aggregates, ...all.projections]) {
    if (domain !== undefined) names.add(domain)
    else {
      const message = `${value.name} belongs to no domain`
      const fix = "move the file into a subfolder, whose name becomes the name of the domain"
      problems.push({ file, exported, path: [], code: codes.noDomain, message, fix })
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
export const inspect = (
  loaded: ReadonlyArray<Loaded>,
  isDeclaredIn: IsDeclaredIn,
  { foreign, isWhole }: InspectOptions
): Inspected => {
  const problems: Array<DeclarationProblem> = []
  const warnings: Array<DeclarationProblem> = []
  const all = {
    aggregates: declarations(loaded, isAggregate, isDeclaredIn),
    projections: declarations(loaded, isProjection, isDeclaredIn)
  }
  const domainOf = new Map(all.aggregates.map(({ domain, value }) => [value, domain]))
  const domains = byDomain(all, problems).map(([name, domain]): Model.Domain => {
    const reader = new TypeReader(
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
    checkTableNames(read.projections, problems)
    for (const one of foundIn(sound)) (one.code === codes.inTheClear ? warnings : problems).push(one)
    const sorted = {
      name,
      values: [...reader.values()].sort((a, b) => compare(a.name, b.name)),
      aggregates: read.aggregates.sort((a, b) => compare(a.name, b.name)),
      projections: read.projections.sort((a, b) => compare(a.name, b.name)),
      definitions: {}
    }
    // Nothing is generated if there are problems, and a schema that can't be encoded can't be
    // described either.
    const declared = domain.aggregates.map(({ value }) => value)
    return problems.length > 0 || !isWhole
      ? sorted
      : StoredJsonSchema.add(sorted, declared, (value) => reader.schemaOf(value))
  })
  return { domains, problems, warnings }
}
