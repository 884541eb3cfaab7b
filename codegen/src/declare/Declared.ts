/** Declarations as schema files export them, and problems of them. */
import type * as TypeReader from "./types/TypeReader.ts"
import { nearest } from "../report/Suggestion.ts"

/** A problem of one declaration, which the syntax then gives a place. */
export interface Located extends TypeReader.Problem {
  readonly file: string
  /** The exported name of the declaration. */
  readonly exported: string
}

/** An aggregate or a projection, and where it is declared. */
export interface Declared<A> {
  readonly value: A
  readonly exported: string
  readonly file: string
  readonly domain: string | undefined
}

/** Adds a problem of one declaration. */
export type Report = (path: ReadonlyArray<string>, code: Located["code"], message: string) => void

export const reporter =
  ({ exported, file }: Declared<unknown>, problems: Array<Located>): Report =>
  (path, code, message) =>
    void problems.push({ file, exported, path, code, message })

/** What to write in place of a name that is none of some. */
export const choice = (name: string, names: ReadonlyArray<string>): string => {
  const meant = nearest(name, names)
  if (meant !== undefined) return `write ${JSON.stringify(meant)}`
  return names.length === 0 ? "it declares none" : `it declares ${names.join(", ")}`
}
