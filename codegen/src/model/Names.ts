/** Names of generated files and services. */
import { LeafTypes } from "eventfold/tables"
import type { Problem } from "../report/Diagnostic.ts"

/** Converts `AccountBalances` to `account-balances`. */
export const kebab = (name: string): string =>
  name
    .replace(/([\p{Ll}\p{Nd}])(\p{Lu})/gu, "$1-$2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1-$2")
    .toLowerCase()

/** Converts `AccountBalances` to `account_balances`. */
export const snake = (name: string): string => kebab(name).replace(/[^\p{L}\p{M}\p{N}_]/gu, "_")

/**
 * Returns the same text for names that differ only by case, whose files a file system can take for
 * one.
 */
export const folded = (name: string): string => kebab(name).toUpperCase().toLowerCase()

/** Returns a plural: `Account` → `Accounts`, `Entry` → `Entries`, `Box` → `Boxes`. */
export const plural = (name: string): string => {
  if (/[^aeiou]y$/i.test(name)) return `${name.slice(0, -1)}ies`
  return /(s|x|z|ch|sh)$/i.test(name) ? `${name}es` : `${name}s`
}

/**
 * Returns `true` for a name in letters of any script, as in TypeScript, but without `$` and without
 * a leading `_`.
 */
const isSpelt = (name: string): boolean => /^\p{ID_Start}\p{ID_Continue}*$/u.test(name)

/**
 * Returns `true` if letters and their marks are composed (Unicode NFC), as keyboards write them.
 *
 * `ä` can also be an `a` and a mark. A reader and some file systems see the same name then, but
 * JavaScript and SQL do not.
 */
export const isComposed = (name: string): boolean => name.normalize("NFC") === name

/**
 * Returns `true` for a name that generated code can use unchanged, also as a type and on any file
 * system.
 */
export const isIdentifier = (name: string): boolean => isSpelt(name) && isComposed(name) && !reserved.has(name)

/**
 * Returns `true` for a name that a type can have: it begins with a capital, in scripts that have
 * capitals.
 */
export const isTypeName = (name: string): boolean => isSpelt(name) && isComposed(name) && !/^\p{Ll}/u.test(name)

/** Returns a text in quotes, with escapes for all characters that are not ASCII. */
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

/** Escapes a name for a regular expression. */
export const literally = (name: string): string => name.replace(/[$\\^*+?.()|[\]{}]/g, "\\$&")

/**
 * Matches the end of a name in a regular expression with the flag `u`, for all scripts: `\b`
 * handles ASCII only.
 */
export const wordEnd = "(?![\\p{ID_Continue}$])"

/** Returns `true` if a name can be written as a member without quotes. */
export const isPlain = (name: string): boolean => /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name)

/** Returns `true` if a name can label an element of a tuple type. */
export const isLabel = (name: string): boolean => isPlain(name) && !keywords.has(name)

/** Writes a key of an object, with quotes only if they are necessary. */
export const key = (name: string): string => (isPlain(name) ? name : JSON.stringify(name))

/** Writes the access to a field of an object. */
export const access = (object: string, name: string): string =>
  isPlain(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`

/** Suffixes of a contract's types and values, after the aggregate's name. */
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

/** Suffixes of a projection's contract. */
export const projectionSuffixes = ["", "Row", "Event", "Key", "Keys", "Handlers", "Bodies", "Table"] as const

/** Keywords of TypeScript. */
const keywords = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if " +
    "implements import in instanceof interface let new null package private protected public return static super switch this throw " +
    "true try typeof var void while with yield"
  ).split(" ")
)

/** Keywords, and globals and imports of generated code. */
const reserved = new Set([
  ...keywords,
  ...LeafTypes.all.map(({ module, type }) => module ?? type),
  ...(
    "any unknown never string number boolean bigint symbol object undefined type infer keyof readonly unique " +
    "Array ReadonlyArray ReadonlyMap ReadonlySet Record Error Object String Number Symbol Promise " +
    "Brand Cause Chunk Context Effect Exit HashMap HashSet Layer Option Redacted Result Schema SchemaAST " +
    "Codec Values Decider EventStore EventStoreError Fold Laws LiveProjection Projection ProjectionFold ProjectionLaws Repository StoredProjection"
  ).split(" ")
])

/**
 * Returns the path element of a symbol key, which has no name: its index among the symbols of the
 * object.
 */
export const symbolAt = (index: number): string => `[symbol ${index}]`
