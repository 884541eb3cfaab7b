/**
 * Golden histories: the folds return the states that `eventfold golden record` wrote into these
 * files.
 */
import { Laws } from "@eventfold/testing" // first: it installs its guards before the handlers load
import { OrderLaws } from "../src/generated/order.laws.ts"
import { PaymentLaws } from "../src/generated/payment.laws.ts"
import { ShipmentLaws } from "../src/generated/shipment.laws.ts"
import { it } from "vitest"

const at = (file: string) => new URL(file, import.meta.url)

it("golden histories come to the states that were recorded", () => {
  Laws.golden(OrderLaws, { file: at("../src/golden/order.ndjson") })
  Laws.golden(PaymentLaws, { file: at("../src/golden/payment.ndjson") })
  Laws.golden(ShipmentLaws, { file: at("../src/golden/shipment.ndjson") })
})
