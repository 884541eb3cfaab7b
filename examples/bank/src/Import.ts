/**
 * Imports the bank's records into the store, as commands. Records that were imported before are
 * skipped.
 */
import { Effect, Schema, Stream } from "effect"
import { EventStore, type EventStoreError } from "eventfold"
import type { BankStep } from "./BankStep.ts"
import * as Crowns from "./Crowns.ts"
import type { AccountError } from "./generated/account.ts"
import { Accounts } from "./generated/account.service.ts"
import type { LoanError } from "./generated/loan.ts"
import { Loans } from "./generated/loan.service.ts"
import type { Progress } from "./Progress.ts"

/** A command that the domain refused: nothing of it is stored. */
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

/**
 * Steps taken in hand at once: enough for the store to group appends, few enough that the log stays
 * nearly in order.
 */
const window = 1_024

/** Identifies a command: one row may be a command to an account and a command to a loan. */
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

const refusalOf = (error: AccountError | LoanError | EventStoreError.Reason<"InvalidRequest" | "EncodeFailure">) => {
  switch (error._tag) {
    case "AccountAlreadyOpen":
      return "the account is open already"
    case "AccountNotOpen":
      return "there is no such account, or it is not open yet"
    case "InsufficientFunds":
      return `it would overdraw the account: ${Crowns.format(error.requested)} asked, ${Crowns.format(error.balance + error.overdraftLimit)} there`
    case "LoanAlreadyGranted":
      return "the loan is granted already"
    case "LoanNotGranted":
      return "there is no such loan"
    case "PaymentExceedsDebt":
      return `a payment of ${Crowns.format(error.amount)}, but only ${Crowns.format(error.debt)} are owed`
    case "InvalidRequest":
    case "EncodeFailure":
      return error.message
  }
}

/** The subject of a refused step whose row has two. */
const about = (step: BankStep) =>
  step.aggregate === "Loan" && step.with !== undefined ? `loan ${step.id} (the transfer itself is stored): ` : ""

/**
 * Accounts for which something later than a step is in the log already: it can't come before that
 * any more.
 */
const laterThan = (steps: ReadonlyArray<BankStep>, known: ReadonlySet<string>): ReadonlyMap<string, number> => {
  const last = new Map<string, number>()
  for (const [i, step] of steps.entries()) {
    if (known.has(nameOf(step.aggregate, step.id, step.commandId))) last.set(step.account, i)
  }
  return last
}

/**
 * Imports steps in order; those of different accounts side by side.
 *
 * **Details**
 *
 * Killed at any moment and started again it goes on where the log ends: every step is a command
 * with an id of its own, and those in the log are left out. What was refused is refused again: an
 * account's history is not changed in hindsight.
 */
export const run = Effect.fn("Import.run")(function* (
  steps: ReadonlyArray<BankStep>,
  options: { readonly onRefused: "continue" | "stop"; readonly progress: Progress }
) {
  const accounts = yield* Accounts
  const loans = yield* Loans
  const known = yield* done
  const last = laterThan(steps, known)
  const refused = new Map<BankStep, Refused & { readonly at: number }>()
  let imported = 0
  let already = 0

  const execute = (
    step: BankStep
  ): Effect.Effect<{ readonly repeated: boolean }, AccountError | LoanError | EventStoreError.EventStoreError> => {
    const options = { commandId: step.commandId, occurredAt: step.date }
    return step.aggregate === "Account"
      ? accounts.execute(step.id, step.command, options)
      : loans.execute(step.id, step.command, options)
  }
  /** The reason for a refusal, or nothing if the step was stored. */
  const attempt = (step: BankStep, at: number): Effect.Effect<string | undefined, EventStoreError.EventStoreError> =>
    at < (last.get(step.account) ?? 0)
      ? Effect.succeed(
          "later rows were imported already; to import it in its place, start again in another --data-dir or --schema"
        )
      : execute(step).pipe(
          Effect.map(({ repeated }) => {
            // Another import of the same rows may be running beside this one.
            if (repeated) already++
            else imported++
            return undefined
          }),
          // A row whose values don't fit the domain is the row's fault, as much as one that the
          // domain refuses.
          Effect.catchReasons("EventStoreError", {
            InvalidRequest: (reason) => Effect.fail(reason),
            EncodeFailure: (reason) => Effect.fail(reason)
          }),
          Effect.catchIf(
            (error) => error._tag !== "EventStoreError",
            (error) => Effect.succeed(refusalOf(error))
          )
        )
  const take = Effect.fnUntraced(function* ({ at, step }: { readonly at: number; readonly step: BankStep }) {
    const first = step.aggregate === "Loan" ? step.with : undefined
    if (known.has(nameOf(step.aggregate, step.id, step.commandId))) already++
    else if (first === undefined || !refused.has(first)) {
      const refusal = yield* attempt(step, at)
      if (refusal !== undefined) {
        const message = `${step.file}:${step.line}: ${about(step)}${refusal}`
        if (options.onRefused === "stop") return yield* new ImportStopped({ message })
        refused.set(step, { at, step, message })
      }
    }
    yield* options.progress.advance()
  })

  for (let from = 0; from < steps.length; from += window) {
    const queues = new Map<string, Array<{ readonly at: number; readonly step: BankStep }>>()
    for (let at = from; at < Math.min(from + window, steps.length); at++) {
      const step = steps[at]!
      const queue = queues.get(step.account)
      if (queue === undefined) queues.set(step.account, [{ at, step }])
      else queue.push({ at, step })
    }
    yield* Effect.forEach(queues.values(), (queue) => Effect.forEach(queue, take, { discard: true }), {
      concurrency: "unbounded",
      discard: true
    })
  }
  const result: Imported = {
    imported,
    already,
    refused: [...refused.values()].sort((a, b) => a.at - b.at).map(({ message, step }) => ({ message, step }))
  }
  return result
})
