/**
 * Compiles the codecs of an aggregate: straight-line code for types that have a plan, Effect's
 * decoders for all others.
 */
import { Schema, SchemaAST } from "effect"
import * as SchemaAOTCompiler from "effect/schema/SchemaAOTCompiler"
import type { Aggregate } from "eventfold"
import { CodecPlan, StoredForm } from "eventfold/generated"
import { createHash } from "node:crypto"
import { installHead } from "../emit/codec/CompiledModule.ts"
import { compiledCode, compiledMembers } from "../emit/codec/CompiledCode.ts"
import { leafNames } from "../emit/codec/CompiledLeaves.ts"
import { checkName } from "../emit/codec/CompiledNames.ts"
import type * as Model from "../model/Model.ts"

/** Function name and comment for each schema of `CodecPlan.make`. */
const functionNames = [
  ["decodeEvents", "Decodes the data of stored events, with a function for each type."],
  ["encodeEvents", "Encodes events to their data, with a function for each type."],
  ["decodeState", "Decodes stored states."],
  ["encodeState", "Encodes states."]
] as const
/** Returns whether this is the place of a union whose members are decoded one by one. */
const isOfMembers = (place: number): boolean => place < 2

const idOf = ({ check }: CodecPlan.Plan["checks"][number]): string | undefined => {
  const representation = check.annotations?.["representation"]
  return typeof representation === "object" && representation !== null && "id" in representation
    ? String(representation.id)
    : undefined
}

/**
 * Returns the module that Effect's compiler generates for nodes, as a function of the generated
 * module.
 */
const effectCode = (targets: ReadonlyArray<readonly [reference: string, ast: SchemaAST.AST]>): string => {
  const code = SchemaAOTCompiler.compile(targets.map(([, ast]) => ({ ast, operations: ["decode"] })))
  const [before, after] = [/^import .*\n/m, /^export function install\(asts\)\{$/m]
  if (!before.test(code) || !after.test(code)) throw new Error("Effect's compiler writes a module of unknown form")
  return code.replace(before, "").replace(after, "function installEffects(asts) {").trimEnd()
}

/**
 * Returns a comment that names a type without compiled code, and the reason, because it decodes
 * more slowly.
 */
const noteFor = (name: string, ast: SchemaAST.AST, { member, path, why }: CodecPlan.Plan["others"][number]): string => {
  const type = member !== undefined && ast._tag === "Union" ? ast.types[member] : undefined
  const field = type?._tag === "Objects" ? type.propertySignatures.find(({ name }) => name === "_tag")?.type : undefined
  const tag = field === undefined ? undefined : SchemaAST.toType(field)
  const what = tag?._tag === "Literal" ? String(tag.literal) : "all"
  const note = `${name}: ${what} is left to Effect${path === "" ? "" : `, for ${path}`}: ${why}.`
  // Names can contain line breaks.
  return `// ${note.replace(/[\r\n\u2028\u2029]+/g, " ")}`
}

/** The function that installs a decoder. */
const straight = `/** Installs a decoder. If it refuses a value, Effect's own decoder runs and reports the error. */
const straight = (ast, decode) =>
  runtime.setCompiler(ast, (_ast, _resolve, operation) => (operation === "decode" ? decode : undefined))`

/** The function that installs the decoders of the members of a union. */
const members = `/** Installs the decoders of events, in the order of their types. */
const members = (union, decoders) => {
  for (const [place, read] of decoders.entries()) {
    if (read === undefined) continue
    straight(union.types[place], (input, options) => {
      // Effect decodes values with options, and explains why a value is invalid.
      for (const _option in options) return invalid
      if (typeof input !== "object" || input === null) return invalid
      try {
        return read(input)
      } catch {
        return invalid
      }
    })
  }
}`

/** Writes the module that installs the decoders of an aggregate. */
export const code = ({ asts, plans }: ReturnType<typeof CodecPlan.make>): string => {
  const functions: Array<string> = []
  const notes: Array<string> = []
  const installs: Array<string> = []
  const others: Array<readonly [reference: string, ast: SchemaAST.AST]> = []
  const named = new Map<string, string>()
  for (const [place, ast] of asts.entries()) {
    const plan = plans[place]!
    const [name, what] = functionNames[place]!
    for (const other of plan.others) {
      notes.push(noteFor(name, ast, other))
      const member = ast._tag === "Union" ? ast.types[other.member ?? -1] : undefined
      if ((plan.root !== undefined || isOfMembers(place)) && member !== undefined) {
        others.push([`asts[${place}].types[${other.member}]`, member])
      }
    }
    if (plan.root === undefined) {
      if (!isOfMembers(place)) others.push([`asts[${place}]`, ast])
      continue
    }
    const names = plan.checks.map((site) => checkName(idOf(site)))
    if (isOfMembers(place)) {
      functions.push(`/** ${what} */\n${compiledMembers(name, plan, names)}`)
      installs.push(`  members(asts[${place}], ${name}(checks[${place}]))`)
      continue
    }
    // Types whose stored form is the value itself have one function for both directions.
    const known = JSON.stringify([plan.parts, plan.root, names])
    const own = named.get(known) ?? name
    if (own === name) functions.push(`/** ${what} */\n${compiledCode(name, plan, names)}`)
    named.set(known, own)
    installs.push(`  straight(asts[${place}], ${own}(checks[${place}]))`)
  }
  const text = functions.join("\n\n")
  const used = leafNames.filter((leaf) => text.includes(leaf) && new RegExp(`\\b${leaf}\\b`).test(text))
  const imports = [
    ...(/\bOption\./.test(text) ? ['import { Option } from "effect"'] : []),
    'import { runtime } from "effect/schema/SchemaCompiler/runtime"',
    ...(functions.length > 0
      ? ['import { Leaf } from "eventfold/generated"', "", `const { ${used.join(", ")} } = Leaf`]
      : [])
  ]
  const hasMembers = plans.some(({ root }, place) => isOfMembers(place) && root !== undefined)
  return `${[
    imports.join("\n"),
    ...(functions.length > 0 ? [text, straight] : []),
    ...(hasMembers ? [members] : []),
    ...(notes.length > 0 ? [notes.join("\n")] : []),
    ...(others.length > 0 ? [effectCode(others)] : []),
    [
      installHead,
      ...(others.length > 0 ? [`  installEffects([${others.map(([reference]) => reference).join(", ")}])`] : []),
      ...installs,
      "}"
    ].join("\n")
  ].join("\n\n")}\n`
}

/**
 * Results by aggregate. Declarations are immutable, and a warm worker keeps most of them between
 * runs.
 */
const compiledAggregates = new WeakMap<Aggregate.Any, Model.Compiled>()

const compileFresh = (aggregate: Aggregate.Any): Model.Compiled => {
  const state = StoredForm.codec(aggregate.state)
  const plan = CodecPlan.make(StoredForm.events(aggregate.event), state)
  // The initial state is included, because the same events fold to another state if it changes.
  const initial = JSON.stringify(Schema.encodeUnknownSync(state)(aggregate.initial))
  const shape = createHash("sha256").update(`${plan.shape}\0${initial}`).digest("hex").slice(0, 16)
  return { code: code(plan), target: plan.target, shape }
}

/** Compiles the codecs of an aggregate. */
export const compile = (aggregate: Aggregate.Any): Model.Compiled => {
  const known = compiledAggregates.get(aggregate)
  if (known !== undefined) return known
  const fresh = compileFresh(aggregate)
  compiledAggregates.set(aggregate, fresh)
  return fresh
}
