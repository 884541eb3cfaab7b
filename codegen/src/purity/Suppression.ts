/** Comments that accept an impurity: `// eventfold-pure: the rates are compiled in`. */
import * as MarkedComments from "../syntax/MarkedComments.ts"
import type { SourceModule } from "./Program.ts"

export interface Suppression extends MarkedComments.MarkedComment {
  readonly module: SourceModule
}

/** Finds the comments of a file. */
export const read = (module: SourceModule): ReadonlyArray<Suppression> =>
  MarkedComments.read(module.file, "eventfold-pure").map((comment) => ({ ...comment, module }))
