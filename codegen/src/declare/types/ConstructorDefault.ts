/** Constructor defaults of fields, as expressions that generated constructors hold. */
import { BigDecimal, DateTime, Duration, Exit, Option, Schema, SchemaAST } from "effect"
import { literal } from "./AstType.ts"
import type { Fallback } from "../../model/Model.ts"
import { key } from "../../model/Names.ts"

/** Why a default can't be one of a generated constructor, and what to do. */
export class NoDefault {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

/** A key of an object literal, where `__proto__` would set the prototype. */
const keyOf = (name: string): string => (name === "__proto__" ? `["__proto__"]` : key(name))

/** Writes one value; nothing for one of a kind that has no expression here. */
class Expression {
  readonly modules = new Set<string>()

  #call(module: string, text: string): string {
    this.modules.add(module)
    return `${module}.${text}`
  }

  #all(values: ReadonlyArray<unknown>): ReadonlyArray<string> | undefined {
    const texts = values.map((value) => this.of(value))
    return texts.every((text) => text !== undefined) ? texts : undefined
  }

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

/** The constructor default of a field, if it has one. */
export const of = (field: Schema.Top): Fallback | NoDefault | undefined => {
  const given = field.ast.context?.constructorDefault
  if (given === undefined) return undefined
  if (!Exit.isExit(given) || Exit.isFailure(given)) {
    return new NoDefault(
      "has a constructor default that is computed at each call, which would make decisions differ from one time to the next; use a constant, as `Effect.succeed(0)`, or give the value in the command or as a fact"
    )
  }
  if (!Schema.is(Schema.make(SchemaAST.toType(field.ast)))(given.value)) {
    return new NoDefault("has a constructor default that does not fit its own schema; use one that does")
  }
  const expression = new Expression()
  const text = expression.of(given.value)
  return text === undefined
    ? new NoDefault(
        "has a constructor default that generated code cannot write down; use plain data, a date, a bigint, or one of Effect's Option, DateTime, BigDecimal and Duration"
      )
    : { text, modules: [...expression.modules].sort() }
}
