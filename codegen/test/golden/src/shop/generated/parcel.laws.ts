// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 113e5327334ffb2b
import type { Laws } from "@eventfold/testing"
import { decide } from "../parcel.decide.ts"
import { ParcelCodec, ParcelDeclaration } from "./parcel.codec.ts"
import { ParcelFold } from "./parcel.service.ts"
import type { ParcelCommand, ParcelEvent, ParcelState } from "./parcel.ts"

/** The aggregate as the laws see it. */
export const ParcelLaws: Laws.Subject<ParcelState, ParcelEvent, ParcelCommand> = {
  name: "ParcelLaws",
  aggregate: ParcelDeclaration,
  fold: ParcelFold,
  decide,
  codec: ParcelCodec
}
