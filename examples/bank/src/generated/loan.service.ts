// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed ac94264654a2c8da
import { Context, Layer } from "effect"
import { type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../loan.apply.ts"
import { decide } from "../loan.decide.ts"
import { LoanCodec, LoanDeclaration } from "./loan.codec.ts"
import { fingerprint } from "./loan.fingerprint.ts"
import type { LoanCommand, LoanEvent, LoanFailures, LoanState } from "./loan.ts"
import type { LoanId } from "./values.ts"

// Each aggregate has its own loop: a shared one would call the handlers of all aggregates from one megamorphic call site.
export const LoanFold: Fold.Fold<LoanState, LoanEvent> = {
  initial: LoanDeclaration.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint
}

const LoansTag: Context.ServiceClass<
  Loans,
  "bank/Loans",
  Repository.Repository<LoanId, LoanState, LoanEvent, LoanCommand, LoanFailures>
> = Context.Service<Loans, Context.Service.Shape<typeof LoansTag>>()("bank/Loans")

/** A loan, paid back in monthly payments from the account that it was granted to. */
export class Loans extends LoansTag {
  static readonly layer: Layer.Layer<Loans, never, EventStore.EventStore> = Layer.effect(
    this,
    Repository.make({
      name: "Loan",
      id: LoanDeclaration.id,
      fold: LoanFold,
      decide,
      codec: LoanCodec,
      command: LoanDeclaration.command,
      invariants: LoanDeclaration.invariants
    })
  )
}
