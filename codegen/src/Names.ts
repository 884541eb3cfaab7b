/** The names that generated files and services bear. */

/** `AccountBalances` → `account-balances`. */
export const kebab = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase()

/** `AccountBalances` → `account_balances`. */
export const snake = (name: string): string => kebab(name).replace(/[^\p{L}\p{N}_]/gu, "_")

/** `Account` → `Accounts`, `Entry` → `Entries`, `Box` → `Boxes`. */
export const plural = (name: string): string => {
  if (/[^aeiou]y$/i.test(name)) return `${name.slice(0, -1)}ies`
  return /(s|x|z|ch|sh)$/i.test(name) ? `${name}es` : `${name}s`
}

/** A name that can stand in generated code as it is: also as a type and in any file system. */
export const isIdentifier = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !reserved.has(name)

/** A key of an object: quoted only where it must be. */
export const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))

/** A field read from an object. */
export const access = (object: string, name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`

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

/** Words of the language, and globals and imports that generated code itself says. */
const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if " +
    "implements import in instanceof interface let new null package private protected public return static super switch this throw " +
    "true try typeof var void while with yield any unknown never string number boolean bigint symbol object undefined type infer keyof readonly unique " +
    "Array ReadonlyArray ReadonlyMap ReadonlySet Date URL RegExp Uint8Array Record Error Object String Number Symbol Promise " +
    "BigDecimal Brand Cause Chunk Context DateTime Duration Effect Exit HashMap HashSet Layer Option Redacted Result Schema SchemaAST " +
    "Codec Values Decider EventStore EventStoreError Fold Laws LiveProjection Projection ProjectionFold ProjectionLaws Repository StoredProjection"
  ).split(" ")
)
