/** Leaf types that compiled codecs read and write. */
import * as LeafTypes from "../../tables/LeafTypes.ts"

type Compiled = NonNullable<LeafTypes.Row["compiled"]>
type Form = NonNullable<Compiled["form"]>

/** Kind in plans of a type that has compiled functions. */
export type Kind = Compiled["kind"]

/** Name in plans of a transformation from a stored form or to one. */
export type Transform = Form["decode" | "encode"]

/** Types with compiled functions. */
export const compiled: ReadonlyArray<Compiled & Pick<LeafTypes.Row, "name">> = LeafTypes.all.flatMap(
  ({ compiled, name }) => (compiled === undefined ? [] : [{ ...compiled, name }])
)

/** Types whose values are transformed when they are stored, and their forms. */
export const stored: ReadonlyArray<Pick<LeafTypes.Row, "name"> & { readonly kind: Kind; readonly form: Form }> =
  compiled.flatMap(({ form, kind, name }) => (form === undefined ? [] : [{ name, kind, form }]))
