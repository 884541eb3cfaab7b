/**
 * Loads a project's generated code, for commands that fold events. `gen` and `check` do not load
 * it, because it may not compile while declarations change.
 */
import { Schema } from "effect"
import type { Codec, Fold, StoredProjection } from "eventfold/generated"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import * as ConfigFile from "../project/ConfigFile.ts"
import { format } from "../report/Diagnostic.ts"
import { folders } from "../project/Folders.ts"

type Tagged = { readonly _tag: string }

/** An aggregate of the generated code. */
export interface Aggregate {
  readonly name: string
  readonly id: Schema.Codec<unknown, string>
  /** Types of its events. */
  readonly types: ReadonlyArray<string>
  readonly fold: Fold.Fold<unknown, Tagged>
  readonly codec: Codec.Codec<Tagged, unknown>
  /** Folder of its generated files, relative to the root. */
  readonly folder: string
  /** First part of the names of its files: `gift-card`. */
  readonly stem: string
}

/**
 * The generated code of a project: what commands need to fold its events.
 *
 * @category models
 * @since 0.1.0
 */
export interface GeneratedModules {
  readonly root: string
  readonly aggregates: ReadonlyArray<Aggregate>
  readonly projections: ReadonlyArray<StoredProjection.Runnable>
}

/**
 * The reason why generated code cannot be loaded.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unloadable {
  readonly problem: string
}

type Module = { readonly [name: string]: unknown }

const member = (value: unknown, key: string): unknown =>
  (typeof value === "object" || typeof value === "function") && value !== null ? Reflect.get(value, key) : undefined

/**
 * Finds the aggregate in its modules. They were generated together, so exports with these names
 * have these types.
 */
const aggregateOf = (codec: Module, service: Module): Omit<Aggregate, "folder" | "stem"> | undefined => {
  for (const [exported, declaration] of Object.entries(codec)) {
    if (!exported.endsWith("Declaration")) continue
    const name = member(declaration, "name")
    const events = member(declaration, "events")
    const id = member(declaration, "id")
    if (typeof name !== "string" || !Schema.isSchema(id) || typeof events !== "object" || events === null) continue
    const [fold, made] = [service[`${name}Fold`], codec[`${name}Codec`]]
    if (typeof member(fold, "run") !== "function" || member(made, "events") === undefined) continue
    return {
      name,
      id: id as Schema.Codec<unknown, string>,
      types: Object.keys(events),
      fold: fold as Fold.Fold<unknown, Tagged>,
      codec: made as Codec.Codec<Tagged, unknown>
    }
  }
  return undefined
}

const projectionsOf = (service: Module): ReadonlyArray<StoredProjection.Runnable> =>
  Object.values(service).flatMap((view) => {
    const projection = member(view, "projection")
    return typeof member(projection, "writeBack") === "function" ? [projection as StoredProjection.Runnable] : []
  })

class ImportFailed extends Error {
  override readonly name = "ImportFailed"
}

/** Imports a file of the project. */
export const importFile = async (root: string, file: string): Promise<Module> => {
  try {
    return await import(pathToFileURL(join(root, file)).href)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new ImportFailed(`can't load ${file}: ${message.split("\n")[0]}; run \`eventfold check\` and \`tsc\``)
  }
}

/**
/**
 * An aggregate of a generated `.laws.ts`, for commands that run its commands.
 *
 * @category models
 * @since 0.1.0
 */
export interface LawSubject {
  /** A subject of the laws of `@eventfold/testing`. */
  readonly subject: object
  /** Absolute path of the golden histories. */
  readonly file: string
  /** Path of the golden histories, relative to the root. */
  readonly shown: string
}

const isSubject = (value: unknown): value is object =>
  typeof member(value, "decide") === "function" && member(value, "fold") !== undefined

/** Loads the subjects of the generated laws of the project of a folder. */
export const subjects = async (cwd: string): Promise<ReadonlyArray<LawSubject> | Unloadable> => {
  const project = await ConfigFile.load(cwd)
  if (!("root" in project)) return { problem: project.map(format).join("\n") }
  const { root } = project
  const found: Array<LawSubject> = []
  try {
    for (const folder of folders(project)) {
      const files = readdirSync(join(root, folder)).sort()
      for (const file of files.filter((name) => name.endsWith(".laws.ts"))) {
        const subject = Object.values(await importFile(root, `${folder}/${file}`)).find(isSubject)
        if (subject === undefined) continue
        const shown = `${dirname(folder)}/golden/${file.slice(0, -".laws.ts".length)}.ndjson`
        found.push({ subject, file: join(root, shown), shown })
      }
    }
  } catch (error) {
    if (!(error instanceof ImportFailed)) throw error
    return { problem: error.message }
  }
  return found.length > 0 ? found : noCode(project.output)
}

const noCode = (output: string): Unloadable => ({
  problem: `${output} contains no generated code; declare an aggregate, and run \`eventfold gen\``
})

/** Loads the generated code of the project of a folder. */
export const load = async (cwd: string): Promise<GeneratedModules | Unloadable> => {
  const project = await ConfigFile.load(cwd)
  if (!("root" in project)) return { problem: project.map(format).join("\n") }
  const { root } = project
  const aggregates: Array<Aggregate> = []
  const projections: Array<StoredProjection.Runnable> = []
  try {
    for (const folder of folders(project)) {
      const files = readdirSync(join(root, folder)).sort()
      for (const file of files.filter((name) => name.endsWith(".service.ts"))) {
        const stem = file.slice(0, -".service.ts".length)
        const service = await importFile(root, `${folder}/${file}`)
        projections.push(...projectionsOf(service))
        const codecFile = `${folder}/${stem}.codec.ts`
        if (!existsSync(join(root, codecFile))) continue
        const found = aggregateOf(await importFile(root, codecFile), service)
        if (found !== undefined) aggregates.push({ ...found, folder, stem })
      }
    }
  } catch (error) {
    if (!(error instanceof ImportFailed)) throw error
    return { problem: error.message }
  }
  return aggregates.length > 0 ? { root, aggregates, projections } : noCode(project.output)
}
