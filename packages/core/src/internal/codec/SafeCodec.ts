/**
 * Encoders and decoders that convert every error of a schema to a schema error, so that callers
 * handle one kind of failure.
 */
import { Cause, Result, Schema, type SchemaAST, SchemaIssue } from "effect"
import * as ErrorText from "../work/ErrorText.ts"

type Parse<Input, Output> = (
  input: Input,
  options?: SchemaAST.ParseOptions
) => Result.Result<Output, Schema.SchemaError>

/** Returns the error that a schema threw, without the wrapper of Effect. */
const thrownBy = (error: unknown): unknown => {
  if (!(error instanceof Error) || !Cause.isCause(error.cause)) return error
  const [defect] = error.cause.reasons.filter(Cause.isDieReason)
  return defect === undefined ? error : defect.defect
}

/** Describes an error of a schema in the terms of its author. */
const problemOf = (thrown: unknown): string => {
  if (Cause.isAsyncFiberError(thrown)) {
    // No caller awaits the fiber.
    thrown.fiber.interruptUnsafe()
    return "its schema has an asynchronous transformation; use a synchronous one, and do asynchronous work before the command"
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const service = /^Service not found(?:: (.*))?/.exec(message)
  if (service !== null)
    return `its schema needs the service ${service[1] ?? "of an Effect"}, which schemas of events, states, ids and rows do not get; use a schema without services`
  return `its schema, or a field that is computed when it is read, threw: ${ErrorText.textOf(thrown)}`
}

const guarded =
  <Input, Output>(parse: Parse<Input, Output>): Parse<Input, Output> =>
  (input, options) => {
    try {
      return parse(input, options)
    } catch (error) {
      const issue = new SchemaIssue.InvalidValue({ message: problemOf(thrownBy(error)) }, input, options)
      return Result.fail(new Schema.SchemaError(issue))
    }
  }

/**
 * Like `Schema.decodeUnknownResult`, but returns an error if the schema is asynchronous, needs a
 * service or throws, where Effect throws.
 */
export const decodeUnknownResult = <A, E>(schema: Schema.Codec<A, E>, options?: SchemaAST.ParseOptions) =>
  guarded(Schema.decodeUnknownResult(schema, options))

/**
 * Like `Schema.encodeUnknownResult`, but returns an error if the schema is asynchronous, needs a
 * service or throws, where Effect throws.
 */
export const encodeUnknownResult = <A, E>(schema: Schema.Codec<A, E>, options?: SchemaAST.ParseOptions) =>
  guarded(Schema.encodeUnknownResult(schema, options))

/**
 * Like `Schema.encodeResult`, but returns an error if the schema is asynchronous, needs a service
 * or throws, where Effect throws.
 */
export const encodeResult = <A, E>(schema: Schema.Codec<A, E>, options?: SchemaAST.ParseOptions) =>
  guarded(Schema.encodeResult(schema, options))
