/**
 * Compares the hover texts of an editor for names that an app uses: public types only. The expected
 * texts are in `hovers.txt`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { open } from "../../codegen/test/emit/TypeScript6.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const expected = join(import.meta.dirname, "hovers.txt")

const probe = `import { Effect } from "effect"
import { EventStore, EventStoreError, InlineProjections, MemoryEventStore, type Projection, Projector, Reaction, Repository, Snapshots } from "eventfold"
import { AccountId } from "schemas/bank/account.ts"
import { OpenAccount } from "./generated/account.ts"
import { Accounts } from "./generated/account.service.ts"
import { AccountBalancesView } from "./generated/account-balances.service.ts"

declare const id: AccountId
declare const command: OpenAccount
declare const failure: Projection./*failure*/QueryError

export const program = Effect.gen(function* () {
  const /*accounts*/accounts = yield* Accounts
  const /*executed*/executed = yield* accounts./*execute*/execute(id, command)
  const /*prepared*/prepared = accounts./*prepare*/prepare(id, command)
  const /*all*/all = yield* Repository./*executeAll*/executeAll([prepared])
  const /*loaded*/loaded = yield* accounts.load(id)
  const view = yield* AccountBalancesView
  const /*row*/row = yield* view./*get*/get(id)
  yield* view./*waitFor*/waitFor(executed)
  const store = yield* EventStore./*service*/EventStore
  yield* store./*append*/append("Account-1", "any", [])
  return { executed, all, loaded, row, failure }
})
export const /*runnable*/runnable = AccountBalancesView./*projection*/projection
export const keeping = Projector./*projector*/layer([runnable])
export const inline = InlineProjections./*inline*/layer([runnable])
export const /*reaction*/reaction = Reaction./*react*/make("Audit", { start: "now", handle: () => Effect.void })
export const reacting = Reaction./*reacting*/layer([reaction])
export const memory = MemoryEventStore./*memory*/layer
export const snapshots = Snapshots./*snapshots*/layer
export const isConflict = EventStoreError./*hasReason*/hasReason("VersionConflict")
`

it("hovers over the names of an app show public types", () => {
  const file = join(root, "examples/bank/src/Hovers.ts")
  const hovers = open(join(root, "tsconfig.base.json"), file, probe)
  expect(hovers.errors()).toEqual([])
  const marks = [...probe.matchAll(/\/\*(\w+)\*\//g)].map(([, mark]) => mark!)
  expect(marks.length).toBeGreaterThanOrEqual(20)
  const shown = marks.map((mark) => `## ${mark}\n${hovers.at(mark)}\n`).join("\n")
  if (process.env["EVENTFOLD_GOLDEN"] === "renew" || !existsSync(expected)) writeFileSync(expected, shown)
  expect(shown).toBe(readFileSync(expected, "utf8"))
  // Names of modules in packages/core/src/internal, and of what they declare.
  expect(shown).not.toMatch(/internal|ProjectionRunnable|DeliveryLoop|CommandBatch|PreparedCommand|EventDecoder/)
}, 600_000)
