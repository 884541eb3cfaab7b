/** Balances as of random days, against the bank's own records of them. */
import { DateTime, Effect } from "effect"
import * as fc from "fast-check"
import type { BankFiles } from "../src/BankFiles.ts"
import { Accounts } from "../src/generated/account.service.ts"
import { tolerance } from "../src/Replay.ts"

const dayMillis = 86_400_000

/** The balances that the bank recorded for random accounts at the end of random days. */
export const samples = (files: BankFiles, count: number) => {
  const rows = Map.groupBy(files.transactions, ({ account_id }) => account_id)
  const from = Date.UTC(1993, 0, 1)
  const drawn = fc.sample(
    fc.record({ account: fc.constantFrom(...files.accounts), day: fc.nat({ max: 2_190 }) }),
    count
  )
  return drawn.map(({ account, day }) => {
    const evening = DateTime.makeUnsafe(from + (day + 1) * dayMillis - 1)
    const balance = (rows.get(account.account_id) ?? []).filter(
      ({ date }) => date.epochMilliseconds <= evening.epochMilliseconds
    )
    return { id: account.account_id, evening, recorded: balance.at(-1)?.balance }
  })
}

/**
 * The samples where the store says otherwise; and on how many days an account had had transactions.
 */
export const compare = Effect.fnUntraced(function* (all: ReturnType<typeof samples>) {
  const accounts = yield* Accounts
  const differing: Array<{ readonly id: string; readonly day: string; readonly hellers: bigint }> = []
  let known = 0
  for (const { evening, id, recorded } of all) {
    const { state } = yield* accounts.loadAsOf(id, evening)
    if (recorded !== undefined) known++
    const hellers = state.balance - (recorded ?? 0n)
    if ((hellers < 0n ? -hellers : hellers) > tolerance) {
      differing.push({ id, day: DateTime.formatIsoDateUtc(evening), hellers })
    }
  }
  return { known, differing }
})
