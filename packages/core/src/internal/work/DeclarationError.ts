/** What is wrong with a declaration that was written past the type checker, in words that say what to write instead. */

/** Thrown while a declaration is made; its message ends in the fix, after a semicolon. */
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

/** Refuses a name that is no text or begins with a hyphen, and a declaration without its parts. */
export const checkHead = (what: string, name: unknown, spec: unknown): void => {
  if (typeof name !== "string") {
    throw new DeclarationError(`${what}.make is given no name; write \`${what}.make("Name", { … })\``)
  }
  if (name.startsWith("-")) {
    const named = JSON.stringify(name)
    throw new DeclarationError(
      `${what}.make is given the name ${named}, which commands such as \`eventfold projections rebuild\` take for an option; begin it with a letter`
    )
  }
  if (!isRecord(spec)) {
    throw new DeclarationError(`${name} is declared without its parts; write \`${what}.make("${name}", { … })\``)
  }
}

/** Refuses parts of a declaration that are there, but are no objects, or that are missing. */
export const checkRecords = (name: string, spec: object, parts: ReadonlyArray<string>): void => {
  for (const part of parts) {
    const value: unknown = Reflect.get(spec, part)
    if (isRecord(value)) continue
    const what = value === undefined ? `has no \`${part}\`` : `has ${described(value)} as \`${part}\``
    throw new DeclarationError(`${name} ${what}; write \`${part}: { … }\`, or \`${part}: {}\` where there are none`)
  }
}

/** Refuses a part of a declaration that is no list. */
export const checkList = (name: string, part: string, value: unknown, example: string): void => {
  if (Array.isArray(value)) return
  const what = value === undefined ? `has no \`${part}\`` : `has ${described(value)} as \`${part}\`, which is no list`
  throw new DeclarationError(`${name} ${what}; write \`${part}: ${example}\``)
}
