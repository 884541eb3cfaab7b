/** From the model to what `gen` would change and what `check` finds: emit, compare, read the bodies. Writes nothing. */
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
  /** Handlers that bodies lack, and bodies that lack a declaration. */
  readonly missing: ReadonlyArray<Diagnostic>
  /** What may be meant, and is to be known. */
  readonly warnings: Warnings
  /** Handlers that are still stubs. */
  readonly unwritten: ReadonlyArray<Stubs.Unwritten>
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

/** A body that is there, with its text. */
interface Written {
  readonly path: string
  readonly body: Emission.Emission["bodies"][number]["body"]
  readonly text: string
}

/** Bodies as parsed files, and in each the call of its contract. */
class Bodies {
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

  /** The handlers that a body lacks. */
  missing({ body, path, text }: Written): ReadonlyArray<Diagnostic> {
    const full = join(this.#root, path)
    const module = this.#read(full, text)
    // Which call it is depends on other files, too: those that pass the contract on.
    const call = ContractCall.find(full, module, body, this.#moduleAt)
    const key = `${JSON.stringify([body.call, body.wanted, call?.pos])}\0${text}`
    return this.#remember("handlers", path, key, () => Handlers.missing(path, module, call, body))
  }

  /** Fills in what bodies lack. */
  async fill(bodies: ReadonlyArray<Written>): Promise<Filled> {
    const { insertHandlers, notText } = await import("../bodies/HandlerInsertion.ts")
    const spliced = bodies.map(({ body, path, text }) => {
      const full = join(this.#root, path)
      const result = insertHandlers(path, text, body, (file) =>
        ContractCall.find(full, Module.of(file), body, this.#moduleAt)
      )
      // What is no UTF-8 has been read with a loss: written back, it would lose that.
      const isText = Buffer.from(text).equals(readFileSync(full))
      return { path, before: text, ...(isText || result.text === text ? result : notText(path, text)) }
    })
    return {
      files: spliced.flatMap(({ before, path, text }) => (text === before ? [] : [{ path, text }])),
      left: spliced.flatMap(({ left }) => left)
    }
  }
}

const conflictIn = ({ path, text }: Written): ReadonlyArray<Diagnostic> => {
  const at = firstConflict(text)
  const message = "is yours, and holds a merge conflict: both sides are still there"
  return at === undefined ? [] : [{ code: codes.conflict, file: path, at, message, fix: "resolve it" }]
}

/** Works out what is to be generated from a model, and how that differs from what is there. */
export const make = (
  project: Project,
  model: Model,
  warnings: Warnings,
  warm: Pick<Warm, "read" | "remember">
): Planned => {
  const { root } = project
  const { bodies, files } = Emission.emit(project, model, warm.remember)
  const there = new Set([...folders(project), ...files.map(({ path }) => path.slice(0, path.lastIndexOf("/")))])
  const wanted = bodies.map(({ body, path }) => ({ path, text: body.text }))
  const texts = { files, bodies: wanted, folders: [...there] }
  const written = bodies.flatMap(({ body, path }): ReadonlyArray<Written> => {
    const text = textIfThere(join(root, path))
    return text === undefined ? [] : [{ body, path, text }]
  })
  // What a file lacks that holds both sides of a merge can't be said.
  const whole = written.filter(({ text }) => !isConflicted(text))
  const reader = new Bodies(root, warm.remember)
  const missing = whole.flatMap((one) => reader.missing(one))
  const unwritten = whole.flatMap(({ path, text }) => warm.remember("stubs", path, text, () => Stubs.find(path, text)))
  const paths = bodies.map(({ path }) => path)
  return {
    kind: "planned",
    difference: Output.compareWith(root, texts, Reformatted.isSame, warm.read),
    missing: sort([...written.flatMap(conflictIn), ...missing, ...OrphanedBodies.find(project, new Set(paths))]),
    unwritten,
    count: files.length,
    bodies: paths,
    warnings,
    stamp: (looked) =>
      Stamp.write(project, { count: files.length, bodies: paths, unwritten, warnings: warnings.left }, looked),
    purity: async () => {
      const { ofProject } = await import("../purity/PurityCheck.ts")
      return ofProject(project, model.domains, bodies, warm.remember)
    },
    fill: () => reader.fill(whole),
    again: () => make(project, model, warnings, warm)
  }
}
