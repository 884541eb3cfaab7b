// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed f71d377b8d32c851
import type { Laws } from "@eventfold/testing"
import { decide } from "../parcel.decide.ts"
import { ParcelCodec, ParcelDeclaration } from "./parcel.codec.ts"
import { ParcelFold } from "./parcel.service.ts"
import type { ParcelCommand, ParcelEvent, ParcelState } from "./parcel.ts"

/** The aggregate as a subject of the laws. */
export const ParcelLaws: Laws.Subject<ParcelState, ParcelEvent, ParcelCommand> = {
  name: "ParcelLaws",
  aggregate: ParcelDeclaration,
  fold: ParcelFold,
  decide,
  codec: ParcelCodec
}
