/** The bank in memory, and its records, for tests. */
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { AggregateCache, MemoryEventStore } from "eventfold"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as BankFiles from "../src/BankFiles.ts"
import { AccountBalancesView } from "../src/generated/account-balances.service.ts"
import { AccountStandingView } from "../src/generated/account-standing.service.ts"
import { Accounts } from "../src/generated/account.service.ts"
import { Loans } from "../src/generated/loan.service.ts"
import { MonthlyCashflowView } from "../src/generated/monthly-cashflow.service.ts"
import type { Progress } from "../src/Progress.ts"

export const dataFolder = fileURLToPath(new URL("../data", import.meta.url))

export const services = Layer.mergeAll(
  Accounts.layer,
  Loans.layer,
  AccountBalancesView.layer,
  MonthlyCashflowView.layer,
  AccountStandingView.layer
).pipe(Layer.provide(AggregateCache.layer({ capacity: 10_000 })))

/** Services on one store in memory; a layer of its own for each test. */
export const inMemory = () => Layer.provideMerge(services, Layer.fresh(MemoryEventStore.layer))

export const silent: Progress = { advance: () => Effect.void }

export const load = (folder: string) => BankFiles.load(folder).pipe(Effect.provide(NodeServices.layer))

const headers = {
  accounts: "account_id,district_id,frequency,date",
  loans: "loan_id,account_id,date,amount,duration,payments,status",
  transactions: "trans_id,account_id,date,type,operation,amount,balance,k_symbol,bank,account"
}

/** A folder with these rows, for as long as the body runs. */
export const withFiles = <A, E, R>(
  rows: { readonly [K in keyof typeof headers]?: ReadonlyArray<string> },
  body: (folder: string) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "bank-"))
      for (const name of ["accounts", "loans", "transactions"] as const) {
        writeFileSync(join(folder, `${name}.csv`), [headers[name], ...(rows[name] ?? []), ""].join("\n"))
      }
      return folder
    }),
    body,
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )
