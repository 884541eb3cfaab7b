/** Turns constructor defaults of fields into expressions for generated constructors. */
import { BigDecimal, DateTime, Duration, Exit, Option, Schema, SchemaAST } from "effect"
import { literal } from "./AstType.ts"
import type { Fallback } from "../../model/Model.ts"
import type { Problem } from "../../report/Diagnostic.ts"
import { key } from "../../model/Names.ts"

/** A default that a generated constructor can't have. */
export class InvalidDefault implements Problem {
  readonly message: string
  readonly fix: string
  constructor(message: string, fix: string) {
    this.message = message
    this.fix = fix
  }
}

/** Returns a key of an object literal. A plain `__proto__` would set the prototype. */
const keyOf = (name: string): string => (name === "__proto__" ? `["__proto__"]` : key(name))

/** Writes one value as an expression, and collects the Effect modules that it uses. */
class ExpressionWriter {
  readonly modules = new Set<string>()

  #call(module: string, text: string): string {
    this.modules.add(module)
    return `${module}.${text}`
  }

  #all(values: ReadonlyArray<unknown>): ReadonlyArray<string> | undefined {
    const texts = values.map((value) => this.of(value))
    return texts.every((text) => text !== undefined) ? texts : undefined
  }

  /** Returns the expression of a value; `undefined` for a value of an unsupported type. */
  of(value: unknown): string | undefined {
    switch (typeof value) {
      case "string":
      case "boolean":
      case "bigint":
        return literal(value)
      case "number":
        return Object.is(value, -0) ? "-0" : String(value)
      case "undefined":
        return "undefined"
      case "object":
        return value === null ? "null" : this.#object(value)
      default:
        return undefined
    }
  }

  #object(value: object): string | undefined {
    if (Array.isArray(value)) {
      const items = this.#all(value)
      return items === undefined ? undefined : `[${items.join(", ")}]`
    }
    if (value instanceof Date) return `new Date(${value.getTime()})`
    if (Option.isOption(value)) {
      if (Option.isNone(value)) return this.#call("Option", "none()")
      const inner = this.of(value.value)
      return inner === undefined ? undefined : this.#call("Option", `some(${inner})`)
    }
    if (DateTime.isDateTime(value) && DateTime.isUtc(value))
      return this.#call("DateTime", `makeUnsafe(${value.epochMilliseconds})`)
    if (DateTime.isDateTime(value) && DateTime.isZoned(value)) {
      const { epochMilliseconds, zone } = value
      const timeZone =
        zone._tag === "Named" ? `zoneMakeNamedUnsafe(${JSON.stringify(zone.id)})` : `zoneMakeOffset(${zone.offset})`
      return this.#call("DateTime", `makeZonedUnsafe(${epochMilliseconds}, { timeZone: DateTime.${timeZone} })`)
    }
    if (BigDecimal.isBigDecimal(value))
      return this.#call("BigDecimal", `fromStringUnsafe(${JSON.stringify(BigDecimal.format(value))})`)
    if (Duration.isDuration(value)) {
      if (Duration.isFinite(value)) return this.#call("Duration", `nanos(${Duration.toNanosUnsafe(value)}n)`)
      return this.#call("Duration", Duration.isNegative(value) ? "negativeInfinity" : "infinity")
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return undefined
    const entries = Object.entries(value)
    const texts = this.#all(entries.map(([, one]) => one))
    if (texts === undefined) return undefined
    return texts.length === 0 ? "{}" : `{ ${entries.map(([name], i) => `${keyOf(name)}: ${texts[i]}`).join(", ")} }`
  }
}

/** Returns the constructor default of a field; `undefined` if it has none. */
export const of = (field: Schema.Top): Fallback | InvalidDefault | undefined => {
  const given = field.ast.context?.constructorDefault
  if (given === undefined) return undefined
  if (!Exit.isExit(given) || Exit.isFailure(given)) {
    return new InvalidDefault(
      "has a constructor default that is computed at each call, so decisions would not be repeatable",
      "use a constant, such as `Effect.succeed(0)`, or take the value from the command or a fact"
    )
  }
  if (!Schema.is(Schema.make(SchemaAST.toType(field.ast)))(given.value)) {
    return new InvalidDefault("has a constructor default that does not match its own schema", "use a valid value")
  }
  const writer = new ExpressionWriter()
  const text = writer.of(given.value)
  return text === undefined
    ? new InvalidDefault(
        "has a constructor default that generated code can't write as an expression",
        "use plain data, a date, a bigint, or an Option, DateTime, BigDecimal or Duration of Effect"
      )
    : { text, modules: [...writer.modules].sort() }
}
