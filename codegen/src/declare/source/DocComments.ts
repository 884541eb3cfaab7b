/** Adds the doc comments of schema files to the model. */
import type * as Model from "../../model/Model.ts"
import type { Path } from "../types/SchemaProblem.ts"
import type { Sources } from "./Places.ts"

interface Declaration {
  readonly file: string
  readonly exported: string
}

const withDoc = <A extends object>(value: A, doc: string | undefined): A =>
  doc === undefined ? value : { ...value, doc }

class DocComments {
  readonly #sources: Sources

  constructor(sources: Sources) {
    this.#sources = sources
  }

  #declarationDoc({ exported, file }: Declaration): string | undefined {
    return this.#sources.get(file)?.declarations.get(exported)?.doc
  }

  #docAt({ exported, file }: Declaration, path: Path): string | undefined {
    return this.#sources.get(file)?.declarations.get(exported)?.places.get(path.join("."))?.doc
  }

  #fields(fields: ReadonlyArray<Model.Field>, of: Declaration, path: Path): ReadonlyArray<Model.Field> {
    return fields.map((field) => {
      const here = [...path, field.name]
      return withDoc({ ...field, type: this.#type(field.type, of, here) }, this.#docAt(of, here))
    })
  }

  #type(type: Model.Type, of: Declaration, path: Path): Model.Type {
    return type.kind === "struct" ? { ...type, fields: this.#fields(type.fields, of, path) } : type
  }

  #members<M extends Model.Member>(
    members: ReadonlyArray<M>,
    of: Declaration,
    kind: string,
    under: Path = []
  ): ReadonlyArray<M> {
    return members.map((one) => {
      const fields = this.#fields(one.fields, of, [kind, one.name, ...under])
      return withDoc({ ...one, fields }, this.#docAt(of, [kind, one.name]))
    })
  }

  aggregate(one: Model.Aggregate): Model.Aggregate {
    const documented: Model.Aggregate = {
      ...one,
      state: this.#type(one.state, one, ["state"]),
      events: this.#members(one.events, one, "events"),
      errors: this.#members(one.errors, one, "errors"),
      commands: this.#members(one.commands, one, "commands", ["payload"]),
      facts: this.#fields(one.facts, one, ["facts"])
    }
    return withDoc(documented, this.#declarationDoc(one))
  }

  projection(one: Model.Projection): Model.Projection {
    const documented: Model.Projection = {
      ...one,
      key: one.key === "streamId" ? one.key : this.#type(one.key, one, ["key"]),
      row: this.#type(one.row, one, ["row"])
    }
    return withDoc(documented, this.#declarationDoc(one))
  }

  /** Returns a function that adds doc comments to value types. */
  values(): (value: Model.Value) => Model.Value {
    const brands = new Map([...this.#sources.values()].flatMap(({ brands }) => [...brands]))
    const declared = new Map(
      [...this.#sources].flatMap(([file, { declarations }]) =>
        [...declarations].map(([exported, { doc }]) => [exported, { file, exported, doc }] as const)
      )
    )
    return (value) => {
      if (value.brands.length > 0) return withDoc(value, brands.get(value.name)?.doc)
      const home = declared.get(value.name)
      return home === undefined ? value : withDoc({ ...value, type: this.#type(value.type, home, []) }, home.doc)
    }
  }
}

/** Returns the model with the doc comments of all parts that have one. */
export const addTo = (model: Model.Model, sources: Sources): Model.Model => {
  const docs = new DocComments(sources)
  const value = docs.values()
  return {
    ...model,
    domains: model.domains.map((domain) => ({
      ...domain,
      values: domain.values.map(value),
      aggregates: domain.aggregates.map((one) => docs.aggregate(one)),
      projections: domain.projections.map((one) => docs.projection(one))
    }))
  }
}
