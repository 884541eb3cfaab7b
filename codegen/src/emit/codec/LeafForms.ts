/** Leaf types that compiled codecs read and write. */
import { LeafTypes } from "eventfold/tables"

type Compiled = NonNullable<LeafTypes.Row["compiled"]>
type Form = NonNullable<Compiled["form"]>

/** Kind in plans of a type that has compiled functions. */
export type Kind = Compiled["kind"]

/** Types with compiled functions. */
export const compiled: ReadonlyArray<Compiled> = LeafTypes.all.flatMap(({ compiled }) => compiled ?? [])

/** Types whose values are transformed when they are stored, and their forms. */
export const stored: ReadonlyArray<{ readonly kind: Kind; readonly form: Form }> = compiled.flatMap(({ form, kind }) =>
  form === undefined ? [] : [{ kind, form }]
)
