/**
 * Problems of declarations. They have a path within the declaration, which the parser turns into a
 * place in the file.
 */
import type { Code, Problem } from "../../report/Diagnostic.ts"

/** Names that lead to a part of a declaration: `["events", "AccountOpened", "owner"]`. */
export type Path = ReadonlyArray<string>

/** A problem at a path of a declaration. */
export interface SchemaProblem extends Problem {
  readonly path: Path
  readonly code: Code
}

/** A problem of one declaration. */
export interface DeclarationProblem extends SchemaProblem {
  readonly file: string
  /** The exported name of the declaration. */
  readonly exported: string
}

/** Adds a problem of one declaration. */
export type Report = (path: Path, code: Code, message: string, fix: string) => void

/** Returns a function that adds problems of one declaration to a list. */
export const reporter =
  ({ exported, file }: Pick<DeclarationProblem, "exported" | "file">, problems: Array<DeclarationProblem>): Report =>
  (path, code, message, fix) =>
    void problems.push({ file, exported, path, code, message, fix })
