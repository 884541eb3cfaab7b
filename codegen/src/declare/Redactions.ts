/**
 * Finds stored values that are redacted. `Redacted` hides a value from logs, but the store keeps it
 * unencrypted.
 */
import { Redacted, Schema, type SchemaAST } from "effect"
import type { Aggregate, Projection } from "eventfold"
import * as AstPlaces from "./types/AstPlaces.ts"
import { declared } from "./types/AstType.ts"
import * as DeclaredSchemas from "./DeclaredSchemas.ts"
import { codes } from "../report/Diagnostic.ts"
import type { Path, SchemaProblem } from "./types/SchemaProblem.ts"

const isRedacted = (ast: SchemaAST.AST): boolean => declared(ast)?.module === "Redacted"

/**
 * Values of all kinds, so that each schema accepts at least one. Any accepted value shows if the
 * schema can be encoded.
 */
const samples: ReadonlyArray<unknown> = ["", "x", 0, 1, 1n, true, null, undefined, {}, []]

/**
 * `true` if a redacted schema can't be encoded, because of `disallowJsonEncode` or
 * `disallowEncode`.
 */
const isForbidden = (ast: SchemaAST.AST): boolean => {
  const encode = Schema.encodeUnknownResult(Schema.toCodecJson(Schema.make<Schema.Codec<unknown>>(ast)))
  return samples.some((sample) => {
    const result = encode(Redacted.make(sample))
    if (result._tag === "Success") return false
    const { issue } = result.failure
    return issue._tag === "Encoding" && issue.issue._tag === "Forbidden"
  })
}

const unencrypted = {
  code: codes.inTheClear,
  message:
    "is redacted, but is stored unencrypted: Redacted hides a value from logs, not in the store, its backups and snapshots",
  fix: "store a reference, such as the id of a secret in another system, or give the reason in a comment on the line before: `// eventfold-clear: …`"
}

const forbidden = {
  code: codes.notStorable,
  message: "can't be stored as JSON: its schema forbids it (`disallowJsonEncode`, `disallowEncode`)",
  fix: "store a reference to the secret, such as its id in another system"
}

const problemsOf = (schema: Schema.Top, path: Path): ReadonlyArray<SchemaProblem> =>
  AstPlaces.find({ ast: schema.ast, path }, isRedacted).map(({ ast, path }) => ({
    path,
    ...(isForbidden(ast) ? forbidden : unencrypted)
  }))

/** Finds redacted values in the events of an aggregate, and in its state, which snapshots store. */
export const ofAggregate = ({ events, id, state }: Aggregate.Any): ReadonlyArray<SchemaProblem> => [
  ...problemsOf(id, ["id"]),
  ...problemsOf(state, ["state"]),
  ...Object.entries(events).flatMap(([name, event]) => problemsOf(event, ["events", name]))
]

/** Finds redacted values in the rows and keys of a projection. */
export const ofProjection = (projection: Projection.Any): ReadonlyArray<SchemaProblem> =>
  DeclaredSchemas.ofProjection(projection).flatMap(({ path, schema }) => problemsOf(schema, path))
