/** Requests of operators that the stored rows do not allow. */
import { assert, it } from "@effect/vitest"
import { StoreRefusal } from "eventfold/store"

type Stage = Parameters<typeof StoreRefusal.change>[2][number]

const at = (stage: Stage["stage"], more: Partial<Stage> = {}): Stage => ({
  stage,
  isInline: false,
  isRebuildAsked: false,
  problem: undefined,
  ...more
})

const rebuild = { operation: "rebuild", fingerprint: "one", releases: ["two", "one"] } as const
const rollback = { operation: "rollback" } as const
const remove = { operation: "remove" } as const

const table: ReadonlyArray<
  readonly [Parameters<typeof StoreRefusal.change>[1], ReadonlyArray<Stage>, RegExp | undefined]
> = [
  [rebuild, [], /^projections\.rebuild: there is no projection "Towns" in this store/],
  [rebuild, [at("serving")], undefined],
  [{ ...rebuild, fingerprint: "three" }, [at("serving")], /handlers "three" .* it has had: two, one/],
  // Unknown handlers are reported before a rebuild that is running.
  [{ ...rebuild, fingerprint: "three" }, [at("serving"), at("next")], /handlers "three"/],
  [rebuild, [at("serving"), at("next")], /the rows of Towns are being rebuilt: wait .* rebuild Towns --cancel/],
  [rebuild, [at("serving"), at("next", { problem: "it has stopped" })], undefined],
  [rebuild, [at("serving", { isRebuildAsked: true })], undefined],
  [rebuild, [at("serving", { isInline: true })], undefined],
  [rollback, [], /^projections\.rollback: there is no projection "Towns" in this store/],
  [rollback, [at("serving")], /there are no rows of Towns to go back to/],
  [rollback, [at("serving"), at("old")], undefined],
  [rollback, [at("serving"), at("old", { isRebuildAsked: true })], undefined],
  [rollback, [at("serving", { isRebuildAsked: true }), at("old")], /are being rebuilt/],
  [rollback, [at("serving"), at("next", { problem: "it has stopped" }), at("old")], /are being rebuilt/],
  [rollback, [at("serving", { isInline: true }), at("next"), at("old")], /are inline: .* discharge Towns/],
  [remove, [], /^projections\.remove: there is no projection "Towns" in this store/],
  [remove, [at("serving"), at("next"), at("old")], undefined],
  [remove, [at("serving", { isInline: true })], /are inline: end the programs that write them, and .* discharge Towns/]
]

it("StoreRefusal: a request of an operator is refused by the rows at all stages, in one order", () => {
  for (const [request, stages, message] of table) {
    const error = StoreRefusal.change("Towns", request, stages)
    if (message === undefined) assert.isUndefined(error)
    else assert.match(error?.message ?? "allowed", message)
  }
})
