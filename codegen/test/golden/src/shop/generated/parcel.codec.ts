// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b4813a64983a4d5b
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Parcel as ParcelSchema } from "../../../schemas/shop/order.ts"
import { install } from "./parcel.codec.aot.ts"
import type { ParcelCommand, ParcelEvent, ParcelState } from "./parcel.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
const codec = Codec.make<ParcelEvent, ParcelState>()({
  event: ParcelSchema.event,
  state: ParcelSchema.state,
  compiled: install,
  target: "4.1.0-f727497f13807b63-eb3f47ba2851b33e"
})

// What is exported names its types: the compiler looks into the declaration's schemas here, and in no other file.

export const ParcelCodec: Codec.Codec<ParcelEvent, ParcelState> = codec
export const ParcelDeclaration: Aggregate.Typed<string, ParcelState, ParcelEvent, ParcelCommand> = ParcelSchema
