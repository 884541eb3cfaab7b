/** Types of the parts of a plan. */
import type { CodecPlan } from "eventfold/generated"

/** A node that needs no function of its own. */
export type Leaf = Exclude<CodecPlan.Node, { readonly is: "part" }>

export type Kind = Exclude<Leaf["is"], "literal">

/** A check that compiled code contains, or the index of one that it calls. */
export type Check = Leaf["checks"][number]

export type PartOf<Is extends CodecPlan.Part["is"]> = Extract<CodecPlan.Part, { readonly is: Is }>

/** A field of a struct. */
export type Field = PartOf<"struct">["fields"][number]
