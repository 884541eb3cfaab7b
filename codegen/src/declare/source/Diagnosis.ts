/** Turns problems of declarations into diagnostics, with their places in the source. */
import { posix } from "node:path"
import { type Code, codes, type Diagnostic, positioned } from "../../report/Diagnostic.ts"
import type { FileSyntax } from "../../syntax/Syntax.ts"
import type { DeclarationProblem } from "../types/SchemaProblem.ts"
import { positionOf, type Sources } from "./Places.ts"
import type { WideSchema } from "./WideSchemas.ts"

/** Codes whose messages need the name of the declaration's part in front. */
const codesWithPath: ReadonlySet<Code> = new Set([
  codes.notStorable,
  codes.noType,
  codes.notSchema,
  codes.noValue,
  codes.inTheClear
])

/** Adds places to problems of declarations. */
export const located = (problems: ReadonlyArray<DeclarationProblem>, sources: Sources): ReadonlyArray<Diagnostic> =>
  problems.map(({ code, exported, file, fix, message, path }) => {
    const subject = codesWithPath.has(code) ? `${[exported, ...path].join(".")} ` : ""
    return { code, file, ...positioned(positionOf(sources, file, exported, path)), message: subject + message, fix }
  })

/** Reports the schemas of declarations whose type is too wide. */
export const wide = (
  sources: ReadonlyMap<string, FileSyntax & { readonly wide: ReadonlyArray<WideSchema> }>
): ReadonlyArray<Diagnostic> => {
  const imported = new Set(
    [...sources].flatMap(([file, { imports }]) =>
      imports.map(({ specifier }) => posix.normalize(posix.join(posix.dirname(file), specifier)))
    )
  )
  return [...sources].flatMap(([file, { wide }]) =>
    wide
      .filter(({ isDeclared, isExported }) => isDeclared || (isExported && imported.has(file)))
      .map(({ at, fix, message }) => ({ code: codes.wideSchema, file, at, message, fix }))
  )
}
