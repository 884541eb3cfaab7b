/** The cost of testing: the laws of one aggregate, and the hermetic realm around its handlers. */
import { Effect, type Scope } from "effect"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { attempt, type BenchFailed } from "../Database.ts"
import { type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"
import * as Project from "./GeneratedProject.ts"

const movements = ["Paid", "Drawn", "Sent", "Received", "Charged", "Credited", "Fined", "Waived"] as const

const does = (i: number) =>
  i % 2 === 0
    ? "balance: state.balance + event.amount, moved: state.moved + 1"
    : "balance: state.balance - event.amount, moved: state.moved + 1"

/**
 * Declaration of an aggregate with ten events and ten commands, four of which check the balance.
 */
const declaration = `import { Schema } from "effect"
import { Aggregate } from "eventfold"

const Amount = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

export const Ledger = Aggregate.make("Ledger", {
  id: Schema.NonEmptyString.pipe(Schema.brand("LedgerId")),
  state: Schema.Struct({ status: Schema.Literals(["New", "Open", "Closed"]), balance: Schema.Int, moved: Schema.Natural }),
  initial: { status: "New", balance: 0, moved: 0 },
  events: {
    Opened: { owner: Schema.NonEmptyString },
${movements.map((name) => `    ${name}: { id: Schema.NonEmptyString, amount: Amount }`).join(",\n")},
    Closed: {}
  },
  errors: { NotOpen: {}, AlreadyOpened: {}, TooLittle: { balance: Schema.Int } },
  commands: {
    Open: { payload: { owner: Schema.NonEmptyString }, emits: ["Opened"], fails: ["AlreadyOpened"] },
${movements
  .map(
    (name, i) =>
      `    Do${name}: { payload: { id: Schema.NonEmptyString, amount: Amount }, emits: ["${name}"], fails: ["NotOpen"${i % 2 === 0 ? "" : `, "TooLittle"`}] }`
  )
  .join(",\n")},
    Close: { payload: {}, emits: ["Closed"], fails: ["NotOpen"] }
  },
  invariants: { "never below zero": ({ balance }) => balance >= 0 }
})
`

const apply = `import { Ledger, type LedgerState } from "./generated/ledger.ts"

export const apply = Ledger.apply({
  Opened: (state): LedgerState => ({ ...state, status: "Open" }),
${movements.map((name, i) => `  ${name}: (state, event): LedgerState => ({ ...state, ${does(i)} })`).join(",\n")},
  Closed: (state): LedgerState => ({ ...state, status: "Closed" })
})
`

const decide = `import * as L from "./generated/ledger.ts"

export const decide = L.Ledger.decide({
  Open: ({ status }, command) => (status === "New" ? [L.Opened.make(command)] : L.AlreadyOpened.make()),
${movements
  .map((name, i) => {
    const enough = i % 2 === 0 ? "" : `balance < command.amount ? L.TooLittle.make({ balance }) : `
    const state = i % 2 === 0 ? "{ status }" : "{ balance, status }"
    return `  Do${name}: (${state}, command) => status !== "Open" ? L.NotOpen.make() : ${enough}[L.${name}.make(command)]`
  })
  .join(",\n")},
  Close: ({ status }) => (status === "Open" ? [L.Closed.make()] : L.NotOpen.make())
})
`

/**
 * Program that prints the seconds of all laws, and the nanoseconds to fold an event without and in
 * the realm.
 */
const measure = `import { Histories, Laws } from "@eventfold/testing"
import { guarded } from "GUARD"
import { HandlerGuard } from "eventfold/generated"
import * as fc from "fast-check"
import { LedgerLaws } from "./examples/ledgers/src/generated/ledger.laws.ts"

const begun = performance.now()
Laws.all(LedgerLaws)
const laws = (performance.now() - begun) / 1_000

const [opened] = fc.sample(Histories.reachable(LedgerLaws), { seed: 1, numRuns: 200 }).filter(({ length }) => length > 0)
const events = [opened![0]!, ...Array.from({ length: 100_000 }, (_, n) => ({ _tag: "Paid" as const, id: "1", amount: (n % 7) + 1 }))]
const nanos = (fold: typeof LedgerLaws.fold) => {
  const start = performance.now()
  let rounds = 0
  for (; performance.now() - start < MILLIS; rounds++) fold.run(fold.initial, events)
  return ((performance.now() - start) * 1e6) / (rounds * events.length)
}
const realm = HandlerGuard.fold("Ledger", LedgerLaws.fold, guarded)
const rounds = Array.from({ length: ROUNDS }, () => [nanos(LedgerLaws.fold), nanos(realm)])
process.stdout.write(JSON.stringify({ laws, rounds }))
`

interface Measured {
  readonly laws: number
  readonly rounds: ReadonlyArray<readonly [bare: number, hermetic: number]>
}

const run = promisify(execFile)

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, BenchFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const [laws, hermetic] = ["laws", "hermetic"].map((id) => wanted.find((row) => row.id === id)!)
    if (!plan.wants(laws!.id) && !plan.wants(hermetic!.id)) return []
    const processes = plan.quick ? 1 : 3
    yield* say(`laws, hermetic: ${processes} processes of ${plan.rounds} rounds`)
    const root = yield* Project.projectOf({
      "schemas/ledgers/ledger.ts": declaration,
      "examples/ledgers/src/ledger.apply.ts": apply,
      "examples/ledgers/src/ledger.decide.ts": decide,
      "measure.ts": measure
        .replace("GUARD", `${Project.workspace}/packages/testing/src/internal/realm/Realm.ts`)
        .replace("MILLIS", String(Math.min(plan.millis, 500)))
        .replace("ROUNDS", String(plan.rounds))
    })
    yield* Project.timed("eventfold gen", root, [Project.bin, "gen"])
    const found = yield* Effect.forEach(Array.from({ length: processes }), () =>
      attempt("running the laws", async (): Promise<Measured> => {
        const { stdout } = await run(process.execPath, ["measure.ts"], { cwd: root, maxBuffer: 1e8 })
        return JSON.parse(stdout)
      })
    )
    const [bare, realm] = [0, 1].map((i) => found.flatMap(({ rounds }) => rounds.map((round) => round[i]!)))
    const seconds = found.map(({ laws }) => laws)
    return [
      measured(laws!, { eventfold: median(seconds), spread: { eventfold: spread(seconds), baseline: null } }),
      measured(hermetic!, {
        eventfold: median(realm!),
        baseline: median(bare!),
        spread: { eventfold: spread(realm!), baseline: spread(bare!) }
      })
    ]
  })
