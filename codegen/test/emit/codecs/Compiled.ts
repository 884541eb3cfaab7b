/** A schema's codec with the code that is generated for it, evaluated and installed. */
import { Option, Schema, type SchemaAST } from "effect"
import * as Runtime from "effect/schema/SchemaCompiler/runtime"
import { Codec, CodecPlan, Leaf, StoredForm } from "eventfold/generated"
import { code } from "../../../src/declare/Compilation.ts"

export type AnySchema = Schema.Codec<unknown, unknown>
type Decode = (input: unknown, options: SchemaAST.ParseOptions) => unknown
type Compile = (ast: SchemaAST.AST, resolve: unknown, operation: string) => Decode | undefined
type Install = (
  asts: ReadonlyArray<SchemaAST.AST>,
  checks: ReadonlyArray<ReadonlyArray<(value: unknown) => boolean>>
) => void

export interface Compiled {
  /** Codecs of stored events, by type. */
  readonly codecs: ReadonlyMap<string, Schema.Codec<unknown, Schema.Json>>
  readonly text: string
  readonly decoding: CodecPlan.Plan
  readonly encoding: CodecPlan.Plan
  /** Decoders of straight code, by the node that each is installed on. */
  readonly straight: ReadonlyMap<SchemaAST.AST, Decode>
}

/** Effect's runtime for generated modules, which its types don't declare. */
const effects = (): { readonly setCompiler: (ast: SchemaAST.AST, compile: Compile) => void } => {
  if (!("runtime" in Runtime)) throw new Error("Effect has no runtime for generated modules")
  return Runtime.runtime as ReturnType<typeof effects>
}

/** Evaluates a generated module with these imports. */
const evaluate = (text: string, runtime: object, leaf: object): Install => {
  const body = text.replace(/^import .*$/gm, "").replace(/^export /gm, "")
  return new Function("Option", "runtime", "Leaf", `"use strict"\n${body}\nreturn install`)(Option, runtime, leaf)
}

/** `edit` changes the code, `leaf` its leaves: mutants, that are to be found out. */
export const compiled = (
  event: AnySchema,
  edit: (text: string) => string = (text) => text,
  leaf: object = Leaf
): Compiled => {
  const state: AnySchema = Schema.Struct({})
  const plan = CodecPlan.make(StoredForm.events(event), StoredForm.codec(state))
  const { plans, target } = plan
  const text = edit(code(plan))
  const straight = new Map<SchemaAST.AST, Decode>()
  const leftToEffect = new Set<SchemaAST.AST>()
  const { setCompiler } = effects()
  const watched = {
    ...effects(),
    setCompiler: (ast: SchemaAST.AST, compile: Compile) => {
      const decode = leftToEffect.has(ast) ? undefined : compile(ast, undefined, "decode")
      if (decode !== undefined) straight.set(ast, decode)
      setCompiler(ast, compile)
    }
  }
  const install = evaluate(text, watched, leaf)
  const installed: Install = (asts, checks) => {
    for (const [place, union] of asts.slice(0, 2).entries()) {
      if (union._tag !== "Union") continue
      for (const { member } of plans[place]!.others) if (member !== undefined) leftToEffect.add(union.types[member]!)
    }
    install(asts, checks)
  }
  const codec = Codec.make<unknown, unknown>()({ event, state, compiled: installed, target })
  if (codec.stale) throw new Error("generated for another schema")
  const [decoding, encoding] = plans
  return { codecs: codec.events, text, decoding: decoding!, encoding: encoding!, straight }
}
