/** The names that generated files and services bear. */
import type { Problem } from "../report/Diagnostic.ts"

/** `AccountBalances` → `account-balances`. */
export const kebab = (name: string): string =>
  name
    .replace(/([\p{Ll}\p{Nd}])(\p{Lu})/gu, "$1-$2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1-$2")
    .toLowerCase()

/** `AccountBalances` → `account_balances`. */
export const snake = (name: string): string => kebab(name).replace(/[^\p{L}\p{M}\p{N}_]/gu, "_")

/** The same for names whose files a file system may take for one: those that differ by case alone. */
export const folded = (name: string): string => kebab(name).toUpperCase().toLowerCase()

/** `Account` → `Accounts`, `Entry` → `Entries`, `Box` → `Boxes`. */
export const plural = (name: string): string => {
  if (/[^aeiou]y$/i.test(name)) return `${name.slice(0, -1)}ies`
  return /(s|x|z|ch|sh)$/i.test(name) ? `${name}es` : `${name}s`
}

/** Whether a text has the letters of a name: of any script, as in TypeScript, but neither `$` nor a `_` in front. */
const isSpelt = (name: string): boolean => /^\p{ID_Start}\p{ID_Continue}*$/u.test(name)

/**
 * Whether letters and their marks are composed (Unicode NFC), as keyboards write them.
 *
 * `ä` may also be an `a` and a mark: to a person that is the same name, to some file systems too, but not to JavaScript or SQL.
 */
export const isComposed = (name: string): boolean => name.normalize("NFC") === name

/** A name that can stand in generated code as it is: also as a type and in any file system. */
export const isIdentifier = (name: string): boolean => isSpelt(name) && isComposed(name) && !reserved.has(name)

/** Whether a name can be that of a type, which begins with a capital, in scripts that have them. */
export const isTypeName = (name: string): boolean => isSpelt(name) && isComposed(name) && !/^\p{Ll}/u.test(name)

/** A text with what is not ASCII as escapes. */
const escaped = (text: string): string =>
  JSON.stringify(text).replace(/[^\x20-\x7e]/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`)

/** The problem of a name that is not allowed in generated code. */
export const notIdentifier = (name: string): Problem => {
  if (!isComposed(name)) return notComposed(name)
  const message = `${JSON.stringify(name)} can't be a name in generated code`
  return reserved.has(name)
    ? { message: `${message}: it is a reserved word, or a name that the code imports`, fix: "choose another name" }
    : { message, fix: "use letters of any script, digits and _, and begin with a letter" }
}

/** The problem of a name that is not in Unicode normalization form NFC. */
export const notComposed = (name: string): Problem => ({
  message: `the name ${escaped(name)} is not in Unicode normalization form NFC, so the same name could be written in two ways`,
  fix: `write it as ${escaped(name.normalize("NFC"))}`
})

/** A name in a regular expression that stands for nothing but itself. */
export const literally = (name: string): string => name.replace(/[$\\^*+?.()|[\]{}]/g, "\\$&")

/** In a regular expression with the flag `u`: where a name ends, which `\b` knows of ASCII alone. */
export const wordEnd = "(?![\\p{ID_Continue}$])"

/** Whether a name can be written as a member without quotes. */
export const isPlain = (name: string): boolean => /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name)

/** Whether a name can label an element of a tuple type. */
export const isLabel = (name: string): boolean => isPlain(name) && !words.has(name)

/** A key of an object: quoted only where it must be. */
export const key = (name: string): string => (isPlain(name) ? name : JSON.stringify(name))

/** A field read from an object. */
export const access = (object: string, name: string): string =>
  isPlain(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`

/** What a contract calls its own types and values, after the aggregate's name. */
export const contractSuffixes = [
  "",
  "State",
  "Event",
  "Command",
  "Error",
  "Failures",
  "Facts",
  "FactSource",
  "Handlers",
  "Decider",
  "Apply",
  "Decide"
] as const

/** The same for a projection's contract. */
export const projectionSuffixes = ["", "Row", "Event", "Key", "Keys", "Handlers", "Table"] as const

/** Words of the language. */
const words = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if " +
    "implements import in instanceof interface let new null package private protected public return static super switch this throw " +
    "true try typeof var void while with yield"
  ).split(" ")
)

/** Those, and globals and imports that generated code itself says. */
const reserved = new Set([
  ...words,
  ...(
    "any unknown never string number boolean bigint symbol object undefined type infer keyof readonly unique " +
    "Array ReadonlyArray ReadonlyMap ReadonlySet Date URL RegExp Uint8Array Record Error Object String Number Symbol Promise " +
    "BigDecimal Brand Cause Chunk Context DateTime Duration Effect Exit HashMap HashSet Layer Option Redacted Result Schema SchemaAST " +
    "Codec Values Decider EventStore EventStoreError Fold Laws LiveProjection Projection ProjectionFold ProjectionLaws Repository StoredProjection"
  ).split(" ")
])

/** What stands in a path for a symbol among an object's keys, which has no name: its place among them. */
export const symbolAt = (index: number): string => `[symbol ${index}]`
