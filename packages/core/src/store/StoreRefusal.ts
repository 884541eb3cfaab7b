/**
 * Decides whether a store refuses a request, from what it has stored, so that every store refuses
 * with the same errors.
 *
 * For authors of stores. Requests that are invalid for every store do not reach an operation (see
 * `StoreService.make`).
 */
import { EventStoreError } from "../EventStoreError.ts"
import { shellWord } from "../internal/work/ShellWord.ts"
import type { Described, Status } from "./ProjectionStore.ts"

/**
 * Returns the error of a request for a projection or a reaction that the store does not have.
 *
 * @example
 * ```ts
 * import { StoreRefusal } from "eventfold/store"
 *
 * StoreRefusal.unknown("reactions.pause", "Mail").message // there is no reaction "Mail" in this store
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const unknown = (operation: `${"projections" | "reactions"}.${string}`, name: string): EventStoreError => {
  const what = operation.startsWith("reactions.") ? "reaction" : "projection"
  return EventStoreError.invalidRequest(operation, `there is no ${what} ${JSON.stringify(name)} in this store`)
}

/**
 * Returns the error of opening a projection whose rows belong to a projection of the same name in
 * another domain, since a store finds rows by the name of their projection. `domain` is that of the
 * stored rows.
 *
 * @example
 * ```ts
 * import { StoreRefusal } from "eventfold/store"
 *
 * const table = { domain: "bank", name: "balances", key: "text" as const, primaryKey: [], columns: [], indexes: [], constraints: [] }
 * StoreRefusal.open({ name: "Balances", table }, "bank") // undefined: they are its own
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const open = (
  { name, table }: Pick<Described, "name" | "table">,
  domain: string
): EventStoreError | undefined => {
  if (table.domain === domain) return undefined
  const [own, declared] = [JSON.stringify(domain), JSON.stringify(table.domain)]
  return EventStoreError.storeRefused(
    `the rows of ${name} in this store are those of domain ${own}, and this program has a projection of that name in domain ${declared}`,
    `Give one of the two another name. If that of ${own} was moved, or is gone, remove its rows: eventfold projections remove ${shellWord(name)}`
  )
}

/**
 * Returns the error of a request of an operator that the rows of a projection do not allow;
 * `undefined` if they do. `stages` are the stages of its rows; none if the store does not have the
 * projection.
 *
 * - `rebuild` needs handlers that have run: those of the served rows, or one of `releases`, which
 *   lists fingerprints, the newest first. A rebuild that has not stopped refuses it.
 * - `rollback` needs rows that were served before. A rebuild refuses it, even if it has not begun.
 * - `rollback` and `remove` need rows that are not inline.
 *
 * @example
 * ```ts
 * import { StoreRefusal } from "eventfold/store"
 *
 * const serving = { stage: "serving" as const, isInline: false, isRebuildAsked: false, problem: undefined }
 * StoreRefusal.change("Balances", { operation: "remove" }, [serving]) // undefined
 * StoreRefusal.change("Balances", { operation: "rollback" }, [serving])?.message // no rows to go back to
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const change = (
  name: string,
  request:
    | { readonly operation: "rebuild"; readonly fingerprint: string; readonly releases: ReadonlyArray<string> }
    | { readonly operation: "rollback" | "remove" },
  stages: ReadonlyArray<Pick<Status, "isInline" | "isRebuildAsked" | "problem" | "stage">>
): EventStoreError | undefined => {
  const { operation } = request
  const refuse = (problem: string) => EventStoreError.invalidRequest(`projections.${operation}`, problem)
  const rebuilding = `the rows of ${name} are being rebuilt: wait until they are served, or cancel the rebuild: eventfold projections rebuild ${shellWord(name)} --cancel`
  const discharge = `return them to a projector first: eventfold projections discharge ${shellWord(name)}`
  const at = (stage: Status["stage"]) => stages.find((one) => one.stage === stage)
  if (stages.length === 0) return unknown(`projections.${operation}`, name)
  if (request.operation === "rebuild") {
    const { fingerprint, releases } = request
    if (!releases.includes(fingerprint)) {
      return refuse(
        `no program with handlers ${JSON.stringify(fingerprint)} has ever kept rows of ${name}. Newest first, it has had: ${releases.join(", ")}`
      )
    }
    const next = at("next")
    return next !== undefined && next.problem === undefined ? refuse(rebuilding) : undefined
  }
  if (at("serving")?.isInline === true) {
    return refuse(
      request.operation === "remove"
        ? `the rows of ${name} are inline: end the programs that write them, and ${discharge}`
        : `the rows of ${name} are inline: ${discharge}`
    )
  }
  if (request.operation === "remove") return undefined
  const serving = at("serving")
  if (at("next") !== undefined || serving?.isRebuildAsked === true) return refuse(rebuilding)
  return serving === undefined || at("old") === undefined
    ? refuse(`there are no rows of ${name} to go back to: those before a rebuild are kept until they are dropped`)
    : undefined
}

/**
 * Returns the error of an append of events that an inline projection folds, if the program does not
 * write its rows as the store has them. `own` is the fingerprint of the program's handlers;
 * `undefined` if the program does not run the projection. `stored` is that of the handlers whose
 * rows are inline; `undefined` if the projection is no longer inline.
 *
 * @example
 * ```ts
 * import { StoreRefusal } from "eventfold/store"
 *
 * StoreRefusal.inline("Balances", { own: "a1b2", stored: "c3d4" }).message // the rows of Balances are written by other handlers …
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const inline = (
  name: string,
  { own, stored }: { readonly own: string | undefined; readonly stored: string | undefined }
): EventStoreError => {
  if (own === undefined) {
    return EventStoreError.storeRefused(
      `the rows of ${name} are inline, and this program does not write them`,
      `Put an InlineProjections.layer with it over the store that this program appends to, or return its rows to a projector: eventfold projections discharge ${shellWord(name)}`
    )
  }
  return stored === undefined
    ? EventStoreError.storeRefused(
        `the rows of ${name} are no longer inline: they were returned to a projector after this program was started`,
        "Restart the program, which makes the projection inline again, or leave it out of InlineProjections.layer"
      )
    : EventStoreError.storeRefused(
        `the rows of ${name} are written by other handlers (${stored}) than those of this program (${own})`,
        "Start the release that has those handlers"
      )
}
