/** Brings the bank's records into the store, as commands; what is there already is left out. */
import { Effect, Schema, Stream } from "effect"
import { EventStore, type EventStoreError } from "eventfold"
import type { BankStep } from "./BankStep.ts"
import type { AccountError } from "./generated/account.ts"
import { Accounts } from "./generated/account.service.ts"
import type { LoanError } from "./generated/loan.ts"
import { Loans } from "./generated/loan.service.ts"
import type { Progress } from "./Progress.ts"

/** A row that the domain refused: nothing of it is stored. */
export interface Refused {
  readonly step: BankStep
  readonly message: string
}

/** The import was to stop at the first refused row. What came before it is stored. */
export class ImportStopped extends Schema.TaggedError<ImportStopped>("bank/ImportStopped")("ImportStopped", {
  message: Schema.String
}) {}

export interface Imported {
  readonly imported: number
  readonly already: number
  readonly refused: ReadonlyArray<Refused>
}

/** Steps taken in hand at once: enough for the store to group appends, few enough that the log stays nearly in order. */
const window = 1_024

/** What tells a command apart: one row may be a command to an account and another to a loan. */
const nameOf = (aggregate: string, id: string, commandId: string) => `${aggregate}-${id} ${commandId}`

/** The commands whose events are in the log. */
const done = Effect.gen(function* () {
  const store = yield* EventStore.EventStore
  const names = new Set<string>()
  yield* store.readAll({ aggregates: ["Account", "Loan"], pageSize: 5_000 }).pipe(
    Stream.runForEachArray((page) =>
      Effect.sync(() => {
        for (const { metadata, stream } of page) names.add(`${stream} ${metadata.causationId}`)
      })
    )
  )
  return names
})

const refusalOf = (
  error: AccountError | LoanError | EventStoreError.InvalidRequest | EventStoreError.EncodeFailure
) => {
  switch (error._tag) {
    case "AccountAlreadyOpen":
      return "the account is open already"
    case "AccountNotOpen":
      return "there is no such account, or it is not open yet"
    case "InsufficientFunds":
      return `it would overdraw the account: ${error.requested} hellers asked, ${error.balance + error.overdraftLimit} there`
    case "LoanAlreadyGranted":
      return "the loan is granted already"
    case "LoanNotGranted":
      return "there is no such loan"
    case "PaymentExceedsDebt":
      return `a payment of ${error.amount} hellers, but only ${error.debt} are owed`
    case "InvalidRequest":
    case "EncodeFailure":
      return error.message
  }
}

/**
 * Imports steps in order; those of different accounts side by side.
 *
 * **Details**
 *
 * Killed at any moment and started again it goes on where the log ends: every step is a command with an id of its own, and
 * those in the log are left out.
 */
export const run = Effect.fn("Import.run")(function* (
  steps: ReadonlyArray<BankStep>,
  options: { readonly onRefused: "continue" | "stop"; readonly progress: Progress }
) {
  const accounts = yield* Accounts
  const loans = yield* Loans
  const known = yield* done
  const refused: Array<Refused> = []
  let imported = 0
  let already = 0

  const execute = (step: BankStep): Effect.Effect<void, AccountError | LoanError | EventStoreError.EventStoreError> => {
    const options = { commandId: step.commandId, occurredAt: step.date }
    return step.aggregate === "Account"
      ? Effect.asVoid(accounts.execute(step.id, step.command, options))
      : Effect.asVoid(loans.execute(step.id, step.command, options))
  }
  const take = Effect.fnUntraced(function* (step: BankStep) {
    if (known.has(nameOf(step.aggregate, step.id, step.commandId))) already++
    else {
      const refusal = yield* execute(step).pipe(
        // A row whose values don't fit the domain is the row's fault, as much as one that the domain refuses.
        Effect.catchReasons("EventStoreError", {
          InvalidRequest: (reason) => Effect.fail(reason),
          EncodeFailure: (reason) => Effect.fail(reason)
        }),
        Effect.catchIf(
          (error) => error._tag !== "EventStoreError",
          (error) => Effect.succeed(refusalOf(error))
        )
      )
      if (refusal === undefined) imported++
      else {
        const message = `${step.file}:${step.line}: ${refusal}`
        if (options.onRefused === "stop") return yield* new ImportStopped({ message })
        refused.push({ step, message })
      }
    }
    yield* options.progress.advance()
  })

  for (let from = 0; from < steps.length; from += window) {
    const queues = new Map<string, Array<BankStep>>()
    for (const step of steps.slice(from, from + window)) {
      const name = `${step.aggregate}-${step.id}`
      const queue = queues.get(name)
      if (queue === undefined) queues.set(name, [step])
      else queue.push(step)
    }
    yield* Effect.forEach(queues.values(), (queue) => Effect.forEach(queue, take, { discard: true }), {
      concurrency: "unbounded",
      discard: true
    })
  }
  const result: Imported = { imported, already, refused }
  return result
})
