// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed ec48ae3553682847
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Parcel as ParcelSchema } from "../../../schemas/shop/order.ts"
import { install } from "./parcel.codec.aot.ts"
import type { ParcelCommand, ParcelEvent, ParcelState } from "./parcel.ts"

/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */
const codec = Codec.make<ParcelEvent, ParcelState>()({
  event: ParcelSchema.event,
  state: ParcelSchema.state,
  compiled: install,
  target: "4.1.0-f727497f13807b63-eb3f47ba2851b33e"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const ParcelCodec: Codec.Codec<ParcelEvent, ParcelState> = codec
export const ParcelDeclaration: Aggregate.Typed<string, ParcelState, ParcelEvent, ParcelCommand> = ParcelSchema
