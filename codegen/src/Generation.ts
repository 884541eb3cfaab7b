/** The pipeline: find → read and run, at the same time → model → emit → compare. What `gen` and `check` have in common. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Project } from "./ConfigFile.ts"
import * as Diagnose from "./Diagnose.ts"
import { codes, type Diagnostic, sort } from "./Diagnostic.ts"
import * as Evaluation from "./Evaluation.ts"
import { folders } from "./Folders.ts"
import * as Model from "./Model.ts"
import * as Output from "./Output.ts"
import * as SchemaFiles from "./SchemaFiles.ts"
import * as Stamp from "./Stamp.ts"

export type Generation =
  /** The declarations cannot be generated from. */
  | { readonly kind: "refused"; readonly diagnostics: ReadonlyArray<Diagnostic> }
  | {
      readonly kind: "planned"
      readonly difference: Output.Difference
      /** Handlers that bodies lack. */
      readonly missing: ReadonlyArray<Diagnostic>
      /** How many generated files there are to be. */
      readonly count: number
      /** Notes, once all is written, that there is nothing left to do. */
      readonly stamp: () => void
    }

export interface Options {
  /** How long running the schema files may take. */
  readonly milliseconds?: number
}

/** Works out what a project's generated code is to be; writes nothing. */
export const run = async (project: Project, options: Options = {}): Promise<Generation> => {
  const { root, schemas } = project
  const files = SchemaFiles.find(root, schemas)
  if (files.length === 0) return { kind: "refused", diagnostics: [none(project)] }
  const evaluating = Evaluation.run({ root, files, ...options })
  // Loading the parser takes as long as running the schemas, so both happen at once.
  const [Syntax, Emission, Handlers] = await Promise.all([
    import("./Syntax.ts"),
    import("./Emission.ts"),
    import("./Handlers.ts")
  ])
  const sources = new Map(files.map(({ file }) => [file, Syntax.read(file, readFileSync(join(root, file), "utf8"))]))
  const outcome = await evaluating
  const refused = (diagnostics: ReadonlyArray<Diagnostic>): Generation => ({
    kind: "refused",
    diagnostics: sort(diagnostics)
  })
  const faulty = Diagnose.syntax(sources)
  if (faulty.length > 0) return refused(faulty)
  if (outcome.kind !== "inspected") {
    return refused(
      Diagnose.evaluation(
        outcome,
        root,
        files.map(({ file }) => file)
      )
    )
  }
  const problems = [...Diagnose.located(outcome.problems, sources), ...Diagnose.names(outcome.domains, sources)]
  if (problems.length > 0) return refused(problems)

  const model = Diagnose.withDocs({ version: Model.version, domains: outcome.domains }, sources)
  const { bodies, files: generated } = Emission.emit(project, model)
  const there = new Set([...folders(project), ...generated.map(({ path }) => path.slice(0, path.lastIndexOf("/")))])
  const difference = Output.compareWith(root, {
    files: generated,
    bodies: bodies.map(({ body, path }) => ({ path, text: body.text })),
    folders: [...there]
  })
  const missing = bodies
    .filter(({ path }) => existsSync(join(root, path)))
    .flatMap(({ body, path }) => Handlers.missing(path, readFileSync(join(root, path), "utf8"), body))
  const paths = bodies.map(({ path }) => path)
  const stamp = () => Stamp.write(project, generated.length, paths)
  return { kind: "planned", difference, missing: sort(missing), count: generated.length, stamp }
}

const none = ({ configured, schemas }: Project): Diagnostic => ({
  code: codes.noSchemas,
  file: schemas,
  message: configured
    ? "holds no schema files; declare an aggregate in a folder there, such as `account/account.ts`, or name another folder in eventfold.config.ts"
    : "holds no schema files, and there is no eventfold.config.ts; declare an aggregate in a folder there, or say in a config where they are"
})
