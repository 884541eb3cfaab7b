/**
 * Emits the texts of all generated files and new bodies from the model. Only reads bodies from the
 * disk.
 */
import { existsSync } from "node:fs"
import { join, posix } from "node:path"
import type { Project } from "../project/ConfigFile.ts"
import { compare } from "../report/Diagnostic.ts"
import * as Fingerprint from "../bodies/Fingerprint.ts"
import { outputOf } from "../project/Folders.ts"
import { sealed } from "../emit/Header.ts"
import type { Aggregate, Model } from "../model/Model.ts"
import { kebab } from "../model/Names.ts"
import type { File } from "./Output.ts"
import { relativeSpecifier, specifiers } from "../syntax/Packages.ts"
import { codecFiles, fingerprintFile } from "../emit/AggregateFiles.ts"
import { type Body, bodies } from "../emit/BodyFiles.ts"
import { catalogFile } from "../emit/CatalogFile.ts"
import { contractFile } from "../emit/ContractFile.ts"
import { textOf } from "../emit/text/JsonText.ts"
import { lawsFiles, projectionLawsFiles } from "../emit/LawsFiles.ts"
import type { Context, Layout, Remember } from "../emit/text/Layout.ts"
import { projectionFile } from "../emit/ProjectionFiles.ts"
import { projectionFingerprintFile, projectionServiceFile } from "../emit/ProjectionService.ts"
import { serviceFile } from "../emit/ServiceFile.ts"
import { asyncApiFile, jsonSchemaFile } from "../emit/schema/SchemaFiles.ts"
import { storedSchemas } from "../emit/schema/StoredSchemas.ts"
import type { Emitted } from "../emit/text/Text.ts"
import { valuesFile } from "../emit/ValuesFile.ts"

export type { Remember } from "../emit/text/Layout.ts"

export interface Emission {
  /** Generated files. */
  readonly files: ReadonlyArray<File>
  /** Bodies that the model needs, with the text of a new body. */
  readonly bodies: ReadonlyArray<{ readonly path: string; readonly body: Body; readonly domain: string }>
}

const layoutOf = (project: Project, specifier: ReturnType<typeof specifiers>, domain: string): Layout => {
  const output = outputOf(project, domain)
  return {
    output,
    bodies: posix.dirname(output),
    schema: (file) => specifier(output, file),
    domain: (name) => relativeSpecifier(output, outputOf(project, name))
  }
}

/** Emits all files of a model. */
export const emit = (
  project: Project,
  model: Model,
  remember: Remember = (_kind, _name, _text, read) => read()
): Emission => {
  const specifier = specifiers(project.root)
  const contexts = model.domains.map((domain): Context => ({
    domain,
    model,
    layout: layoutOf(project, specifier, domain.name),
    remember
  }))
  const wanted = contexts.flatMap((context) =>
    bodies(context).map((body) => ({
      path: posix.join(context.layout.bodies, body.name),
      body,
      domain: context.domain.name
    }))
  )
  const fingerprint = Fingerprint.make({
    // Bodies that this run creates are included in the fingerprint, so that the next run finds
    // nothing to change.
    overlay: new Map(
      wanted
        .map(({ body, path }) => [join(project.root, path), body.text] as const)
        .filter(([path]) => !existsSync(path))
    ),
    generated: contexts.map(({ layout }) => join(project.root, layout.output)),
    remember
  })
  const files = contexts.flatMap((context) => {
    const { domain, layout } = context
    const from = `${project.schemas}/${domain.name}`
    const stored = storedSchemas(domain)
    const shared = JSON.stringify([domain.name, layout.output, domain.values])
    const emitted: ReadonlyArray<Emitted> = [
      valuesFile(context, from),
      catalogFile(context, from),
      ...(stored.events.length === 0
        ? []
        : [jsonSchemaFile(context, from, stored), asyncApiFile(context, from, stored)]),
      ...domain.aggregates.map((aggregate) =>
        fingerprintFile(
          context,
          aggregate,
          fingerprint(join(project.root, layout.bodies, `${kebab(aggregate.name)}.apply.ts`), "apply")
        )
      ),
      ...domain.projections.flatMap((projection) => [
        projectionFile(context, projection),
        projectionServiceFile(context, projection),
        ...projectionLawsFiles(context, projection),
        projectionFingerprintFile(
          context,
          projection,
          fingerprint(join(project.root, layout.bodies, `${kebab(projection.name)}.projection.ts`), "project")
        )
      ])
    ]
    const ownOf = (aggregate: Aggregate) =>
      [
        contractFile(context, aggregate),
        ...codecFiles(context, aggregate),
        serviceFile(context, aggregate),
        ...lawsFiles(aggregate)
      ].map(written)
    const written = (one: Emitted): File => ({ path: posix.join(layout.output, one.name), text: sealed(one) })
    return [
      ...emitted.map(written),
      ...domain.aggregates.flatMap((aggregate) => {
        const text = `${shared}\n${layout.schema(aggregate.file)}\n${textOf(aggregate)}`
        return remember("aggregate", `${domain.name}/${aggregate.name}`, text, () => ownOf(aggregate))
      })
    ]
  })
  return { files: files.sort((a, b) => compare(a.path, b.path)), bodies: wanted }
}
