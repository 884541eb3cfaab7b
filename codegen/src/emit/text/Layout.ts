/** Where the files of a domain are, and by what names they import each other's. */
import type { Aggregate, Domain, Model, Type } from "../../model/Model.ts"

/** The same as before for something that is as before, where a process runs again and again. */
export type Remember = <A>(kind: string, name: string, text: string, read: () => A) => A

export interface Layout {
  /** The output folder, relative to the root. */
  readonly output: string
  /** The folder of bodies, relative to the root. */
  readonly bodies: string
  /** The module specifier of a schema file, from the output folder. */
  readonly schema: (file: string) => string
  /** The module specifier of another domain's output folder. */
  readonly domain: (name: string) => string
}

/** Everything that emitting one domain needs. */
export interface Context {
  readonly domain: Domain
  readonly model: Model
  readonly layout: Layout
  readonly remember: Remember
}

/** An aggregate of the model, with the folder that its generated code is imported from. */
export const aggregateOf = (
  { domain, layout, model }: Context,
  source: { readonly domain: string; readonly aggregate: string }
): { readonly aggregate: Aggregate; readonly folder: string } => {
  const aggregate = model.domains
    .find(({ name }) => name === source.domain)
    ?.aggregates.find(({ name }) => name === source.aggregate)
  if (aggregate === undefined) throw new Error(`the model has no aggregate ${source.domain}/${source.aggregate}`)
  return { aggregate, folder: source.domain === domain.name ? "." : layout.domain(source.domain) }
}

/** The key type of a projection. */
export const keyOf = (context: Context, projection: Domain["projections"][number]): Type => {
  if (projection.key !== "streamId") return projection.key
  const [source] = projection.sources
  if (source === undefined) throw new Error(`the model's ${projection.name} has no source`)
  return aggregateOf(context, source).aggregate.id
}

/** What the declaration of an aggregate is called beside the contract of the same name. */
export const declarationName = (name: string): string => `${name}Declaration`
