/**
 * Finds transformations that can't run synchronously: they are asynchronous, or need a service.
 *
 * Stored values are encoded and decoded synchronously. So are commands, errors and facts, because
 * laws encode those of a failing case, and decode them again.
 */
import { Arbitrary, Cause, Effect, Exit, Option, Result, Schema, SchemaAST, SchemaGetter } from "effect"
import type { Aggregate, Projection } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as AstPlaces from "./types/AstPlaces.ts"
import * as DeclaredSchemas from "./DeclaredSchemas.ts"
import { codes, type Problem } from "../report/Diagnostic.ts"
import type { SchemaProblem } from "./types/SchemaProblem.ts"

type Transformation = SchemaAST.Link["transformation"]
type Run = (input: Option.Option<unknown>) => Effect.Effect<unknown, unknown, unknown>

const asynchronous: Problem = {
  message: "can't be encoded to JSON: it has an asynchronous transformation, and values are encoded synchronously",
  fix: "use a synchronous transformation, and do asynchronous work before the command"
}

const needsService = (service: string): Problem => ({
  message: `can't be encoded to JSON: it needs the service ${service}, and values are encoded without services`,
  fix: "use a schema without services"
})

/**
 * Returns both directions of a transformation; `undefined` for a direction that is a pure function.
 */
const directionsOf = ({
  _tag,
  decode,
  encode
}: Transformation): Readonly<Record<"decode" | "encode", Run | undefined>> => {
  if (_tag === "Middleware") {
    return {
      decode: (input) => decode(Effect.succeed(input), {}),
      encode: (input) => encode(Effect.succeed(input), {})
    }
  }
  const direction = (getter: typeof decode): Run | undefined =>
    getter._tag.endsWith("Effect") ? (input) => SchemaGetter.run(getter, input, {}) : undefined
  return { decode: direction(decode), encode: direction(encode) }
}

/** Values to try if none can be generated. */
const fallbackValues: ReadonlyArray<unknown> = ["", "x", 0, 1, 1n, true, null, {}, []]
const sampleOptions = { count: 5, seed: 1 } as const

/** Generates a few values of a node's type. */
const valuesOf = (ast: SchemaAST.AST): ReadonlyArray<unknown> => {
  const values = Result.try(() =>
    Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(Schema.make(SchemaAST.toType(ast))), sampleOptions))
  )
  return Result.getOrElse(values, () => fallbackValues)
}

/**
 * Runs a transformation once. An error that it throws for a value is a property of that value, and
 * is ignored.
 */
const problemOfRun = (run: Run, value: unknown): Problem | undefined => {
  const exit = Effect.runSyncExit(Effect.suspend(() => run(Option.some(value))) as Effect.Effect<unknown, unknown>)
  if (Exit.isSuccess(exit)) return undefined
  for (const { defect } of exit.cause.reasons.filter(Cause.isDieReason)) {
    if (Cause.isAsyncFiberError(defect)) {
      defect.fiber.interruptUnsafe()
      return asynchronous
    }
    const service = defect instanceof Error ? /^Service not found(?:: (.*))?/.exec(defect.message) : null
    if (service !== null) return needsService(service[1] ?? "of an Effect")
  }
  return undefined
}

const problemOfDirection = (run: Run | undefined, input: SchemaAST.AST): Problem | undefined => {
  if (run === undefined) return undefined
  for (const value of valuesOf(input)) {
    const problem = problemOfRun(run, value)
    if (problem !== undefined) return problem
  }
  return undefined
}

/**
 * Results by transformation. Transformations are immutable, and a warm worker keeps most of them
 * between runs.
 */
const knownProblems = new WeakMap<Transformation, { readonly problem: Problem | undefined }>()

/**
 * Returns the first problem of a node's own transformations. Their list begins at the node's type.
 */
const problemOf = (ast: SchemaAST.AST): Problem | undefined => {
  let type = ast
  for (const { to, transformation } of ast.encoding ?? []) {
    const before = knownProblems.get(transformation)
    const { decode, encode } = directionsOf(transformation)
    const problem =
      before === undefined ? (problemOfDirection(encode, type) ?? problemOfDirection(decode, to)) : before.problem
    knownProblems.set(transformation, { problem })
    if (problem !== undefined) return problem
    type = to
  }
  return undefined
}

const problemsOf = ({ path, schema }: DeclaredSchemas.DeclaredSchema): ReadonlyArray<SchemaProblem> => {
  // Includes the transformations of the annotations `toCodecJson` and `toCodec`. A schema without a
  // stored form has another problem.
  const stored = Result.getOrElse(
    Result.try(() => StoredForm.codec(schema).ast),
    () => schema.ast
  )
  return AstPlaces.find({ ast: stored, path }, (ast) => problemOf(ast) !== undefined).map(({ ast, path }) => ({
    path,
    code: codes.notStorable,
    ...(problemOf(ast) ?? asynchronous)
  }))
}

/** Finds such transformations in an aggregate. */
export const ofAggregate = (aggregate: Aggregate.Any): ReadonlyArray<SchemaProblem> =>
  [{ path: ["state"], schema: aggregate.state }, ...DeclaredSchemas.ofAggregate(aggregate)].flatMap(problemsOf)

/** Finds such transformations in a projection. */
export const ofProjection = (projection: Projection.Any): ReadonlyArray<SchemaProblem> =>
  DeclaredSchemas.ofProjection(projection).flatMap(problemsOf)
