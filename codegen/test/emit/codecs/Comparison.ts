/** Result of a codec for a value, as text that two codecs must agree on to the last detail. */
import { Result, Schema, SchemaAST } from "effect"

const prototypes = new Map<unknown, number>()
const prototypeOf = (value: object): string => {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return ""
  const known = prototypes.get(prototype) ?? prototypes.size
  prototypes.set(prototype, known)
  return `#${known}`
}

/** All observable details of a value: keys in order, prototypes, holes, both zeros. */
export const describe = (value: unknown, within: ReadonlyArray<unknown> = []): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "number":
      return Object.is(value, -0) ? "-0" : String(value)
    case "bigint":
      return `${value}n`
    case "function":
    case "symbol":
      return String(value)
    case "object": {
      if (value === null) return "null"
      // Decimals in normal form refer to themselves as that.
      if (within.includes(value)) return "itself"
      const content = value instanceof Date ? `${value.getTime()}` : ""
      const keys = Reflect.ownKeys(value).map((name) => {
        const { enumerable, ...property } = Object.getOwnPropertyDescriptor(value, name)!
        return `${String(name)}${enumerable ? "" : "!"}: ${"value" in property ? describe(property.value, [...within, value]) : "computed"}`
      })
      return `${Array.isArray(value) ? "Array" : ""}${prototypeOf(value)}${content}{ ${keys.join(", ")} }`
    }
    default:
      return String(value)
  }
}

type Run = (codec: Schema.Codec<unknown, unknown>, input: unknown, options?: SchemaAST.ParseOptions) => string

const told = (run: () => Result.Result<unknown, Schema.SchemaError>): string => {
  try {
    const result = run()
    return Result.isSuccess(result) ? `gives ${describe(result.success)}` : `fails: ${result.failure.message}`
  } catch (error) {
    return `dies of ${String(error)}`
  }
}

export const decode: Run = (codec, input, options) => told(() => Schema.decodeUnknownResult(codec)(input, options))
export const encode: Run = (codec, input, options) => told(() => Schema.encodeUnknownResult(codec)(input, options))
