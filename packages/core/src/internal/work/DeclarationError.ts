/**
 * Checks of declarations that bypass the type checker. Each message names what to write instead.
 */

/** Thrown by an invalid declaration; its message ends with the fix, after a semicolon. */
export class DeclarationError extends Error {
  override readonly name = "DeclarationError"
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const described = (value: unknown): string => {
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object" && value !== null) return "an object"
  return typeof value === "function" ? "a function" : String(JSON.stringify(value) ?? value)
}

/**
 * Checks that the name is a text that does not begin with a hyphen, and that the declaration has
 * its parts.
 */
export const checkHead = (what: string, name: unknown, spec: unknown): void => {
  if (typeof name !== "string") {
    throw new DeclarationError(`${what}.make has no name; write \`${what}.make("Name", { … })\``)
  }
  if (name.startsWith("-")) {
    const named = JSON.stringify(name)
    throw new DeclarationError(
      `${what}.make has the name ${named}, which commands such as \`eventfold projections rebuild\` read as an option; begin it with a letter`
    )
  }
  if (!isRecord(spec)) {
    throw new DeclarationError(`${name} is declared without its parts; write \`${what}.make("${name}", { … })\``)
  }
}

/** Checks that the parts of a declaration exist and are objects. */
export const checkRecords = (name: string, spec: object, parts: ReadonlyArray<string>): void => {
  for (const part of parts) {
    const value: unknown = Reflect.get(spec, part)
    if (isRecord(value)) continue
    const what = value === undefined ? `has no \`${part}\`` : `has ${described(value)} as \`${part}\``
    throw new DeclarationError(`${name} ${what}; write \`${part}: { … }\`, or \`${part}: {}\` if there are none`)
  }
}

/** Checks that a part of a declaration is a list. */
export const checkList = (name: string, part: string, value: unknown, example: string): void => {
  if (Array.isArray(value)) return
  const what =
    value === undefined ? `has no \`${part}\`` : `has ${described(value)} as \`${part}\`, which is not a list`
  throw new DeclarationError(`${name} ${what}; write \`${part}: ${example}\``)
}
