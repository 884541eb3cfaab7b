// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 8d945dcb9a9c5e42
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
  target: "4.1.0-2df70c35c5cd8679-05a993cfc7125b7b"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const ParcelCodec: Codec.Codec<ParcelEvent, ParcelState> = codec
export const ParcelDeclaration: Aggregate.Typed<string, ParcelState, ParcelEvent, ParcelCommand> = ParcelSchema
