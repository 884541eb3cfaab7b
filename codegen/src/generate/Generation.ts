/** The pipeline: find → read and run, at the same time → model → emit → compare. What `gen` and `check` have in common. */
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

/** The declarations cannot be generated from. */
export interface Refused {
  readonly kind: "refused"
  readonly diagnostics: ReadonlyArray<Diagnostic>
}

export type Generation = Refused | Planned

/** Of a run by itself: only files that several parts look into are read once. */
const cold = (): Warm => {
  const modules = new Map<string, unknown>()
  return {
    evaluate: Evaluation.run,
    remember: <A>(kind: string, file: string, text: string, read: () => A): A => {
      if (kind !== "module") return read()
      const key = `${file}\0${text}`
      // Under a kind there is what one function gives.
      if (modules.has(key)) return modules.get(key) as A
      const value = read()
      modules.set(key, value)
      return value
    },
    read: Output.read
  }
}

export interface Options {
  /** What running the schema files may use. */
  readonly limits?: ThreadLimits
  readonly warm?: Warm
}

const refused = (diagnostics: ReadonlyArray<Diagnostic>): Refused => ({
  kind: "refused",
  diagnostics: sort(diagnostics)
})

/** Works out what a project's generated code is to be; writes nothing. */
export const run = async (project: Project, { warm = cold(), ...options }: Options = {}): Promise<Generation> => {
  const { root, schemas } = project
  const files = SchemaFiles.find(root, schemas)
  if (files.length === 0) return refused([none(project)])
  const evaluating = warm.evaluate({ root, files, ...options })
  // Loading the parser takes as long as running the schemas, so both happen at once.
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
  // All of them at once: what could be loaded is looked at, whatever is wrong with the rest.
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

const none = ({ configured, root, schemas }: Project): Diagnostic => {
  const declare = `declare an aggregate in a folder there, such as ${schemas}/bank/account.ts`
  const elsewhere = configured
    ? "name another folder in eventfold.config.ts"
    : "say in an eventfold.config.ts where they are"
  const isThere = existsSync(join(root, schemas))
  const others = isThere ? SchemaFiles.otherCode(root, schemas) : []
  return {
    code: codes.noSchemas,
    file: schemas,
    message: isThere
      ? `holds no schema files${others.length === 0 ? "" : `, which end in .ts; ${others.join(", ")} ${others.length === 1 ? "is" : "are"} not read`}`
      : `is not there${configured ? ", though eventfold.config.ts names it" : ""}: declarations go to a folder of that name`,
    fix: `${isThere ? declare : `make it, and ${declare}`}, or ${elsewhere}; \`eventfold init\` begins an example`
  }
}
