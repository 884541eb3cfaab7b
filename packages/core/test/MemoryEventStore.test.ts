import * as StoreConformance from "@eventfold/testing/StoreConformance"
import { MemoryEventStore } from "eventfold"

StoreConformance.suite("MemoryEventStore", MemoryEventStore.layer, { runs: 100 })
