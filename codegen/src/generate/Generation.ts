/**
 * The pipeline of `gen` and `check`: find schema files → parse and run them in parallel → model →
 * emit → compare.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Project } from "../project/ConfigFile.ts"
import * as Diagnosis from "../declare/source/Diagnosis.ts"
import * as DocComments from "../declare/source/DocComments.ts"
import * as DomainRules from "../declare/source/DomainRules.ts"
import * as NameRules from "../declare/source/NameRules.ts"
import { codes, type Diagnostic, sort } from "../report/Diagnostic.ts"
import * as Evaluation from "../load/Evaluation.ts"
import type { Planned, Warm } from "./GenerationPlan.ts"
import * as Model from "../model/Model.ts"
import * as Output from "./Output.ts"
import * as SchemaFiles from "../project/SchemaFiles.ts"
import { textIfThere } from "../syntax/Texts.ts"
import type { ThreadLimits } from "../load/ThreadBudget.ts"
import * as Warnings from "../declare/source/Warnings.ts"

/** Problems in declarations that prevent generation. */
export interface Refused {
  readonly kind: "refused"
  readonly diagnostics: ReadonlyArray<Diagnostic>
}

export type Generation = Refused | Planned

/** Returns what a single run keeps: modules, which several parts of it read. */
const cold = (evaluate: Warm["evaluate"] = Evaluation.run): Warm => {
  const modules = new Map<string, unknown>()
  return {
    evaluate,
    remember: <A>(kind: string, file: string, text: string, read: () => A): A => {
      if (kind !== "module") return read()
      const key = `${file}\0${text}`
      // All values of a kind are results of one function.
      if (modules.has(key)) return modules.get(key) as A
      const value = read()
      modules.set(key, value)
      return value
    },
    read: Output.read
  }
}

export interface Options {
  /** Limits for running the schema files. */
  readonly limits?: ThreadLimits
  readonly warm?: Warm
  /** Runs the schema files in place of a thread of their own. */
  readonly evaluate?: Warm["evaluate"] | undefined
}

const refused = (diagnostics: ReadonlyArray<Diagnostic>): Refused => ({
  kind: "refused",
  diagnostics: sort(diagnostics)
})

/** Computes the generated code of a project. Writes nothing. */
export const run = async (
  project: Project,
  { evaluate, warm = cold(evaluate), ...options }: Options = {}
): Promise<Generation> => {
  const { root, schemas } = project
  const files = SchemaFiles.find(root, schemas)
  if (files.length === 0) return refused([noSchemaFiles(project)])
  const evaluating = warm.evaluate({ root, files, ...options })
  // Loading the parser takes as long as running the schemas, so both are done in parallel.
  const [Syntax, SchemaSources, LoadProblems, UnfinishedFiles, GenerationPlan] = await Promise.all([
    import("../syntax/Syntax.ts"),
    import("./SchemaSources.ts"),
    import("../load/LoadProblems.ts"),
    import("../load/UnfinishedFiles.ts"),
    import("./GenerationPlan.ts")
  ])
  const sources = SchemaSources.read(root, files, warm.remember)
  const optionAt = (name: string) => {
    const config = join(root, "eventfold.config.ts")
    return Syntax.defaultExport(config, textIfThere(config) ?? "").options.get(name)
  }
  const outcome = await evaluating
  if (outcome.kind !== "evaluated") return refused(UnfinishedFiles.problems(outcome, root, sources))
  // Reports all problems together. Files that could be loaded are checked even if others failed.
  const problems = [
    ...LoadProblems.problems(outcome, root, sources),
    ...Diagnosis.located(outcome.problems, sources),
    ...NameRules.problems(outcome.domains, sources),
    ...Diagnosis.wide(sources),
    ...DomainRules.sharedNames(outcome.domains, project, sources),
    ...DomainRules.unknownDomains(outcome.domains, project, () => optionAt("separateStores")),
    ...DomainRules.sharedBodies(outcome.domains, project, () => optionAt("output"))
  ]
  if (problems.length > 0) return refused(problems)
  const warnings = Warnings.sift(
    Diagnosis.located(outcome.warnings, sources),
    new Map([...sources].map(([file, { comments }]) => [file, comments]))
  )
  const model = DocComments.addTo({ version: Model.version, domains: outcome.domains }, sources)
  return GenerationPlan.make(project, model, warnings, warm)
}

const noSchemaFiles = ({ configured, root, schemas }: Project): Diagnostic => {
  const declare = `declare an aggregate in a subfolder, such as ${schemas}/bank/account.ts`
  const elsewhere = configured
    ? "set another folder in eventfold.config.ts"
    : "set the folder of declarations in eventfold.config.ts"
  const init = "`eventfold init` creates an example"
  if (!existsSync(join(root, schemas))) {
    const message = `does not exist${configured ? ", but eventfold.config.ts names it" : ""}: it is the folder for declarations`
    return { code: codes.noSchemas, file: schemas, message, fix: `create it, and ${declare}, or ${elsewhere}; ${init}` }
  }
  const others = SchemaFiles.otherCode(root, schemas)
  const unread =
    others.length === 0
      ? ""
      : ` with the extension .ts; ${others.join(", ")} ${others.length === 1 ? "is" : "are"} not read`
  const message = `contains no schema files${unread}`
  return { code: codes.noSchemas, file: schemas, message, fix: `${declare}, or ${elsewhere}; ${init}` }
}
