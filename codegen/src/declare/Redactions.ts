/** Redacted values in what is stored: `Redacted` hides a value from logs and inspection, and the store keeps it as it is. */
import { Redacted, Schema, type SchemaAST } from "effect"
import type { Aggregate, Projection } from "eventfold"
import * as AstPlaces from "./types/AstPlaces.ts"
import { declared } from "./types/AstType.ts"
import * as DeclaredSchemas from "./DeclaredSchemas.ts"
import { codes } from "../report/Diagnostic.ts"
import type { Problem } from "./types/TypeReader.ts"

type Path = ReadonlyArray<string>

const isRedacted = (ast: SchemaAST.AST): boolean => declared(ast)?.module === "Redacted"

/** Values of which each kind of schema takes one: whether it can be encoded at all is seen by any that fits. */
const samples: ReadonlyArray<unknown> = ["", "x", 0, 1, 1n, true, null, undefined, {}, []]

/** Whether a redacted schema refuses to be stored, by `disallowJsonEncode` or `disallowEncode`. */
const isForbidden = (ast: SchemaAST.AST): boolean => {
  const encode = Schema.encodeUnknownResult(Schema.toCodecJson(Schema.make<Schema.Codec<unknown>>(ast)))
  return samples.some((sample) => {
    const result = encode(Redacted.make(sample))
    if (result._tag === "Success") return false
    const { issue } = result.failure
    return issue._tag === "Encoding" && issue.issue._tag === "Forbidden"
  })
}

const inTheClear =
  "is redacted, and is stored in the clear: Redacted hides a value from logs, but not from who reads the store, its backups and snapshots; " +
  "store what stands for it, such as the id of a secret that is kept elsewhere, or say in a comment on the line before why it may be stored: `// eventfold-clear: …`"

const forbidden =
  "cannot be stored as JSON: its schema forbids that (`disallowJsonEncode`, `disallowEncode`); store what stands for the secret, such as the id of one that is kept elsewhere"

const problemsOf = (schema: Schema.Top, path: Path): ReadonlyArray<Problem> =>
  AstPlaces.find({ ast: schema.ast, path }, isRedacted).map(({ ast, path }) =>
    isForbidden(ast)
      ? { path, code: codes.notStorable, message: forbidden }
      : { path, code: codes.inTheClear, message: inTheClear }
  )

/** What an aggregate stores: its events, and its state in snapshots. */
export const ofAggregate = ({ events, id, state }: Aggregate.Any): ReadonlyArray<Problem> => [
  ...problemsOf(id, ["id"]),
  ...problemsOf(state, ["state"]),
  ...Object.entries(events).flatMap(([name, event]) => problemsOf(event, ["events", name]))
]

/** What a projection stores: its rows and their keys. */
export const ofProjection = (projection: Projection.Any): ReadonlyArray<Problem> =>
  DeclaredSchemas.ofProjection(projection).flatMap(({ path, schema }) => problemsOf(schema, path))
