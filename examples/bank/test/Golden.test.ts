/**
 * Golden histories: the folds return the states that `eventfold golden record` wrote into these
 * files.
 */
import { Laws } from "@eventfold/testing" // first: it installs its guards before the handlers load
import { AccountLaws } from "../src/generated/account.laws.ts"
import { LoanLaws } from "../src/generated/loan.laws.ts"
import { it } from "vitest"

const at = (file: string) => new URL(file, import.meta.url)

it("golden histories come to the states that were recorded", () => {
  Laws.golden(AccountLaws, { file: at("../src/golden/account.ndjson") })
  Laws.golden(LoanLaws, { file: at("../src/golden/loan.ndjson") })
})

it("processes in other time zones and locales fold to the same states", () =>
  Laws.processes(AccountLaws, { module: at("../src/generated/account.laws.ts") }))
