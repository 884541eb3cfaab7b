/**
 * Computes from the model the changes of `gen` and the problems of `check`: emits, compares, reads
 * the bodies. Writes nothing.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Project } from "../project/ConfigFile.ts"
import * as ContractCall from "../bodies/ContractCall.ts"
import { codes, type Diagnostic, sort } from "../report/Diagnostic.ts"
import * as Emission from "./Emission.ts"
import type * as Evaluation from "../load/Evaluation.ts"
import { folders } from "../project/Folders.ts"
import * as Handlers from "../bodies/Handlers.ts"
import * as OrphanedBodies from "../bodies/OrphanedBodies.ts"
import { firstConflict, isConflicted } from "../project/MergeConflict.ts"
import type { Model } from "../model/Model.ts"
import * as Module from "../syntax/Module.ts"
import * as Output from "./Output.ts"
import * as Reformatted from "./Reformatted.ts"
import type { Purity } from "../purity/PurityCheck.ts"
import * as Stamp from "./Stamp.ts"
import * as Stubs from "../bodies/Stubs.ts"
import { textIfThere } from "../syntax/Texts.ts"
import type { Warnings } from "../declare/source/Warnings.ts"

export interface Planned {
  readonly kind: "planned"
  readonly difference: Output.Difference
  /** Missing handlers in bodies, and bodies without a declaration. */
  readonly missing: ReadonlyArray<Diagnostic>
  readonly warnings: Warnings
  /** Handlers that are still stubs. */
  readonly unwritten: ReadonlyArray<Stubs.Unwritten>
  /** Number of generated files. */
  readonly count: number
  /** Paths of the bodies, relative to the root. */
  readonly bodies: ReadonlyArray<string>
  /**
   * Records that everything is up to date, after all files are written. With `checked` also that
   * handlers are pure.
   */
  readonly stamp: (checked?: Stamp.CheckedHandlers) => void
  /** Checks that handlers are pure. */
  readonly purity: () => Promise<Purity>
  /** Adds missing handlers to the texts of bodies, where possible. Writes nothing. */
  readonly fill: () => Promise<Filled>
  /** Computes the plan again, after bodies were written. */
  readonly again: () => Planned
}

export interface Filled {
  readonly files: ReadonlyArray<Output.File>
  /** Handlers that could not be added, in addition to those that `missing` lists then. */
  readonly left: ReadonlyArray<Diagnostic>
}

/** Resources that a process keeps between runs. */
export interface Warm {
  readonly evaluate: (request: Evaluation.Options) => Promise<Evaluation.Outcome>
  /** Returns the earlier result for a file with the same text. */
  readonly remember: Emission.Remember
  readonly read: Output.Read
}

/** An existing body. */
interface ExistingBody {
  readonly path: string
  readonly body: Emission.Emission["bodies"][number]["body"]
  readonly text: string
}

/** Parses bodies, and finds the call of the contract in each. */
class BodyReader {
  readonly #root: string
  readonly #remember: Emission.Remember
  readonly #modules = new Map<string, Module.Module | undefined>()

  constructor(root: string, remember: Emission.Remember) {
    this.#root = root
    this.#remember = remember
  }

  readonly #moduleAt: ContractCall.ModuleAt = (path) => {
    if (!this.#modules.has(path)) {
      const text = textIfThere(path)
      this.#modules.set(path, text === undefined ? undefined : this.#read(path, text))
    }
    return this.#modules.get(path)
  }

  #read(path: string, text: string): Module.Module {
    return this.#remember("module", path, text, () => Module.read(path, text))
  }

  /** Returns the missing handlers of a body. */
  missing({ body, path, text }: ExistingBody): ReadonlyArray<Diagnostic> {
    const full = join(this.#root, path)
    const module = this.#read(full, text)
    // The call also depends on files that re-export the contract.
    const call = ContractCall.find(full, module, body, this.#moduleAt)
    const key = `${JSON.stringify([body.call, body.wanted, call?.pos])}\0${text}`
    return this.#remember("handlers", path, key, () => Handlers.missing(path, module, call, body))
  }

  /** Adds missing handlers to bodies. */
  async fill(bodies: ReadonlyArray<ExistingBody>): Promise<Filled> {
    const { insertHandlers, notText } = await import("../bodies/HandlerInsertion.ts")
    const results = bodies.map(({ body, path, text }) => {
      const full = join(this.#root, path)
      const result = insertHandlers(path, text, body, (file) =>
        ContractCall.find(full, Module.of(file), body, this.#moduleAt)
      )
      // A file that is not UTF-8 was decoded with a loss, so it must not be written.
      const isText = Buffer.from(text).equals(readFileSync(full))
      return { path, before: text, ...(isText || result.text === text ? result : notText(path, text)) }
    })
    return {
      files: results.flatMap(({ before, path, text }) => (text === before ? [] : [{ path, text }])),
      left: results.flatMap(({ left }) => left)
    }
  }
}

const conflictIn = ({ path, text }: ExistingBody): ReadonlyArray<Diagnostic> => {
  const at = firstConflict(text)
  const message = "has an unresolved merge conflict"
  return at === undefined ? [] : [{ code: codes.conflict, file: path, at, message, fix: "resolve the conflict" }]
}

/** Computes the plan for a model. */
export const make = (
  project: Project,
  model: Model,
  warnings: Warnings,
  warm: Pick<Warm, "read" | "remember">
): Planned => {
  const { root } = project
  const { bodies, files } = Emission.emit(project, model, warm.remember)
  const outputFolders = new Set([...folders(project), ...files.map(({ path }) => path.slice(0, path.lastIndexOf("/")))])
  const newBodies = bodies.map(({ body, path }) => ({ path, text: body.text }))
  const texts = { files, bodies: newBodies, folders: [...outputFolders] }
  const existing = bodies.flatMap(({ body, path }): ReadonlyArray<ExistingBody> => {
    const text = textIfThere(join(root, path))
    return text === undefined ? [] : [{ body, path, text }]
  })
  // Missing handlers can't be found in a file with both sides of a merge.
  const whole = existing.filter(({ text }) => !isConflicted(text))
  const reader = new BodyReader(root, warm.remember)
  const missing = whole.flatMap((one) => reader.missing(one))
  const unwritten = whole.flatMap(({ path, text }) => warm.remember("stubs", path, text, () => Stubs.find(path, text)))
  const paths = bodies.map(({ path }) => path)
  return {
    kind: "planned",
    difference: Output.compareWith(root, texts, Reformatted.isSame, warm.read),
    missing: sort([...existing.flatMap(conflictIn), ...missing, ...OrphanedBodies.find(project, new Set(paths))]),
    unwritten,
    count: files.length,
    bodies: paths,
    warnings,
    stamp: (checked) =>
      Stamp.write(project, { count: files.length, bodies: paths, unwritten, warnings: warnings.left }, checked),
    purity: async () => {
      const { ofProject } = await import("../purity/PurityCheck.ts")
      return ofProject(project, model.domains, bodies, warm.remember)
    },
    fill: () => reader.fill(whole),
    again: () => make(project, model, warnings, warm)
  }
}
