/**
 * Import aliases of `tsconfig.json` (`paths`, `baseUrl`). TypeScript follows them, but Node, which
 * runs schema files, does not.
 */
import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { candidates, packageFolder } from "./Resolution.ts"
import { ts } from "./Syntax.ts"
import { textIfThere } from "./Texts.ts"

export interface PathAlias {
  /** Pattern of `paths`, or `baseUrl` if the import is relative to it. */
  readonly name: string
  /** Absolute path of the file; none if there is no such file. */
  readonly to: string | undefined
}

interface Options {
  readonly paths?: Readonly<Record<string, ReadonlyArray<string>>>
  /** Folder that the targets of `paths` are relative to. */
  readonly pathsFrom: string
  readonly baseUrl?: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((one) => typeof one === "string")

/** Returns the file that a config extends or refers to. */
const configAt = (from: string, specifier: string): string | undefined => {
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")
  const folder = /^[./]/.test(specifier) ? undefined : packageFolder(from, name)
  const path = folder === undefined ? resolve(dirname(from), specifier) : join(folder, specifier.slice(name.length))
  return [path, `${path}.json`, join(path, "tsconfig.json")].find((one) => textIfThere(one) !== undefined)
}

/**
 * Returns the alias options of a config: its own, otherwise those of the configs that it extends or
 * refers to.
 */
const optionsAt = (path: string, seen: ReadonlySet<string> = new Set()): Options => {
  const none: Options = { pathsFrom: dirname(path) }
  if (seen.has(path)) return none
  const { config }: { readonly config?: unknown } = ts.parseConfigFileTextToJson(path, textIfThere(path) ?? "")
  if (!isRecord(config)) return none
  const { compilerOptions, extends: extended, references } = config
  const more = [
    ...[extended].flat(),
    ...(Array.isArray(references) ? references.map((one: unknown) => (isRecord(one) ? one["path"] : undefined)) : [])
  ]
  const inherited = more
    .flatMap((specifier) => (typeof specifier === "string" ? (configAt(path, specifier) ?? []) : []))
    .map((one) => optionsAt(one, new Set([...seen, path])))
    .reduce((all, one) => ({ ...all, ...one }), none)
  const { baseUrl, paths } = isRecord(compilerOptions) ? compilerOptions : {}
  const base = typeof baseUrl === "string" ? resolve(dirname(path), baseUrl) : inherited.baseUrl
  const known = isRecord(paths)
    ? Object.fromEntries(Object.entries(paths).filter((entry): entry is [string, Array<string>] => isTexts(entry[1])))
    : undefined
  return {
    ...(base === undefined ? {} : { baseUrl: base }),
    ...(known === undefined ? inherited : { paths: known, pathsFrom: base ?? dirname(path) }),
    ...(base === undefined ? {} : { baseUrl: base })
  }
}

/**
 * Returns the part of a specifier that the star of a pattern stands for; none if the specifier does
 * not match.
 */
const starOf = (pattern: string, specifier: string): string | undefined => {
  const [head = "", tail] = pattern.split("*")
  if (tail === undefined) return pattern === specifier ? "" : undefined
  const fits = specifier.length >= head.length + tail.length && specifier.startsWith(head) && specifier.endsWith(tail)
  return fits ? specifier.slice(head.length, specifier.length - tail.length) : undefined
}

const fileAt = (path: string): string | undefined =>
  candidates(path).find((one) => existsSync(one) && textIfThere(one) !== undefined)

/**
 * Finds the alias that an import uses, in the configs of the file's folder and of the folders
 * above.
 */
export const find = (file: string, specifier: string): PathAlias | undefined => {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, "tsconfig.json")
    if (existsSync(path)) {
      const { baseUrl, paths = {}, pathsFrom } = optionsAt(path)
      const found = Object.entries(paths)
        .flatMap(([name, targets]) => {
          const star = starOf(name, specifier)
          return star === undefined ? [] : [{ name, star, targets }]
        })
        .sort((a, b) => b.name.split("*")[0]!.length - a.name.split("*")[0]!.length)[0]
      if (found !== undefined) {
        const files = found.targets.map((target) => fileAt(resolve(pathsFrom, target.replace("*", found.star))))
        return { name: found.name, to: files.find((one) => one !== undefined) }
      }
      const to = baseUrl === undefined ? undefined : fileAt(join(baseUrl, specifier))
      if (to !== undefined) return { name: "baseUrl", to }
    }
    if (dirname(folder) === folder) return undefined
  }
}
