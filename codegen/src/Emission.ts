/** From the model to texts: every generated file of a domain, and the bodies that it needs. Touches no disk but to read bodies. */
import { existsSync } from "node:fs"
import { join, posix } from "node:path"
import type { Project } from "./ConfigFile.ts"
import { compare } from "./Diagnostic.ts"
import * as Fingerprint from "./Fingerprint.ts"
import { outputOf } from "./Folders.ts"
import { sealed } from "./Header.ts"
import type { Model } from "./Model.ts"
import { kebab } from "./Names.ts"
import type { File } from "./Output.ts"
import { relativeSpecifier, specifier } from "./Packages.ts"
import { codecFiles, fingerprintFile, lawsFiles, serviceFile } from "./emit/AggregateFiles.ts"
import { type Body, bodies } from "./emit/BodyFiles.ts"
import { contractFile } from "./emit/ContractFile.ts"
import type { Context, Layout } from "./emit/Layout.ts"
import { projectionFile, projectionServiceFile } from "./emit/ProjectionFiles.ts"
import type { Emitted } from "./emit/Text.ts"
import { valuesFile } from "./emit/ValuesFile.ts"

export interface Emission {
  readonly files: ReadonlyArray<File>
  readonly bodies: ReadonlyArray<{ readonly path: string; readonly body: Body }>
}

const layoutOf = (project: Project, domain: string): Layout => {
  const output = outputOf(project, domain)
  return {
    output,
    bodies: posix.dirname(output),
    schema: (file) => specifier(project.root, output, file),
    domain: (name) => relativeSpecifier(output, outputOf(project, name))
  }
}

/** Emits the whole model. */
export const emit = (project: Project, model: Model): Emission => {
  const contexts = model.domains.map((domain): Context => ({ domain, model, layout: layoutOf(project, domain.name) }))
  const wanted = contexts.flatMap((context) =>
    bodies(context).map((body) => ({ path: posix.join(context.layout.bodies, body.name), body }))
  )
  const fingerprint = Fingerprint.make({
    // A body that is created in this run is part of the fold already: the next run finds nothing to change.
    overlay: new Map(
      wanted
        .map(({ body, path }) => [join(project.root, path), body.text] as const)
        .filter(([path]) => !existsSync(path))
    ),
    generated: contexts.map(({ layout }) => join(project.root, layout.output))
  })
  const files = contexts.flatMap((context) => {
    const { domain, layout } = context
    const emitted: ReadonlyArray<Emitted> = [
      valuesFile(context, `${project.schemas}/${domain.name}`),
      ...domain.aggregates.flatMap((aggregate) => [
        contractFile(context, aggregate),
        ...codecFiles(context, aggregate),
        fingerprintFile(
          context,
          aggregate,
          fingerprint(join(project.root, layout.bodies, `${kebab(aggregate.name)}.apply.ts`), "apply")
        ),
        serviceFile(context, aggregate),
        ...lawsFiles(context, aggregate)
      ]),
      ...domain.projections.flatMap((projection) => [
        projectionFile(context, projection),
        projectionServiceFile(context, projection)
      ])
    ]
    return emitted.map((one) => ({ path: posix.join(layout.output, one.name), text: sealed(one) }))
  })
  return { files: files.sort((a, b) => compare(a.path, b.path)), bodies: wanted }
}
