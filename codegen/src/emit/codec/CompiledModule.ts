/**
 * The module of compiled codecs as TypeScript, so that whatever compiles or bundles the project takes it along.
 *
 * `tsc` copies no JavaScript beside TypeScript. The code inside is not type-checked, and costs the type checker nothing: it goes
 * over values of any type, part of it is Effect's own output, and no strictness that a project chooses may break it. Random
 * schemas and values compare it with the schema instead.
 */

/** What the last function of the code begins with. */
export const installHead = "export const install = (asts, checks) => {"

const typedHead = `export const install = (
  asts: ReadonlyArray<SchemaAST.AST>,
  checks: ReadonlyArray<ReadonlyArray<Codec.Refusal>>
): void => {`

/** The text of a module with this code. */
export const compiledModule = (code: string): string => {
  if (!code.includes(installHead)) throw new Error("compiled code that installs nothing")
  return `/* eslint-disable */
// @ts-nocheck: straight code over values of any type
import type { SchemaAST } from "effect"
import type { Codec } from "eventfold/generated"
${code.trimEnd().replace(installHead, `/** Installs the compiled decoders on the nodes of the schemas that they were made for. */\n${typedHead}`)}
`
}
