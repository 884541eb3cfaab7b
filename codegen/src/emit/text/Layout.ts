/** Folders of a domain's files, and the specifiers by which they import each other. */
import type { Aggregate, Domain, Model, Type } from "../../model/Model.ts"

/**
 * Returns the earlier result for the same text. `gen --watch` generates many times in one process.
 */
export type Remember = <A>(kind: string, name: string, text: string, read: () => A) => A

export interface Layout {
  /** Output folder, relative to the root. */
  readonly output: string
  /** Folder of bodies, relative to the root. */
  readonly bodies: string
  /** Returns the specifier of a schema file, from the output folder. */
  readonly schema: (file: string) => string
  /** Returns the specifier of another domain's output folder. */
  readonly domain: (name: string) => string
}

/** The input of emitters for one domain. */
export interface Context {
  readonly domain: Domain
  readonly model: Model
  readonly layout: Layout
  readonly remember: Remember
}

/** Returns an aggregate of the model, with the folder from which its generated code is imported. */
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

/** Returns the key type of a projection. */
export const keyOf = (context: Context, projection: Domain["projections"][number]): Type => {
  if (projection.key !== "streamId") return projection.key
  const [source] = projection.sources
  if (source === undefined) throw new Error(`the model's ${projection.name} has no source`)
  return aggregateOf(context, source).aggregate.id
}

/**
 * Returns the name of an aggregate's declaration, since the contract has the aggregate's own name.
 */
export const declarationName = (name: string): string => `${name}Declaration`
