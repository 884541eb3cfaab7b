/** Descriptions and checks of schemas, which generated code shows as doc comments. */
import { Schema, SchemaAST } from "effect"
import type { Check } from "../../model/Model.ts"

const descriptionIn = (annotations: Schema.Annotations.Annotations | undefined): string | undefined => {
  const text = annotations?.["description"]
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined
}

/**
 * Returns the description of a field or a schema. If a schema has checks, the last check has its
 * annotations.
 */
export const descriptionOf = ({ ast }: Schema.Top): string | undefined =>
  descriptionIn(ast.context?.annotations) ?? descriptionIn(ast.checks?.at(-1)?.annotations ?? ast.annotations)

/** Returns the checks of a schema that have a description. */
export const checksOf = ({ ast }: Schema.Top): { readonly checks?: ReadonlyArray<Check> } => {
  const type = SchemaAST.toType(ast)
  // Checks on the result of a transformation do not apply to its stored form, and bounds of a
  // bigint not to its string.
  const stored: ReadonlyArray<unknown> =
    type._tag === "BigInt" || type._tag === "Declaration" ? [] : (SchemaAST.toEncoded(ast).checks ?? [])
  const checks = (type.checks ?? []).flatMap((check): ReadonlyArray<Check> => {
    const { annotations } = check
    const says = annotations?.["description"] ?? annotations?.["expected"]
    if (typeof says !== "string") return []
    return [{ says, shown: stored.includes(check) && annotations?.["toJsonSchema"] !== undefined }]
  })
  return checks.length === 0 ? {} : { checks }
}
