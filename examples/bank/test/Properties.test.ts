/** Property-based testing in twenty lines: no sequence of commands creates or destroys money. */
import { Histories } from "@eventfold/testing" // first: it installs its guards before the handlers load
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { AccountLaws } from "../src/generated/account.laws.ts"
import type { AccountEvent } from "../src/generated/account.ts"

const comesIn = new Set<AccountEvent["_tag"]>(["CashDeposited", "TransferReceived", "InterestCredited"])

const worth = (event: AccountEvent): bigint =>
  event._tag === "AccountOpened" ? 0n : comesIn.has(event._tag) ? event.amount : -event.amount

it("the balance is what came in less what went out", () => {
  fc.assert(
    fc.property(Histories.reachable(AccountLaws, { length: 50 }), (events) => {
      const { balance } = AccountLaws.fold.run(AccountLaws.fold.initial, events)
      expect(balance).toBe(events.reduce((sum, event) => sum + worth(event), 0n))
    })
  )
})
