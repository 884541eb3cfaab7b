/**
 * Transformations that cannot run at once: they wait for something, or need a service.
 *
 * Stored values are written and read at once. So are commands, errors and facts: laws write those of a failing case, and read them back.
 */
import { Arbitrary, Cause, Effect, Exit, Option, Result, Schema, SchemaAST, SchemaGetter } from "effect"
import type { Aggregate, Projection } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as AstPlaces from "./types/AstPlaces.ts"
import * as DeclaredSchemas from "./DeclaredSchemas.ts"
import { codes } from "../report/Diagnostic.ts"
import type { Problem } from "./types/TypeReader.ts"

type Transformation = SchemaAST.Link["transformation"]
type Run = (input: Option.Option<unknown>) => Effect.Effect<unknown, unknown, unknown>

const waits =
  "cannot be written as JSON: it has a transformation that waits for something, and values are written and read at once; use one that gives its result at once, and do what waits before the command"

const needs = (service: string): string =>
  `cannot be written as JSON: it needs the service ${service}, and values are written and read without services; use a schema without services`

/** How both ways of a transformation run; none of a way that cannot have an effect. */
const waysOf = ({ _tag, decode, encode }: Transformation): Readonly<Record<"decode" | "encode", Run | undefined>> => {
  if (_tag === "Middleware") {
    return {
      decode: (input) => decode(Effect.succeed(input), {}),
      encode: (input) => encode(Effect.succeed(input), {})
    }
  }
  const way = (getter: typeof decode): Run | undefined =>
    getter._tag.endsWith("Effect") ? (input) => SchemaGetter.run(getter, input, {}) : undefined
  return { decode: way(decode), encode: way(encode) }
}

/** Values to try where none can be drawn. */
const anyValues: ReadonlyArray<unknown> = ["", "x", 0, 1, 1n, true, null, {}, []]
const drawn = { count: 5, seed: 1 } as const

/** A few values of a node's type. */
const valuesOf = (ast: SchemaAST.AST): ReadonlyArray<unknown> => {
  const values = Result.try(() =>
    Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(Schema.make(SchemaAST.toType(ast))), drawn))
  )
  return Result.getOrElse(values, () => anyValues)
}

/** Why running it once came to no end. What a transformation throws of a value is the matter of that value. */
const problemOfRun = (run: Run, value: unknown): string | undefined => {
  const exit = Effect.runSyncExit(Effect.suspend(() => run(Option.some(value))) as Effect.Effect<unknown, unknown>)
  if (Exit.isSuccess(exit)) return undefined
  for (const { defect } of exit.cause.reasons.filter(Cause.isDieReason)) {
    if (Cause.isAsyncFiberError(defect)) {
      defect.fiber.interruptUnsafe()
      return waits
    }
    const service = defect instanceof Error ? /^Service not found(?:: (.*))?/.exec(defect.message) : null
    if (service !== null) return needs(service[1] ?? "of an Effect")
  }
  return undefined
}

const problemOfWay = (run: Run | undefined, input: SchemaAST.AST): string | undefined => {
  if (run === undefined) return undefined
  for (const value of valuesOf(input)) {
    const problem = problemOfRun(run, value)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Transformations don't change, and a worker that waits has most of them from before. */
const known = new WeakMap<Transformation, { readonly problem: string | undefined }>()

/** Of a node's own transformations; the first is the one next to its type. */
const problemOf = (ast: SchemaAST.AST): string | undefined => {
  let type = ast
  for (const { to, transformation } of ast.encoding ?? []) {
    const before = known.get(transformation)
    const { decode, encode } = waysOf(transformation)
    const problem = before === undefined ? (problemOfWay(encode, type) ?? problemOfWay(decode, to)) : before.problem
    known.set(transformation, { problem })
    if (problem !== undefined) return problem
    type = to
  }
  return undefined
}

const problemsOf = ({ path, schema }: DeclaredSchemas.DeclaredSchema): ReadonlyArray<Problem> => {
  // With the transformations that `toCodecJson` and `toCodec` annotate; what has no stored form is refused as such.
  const stored = Result.getOrElse(
    Result.try(() => StoredForm.codec(schema).ast),
    () => schema.ast
  )
  return AstPlaces.find({ ast: stored, path }, (ast) => problemOf(ast) !== undefined).map(({ ast, path }) => ({
    path,
    code: codes.notStorable,
    message: problemOf(ast) ?? waits
  }))
}

export const ofAggregate = (aggregate: Aggregate.Any): ReadonlyArray<Problem> =>
  [{ path: ["state"], schema: aggregate.state }, ...DeclaredSchemas.ofAggregate(aggregate)].flatMap(problemsOf)

export const ofProjection = (projection: Projection.Any): ReadonlyArray<Problem> =>
  DeclaredSchemas.ofProjection(projection).flatMap(problemsOf)
