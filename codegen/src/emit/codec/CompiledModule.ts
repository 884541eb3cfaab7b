/**
 * The module of compiled codecs as TypeScript, so that all compilers and bundlers include it: `tsc`
 * does not copy JavaScript files.
 *
 * The code is not type-checked. It reads values of any type, a part of it is the output of Effect,
 * and no compiler option of a project must break it. Tests with random schemas and values compare
 * it with the schema instead.
 */

/** First line of the last function. */
export const installHead = "export const install = (asts, checks) => {"

const typedHead = `export const install = (
  asts: ReadonlyArray<SchemaAST.AST>,
  checks: ReadonlyArray<ReadonlyArray<(value: unknown) => boolean>>
): void => {`

/** Returns the text of the module. */
export const compiledModule = (code: string): string => {
  if (!code.includes(installHead)) throw new Error("compiled code that installs nothing")
  return `/* eslint-disable */
// @ts-nocheck: this code reads values of any type
import type { SchemaAST } from "effect"
${code.trimEnd().replace(installHead, `/** Installs the decoders on the nodes of the schemas that they were compiled for. */\n${typedHead}`)}
`
}
