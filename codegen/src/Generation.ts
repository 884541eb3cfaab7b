/** The pipeline: find → read and run, at the same time → model → emit → compare. What `gen` and `check` have in common. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Project } from "./ConfigFile.ts"
import * as Diagnose from "./Diagnose.ts"
import { codes, type Diagnostic, sort } from "./Diagnostic.ts"
import * as Evaluation from "./Evaluation.ts"
import type { ModuleAt } from "./ContractCall.ts"
import type * as Emission from "./Emission.ts"
import { folders } from "./Folders.ts"
import * as Leftovers from "./Leftovers.ts"
import { firstConflict, isConflicted } from "./MergeConflict.ts"
import * as Model from "./Model.ts"
import type { Module as SourceModule } from "./Module.ts"
import * as Output from "./Output.ts"
import * as SchemaFiles from "./SchemaFiles.ts"
import type { Purity } from "./purity/PurityCheck.ts"
import * as Stamp from "./Stamp.ts"
import type { Unwritten } from "./Stubs.ts"
import { textIfThere } from "./Texts.ts"
import type { ThreadLimits } from "./ThreadBudget.ts"
import * as Warnings from "./Warnings.ts"

/** The declarations cannot be generated from. */
export interface Refused {
  readonly kind: "refused"
  readonly diagnostics: ReadonlyArray<Diagnostic>
}

export interface Planned {
  readonly kind: "planned"
  readonly difference: Output.Difference
  /** Handlers that bodies lack, and bodies that lack a declaration. */
  readonly missing: ReadonlyArray<Diagnostic>
  /** What may be meant, and is to be known. */
  readonly warnings: Warnings.Warnings
  /** Handlers that are still stubs. */
  readonly unwritten: ReadonlyArray<Unwritten>
  /** How many generated files there are to be. */
  readonly count: number
  /** The bodies, relative to the root. */
  readonly bodies: ReadonlyArray<string>
  /** Notes, once all is written, that there is nothing left to do; of handlers only where they have been looked at. */
  readonly stamp: (looked?: Stamp.Looked) => void
  /** Whether handlers are pure. */
  readonly purity: () => Promise<Purity>
  /** Bodies with the handlers filled in that they lack, as far as that can be done; writes nothing. */
  readonly fill: () => Promise<Filled>
  /** The same once more, after bodies were written. */
  readonly again: () => Planned
}

export type Generation = Refused | Planned

export interface Filled {
  readonly files: ReadonlyArray<Output.File>
  /** What is left to the person, besides what is missing then. */
  readonly left: ReadonlyArray<Diagnostic>
}

/** What a process that runs again and again keeps between runs. */
export interface Warm {
  readonly evaluate: (request: Evaluation.Options) => Promise<Evaluation.Outcome>
  /** The same as before for a file that is as before. */
  readonly remember: Emission.Remember
  readonly read: Output.Read
}

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

/** Works out what a project's generated code is to be; writes nothing. */
export const run = async (project: Project, { warm = cold(), ...options }: Options = {}): Promise<Generation> => {
  const { root, schemas } = project
  const files = SchemaFiles.find(root, schemas)
  if (files.length === 0) return { kind: "refused", diagnostics: [none(project)] }
  const evaluating = warm.evaluate({ root, files, ...options })
  // Loading the parser takes as long as running the schemas, so both happen at once.
  const [
    Syntax,
    LoadProblems,
    Emission,
    Handlers,
    ContractCall,
    Module,
    WideSchemas,
    Reformatted,
    MarkedComments,
    Stubs
  ] = await Promise.all([
    import("./Syntax.ts"),
    import("./LoadProblems.ts"),
    import("./Emission.ts"),
    import("./Handlers.ts"),
    import("./ContractCall.ts"),
    import("./Module.ts"),
    import("./WideSchemas.ts"),
    import("./Reformatted.ts"),
    import("./MarkedComments.ts"),
    import("./Stubs.ts")
  ])
  const syntaxOf = (file: string, text: string) => {
    const parsed = Syntax.parse(file, text)
    return {
      ...Syntax.of(parsed),
      wide: WideSchemas.read(parsed),
      comments: MarkedComments.read(parsed, Warnings.word)
    }
  }
  const sources = new Map(
    files.flatMap(({ file }) => {
      // One that is gone since it was found can't be run either, which is told.
      const text = Output.read(join(root, file))
      return text === undefined
        ? []
        : [[file, warm.remember("syntax", file, text, () => syntaxOf(file, text))] as const]
    })
  )
  const optionAt = (name: string) => {
    const config = join(root, "eventfold.config.ts")
    return Syntax.defaultExport(config, textIfThere(config) ?? "").options.get(name)
  }
  const outcome = await evaluating
  const refused = (diagnostics: ReadonlyArray<Diagnostic>): Generation => ({
    kind: "refused",
    diagnostics: sort(diagnostics)
  })
  if (outcome.kind !== "evaluated") return refused(LoadProblems.endless(outcome, root, sources))
  // All of them at once: what could be loaded is looked at, whatever is wrong with the rest.
  const problems = [
    ...LoadProblems.loading(outcome, root, sources),
    ...Diagnose.located(outcome.problems, sources),
    ...Diagnose.names(outcome.domains, sources),
    ...Diagnose.wide(sources),
    ...Diagnose.shared(outcome.domains, project, sources),
    ...Diagnose.noDomains(outcome.domains, project, () => optionAt("separateStores")),
    ...Diagnose.bodies(outcome.domains, project, () => optionAt("output"))
  ]
  if (problems.length > 0) return refused(problems)
  const warnings = Warnings.sift(
    Diagnose.located(outcome.warnings, sources),
    new Map([...sources].map(([file, { comments }]) => [file, comments]))
  )

  const model = Diagnose.withDocs({ version: Model.version, domains: outcome.domains }, sources)
  const plan = (): Planned => {
    const { bodies, files: generated } = Emission.emit(project, model, warm.remember)
    const there = new Set([...folders(project), ...generated.map(({ path }) => path.slice(0, path.lastIndexOf("/")))])
    const wanted = bodies.map(({ body, path }) => ({ path, text: body.text }))
    const texts = { files: generated, bodies: wanted, folders: [...there] }
    const difference = Output.compareWith(root, texts, Reformatted.isSame, warm.read)
    const written = bodies.flatMap((one) => {
      const text = textIfThere(join(root, one.path))
      return text === undefined ? [] : [{ ...one, text }]
    })
    const modules = new Map<string, SourceModule | undefined>()
    const moduleAt: ModuleAt = (path) => {
      if (!modules.has(path)) {
        const text = textIfThere(path)
        modules.set(
          path,
          text === undefined ? undefined : warm.remember("module", path, text, () => Module.read(path, text))
        )
      }
      return modules.get(path)
    }
    const conflicted = written.flatMap(({ path, text }): ReadonlyArray<Diagnostic> => {
      const at = firstConflict(text)
      const message = "is yours, and holds a merge conflict: both sides are still there"
      return at === undefined ? [] : [{ code: codes.conflict, file: path, at, message, fix: "resolve it" }]
    })
    // What a file lacks that holds both sides of a merge can't be said.
    const whole = written.filter(({ text }) => !isConflicted(text))
    const missing = whole.flatMap(({ body, path, text }) => {
      const full = join(root, path)
      const module = warm.remember("module", full, text, () => Module.read(full, text))
      // Which call it is depends on other files, too: those that pass the contract on.
      const call = ContractCall.find(full, module, body, moduleAt)
      return warm.remember("handlers", path, `${JSON.stringify([body.call, body.wanted, call?.pos])}\0${text}`, () =>
        Handlers.missing(path, module, call, body)
      )
    })
    const unwritten = whole.flatMap(({ path, text }) =>
      warm.remember("stubs", path, text, () => Stubs.find(path, text))
    )
    const paths = bodies.map(({ path }) => path)
    return {
      kind: "planned",
      difference,
      missing: sort([...conflicted, ...missing, ...Leftovers.find(project, new Set(paths))]),
      unwritten,
      count: generated.length,
      bodies: paths,
      warnings,
      stamp: (looked) =>
        Stamp.write(project, { count: generated.length, bodies: paths, unwritten, warnings: warnings.left }, looked),
      purity: async () => {
        const { ofProject } = await import("./purity/PurityCheck.ts")
        return ofProject(project, model.domains, bodies, warm.remember)
      },
      fill: async () => {
        const { notText, splice } = await import("./Splicing.ts")
        const spliced = whole.map((one) => {
          // What is no UTF-8 has been read with a loss: written back, it would lose that.
          const isText = Buffer.from(one.text).equals(readFileSync(join(root, one.path)))
          const full = join(root, one.path)
          const result = splice(one.path, one.text, one.body, (file) =>
            ContractCall.find(full, Module.of(file), one.body, moduleAt)
          )
          return { ...one, result: isText || result.text === one.text ? result : notText(one.path, one.text) }
        })
        return {
          files: spliced.flatMap(({ path, result, text }) =>
            result.text === text ? [] : [{ path, text: result.text }]
          ),
          left: spliced.flatMap(({ result }) => result.left)
        }
      },
      again: plan
    }
  }
  return plan()
}

const none = ({ configured, root, schemas }: Project): Diagnostic => {
  const declare = `declare an aggregate in a folder there, such as ${schemas}/bank/account.ts`
  const elsewhere = configured
    ? "name another folder in eventfold.config.ts"
    : "say in an eventfold.config.ts where they are"
  const isThere = existsSync(join(root, schemas))
  const others = isThere ? SchemaFiles.others(root, schemas) : []
  return {
    code: codes.noSchemas,
    file: schemas,
    message: isThere
      ? `holds no schema files${others.length === 0 ? "" : `, which end in .ts; ${others.join(", ")} ${others.length === 1 ? "is" : "are"} not read`}`
      : `is not there${configured ? ", though eventfold.config.ts names it" : ""}: declarations go to a folder of that name`,
    fix: `${isThere ? declare : `make it, and ${declare}`}, or ${elsewhere}; \`eventfold init\` begins an example`
  }
}
