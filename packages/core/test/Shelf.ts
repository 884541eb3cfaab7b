/**
 * Aggregate for tests whose state has lists, maps and dates: values that a caller can change in
 * place.
 */
import { Schema } from "effect"
import { Aggregate, Repository } from "eventfold"
import { StoredForm } from "eventfold/generated"

const ItemSchema = Schema.Struct({ name: Schema.String, tags: Schema.Array(Schema.String) })
const Items = Schema.Array(ItemSchema)

/** List of at most three things; the error that refuses a fourth shows them. */
const Shelf = Aggregate.make("Shelf", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({ items: Items, seen: Schema.Date, counts: Schema.ReadonlyMap(Schema.String, Schema.Int) }),
  initial: { items: [], seen: new Date(0), counts: new Map() },
  events: { ItemPut: { item: ItemSchema } },
  errors: { ShelfFull: { items: Items } },
  commands: { Put: { payload: { item: ItemSchema }, emits: ["ItemPut"], fails: ["ShelfFull"] } }
})

export type Item = typeof ItemSchema.Type
export type State = typeof Shelf.state.Type
type ItemPut = typeof Shelf.event.Type
type Put = typeof Shelf.command.Type
export type ShelfFull = typeof Shelf.errors.ShelfFull.Type

const apply = ({ counts, items, seen }: State, { item }: ItemPut): State => ({
  items: [...items, item],
  seen,
  counts: new Map([...counts, [item.name, 1]])
})

/** Makes a new service, with its own cache if one is provided. */
export const makeShelves = Repository.make<string, State, Put, ItemPut, { readonly Put: ShelfFull }>({
  name: Shelf.name,
  id: Shelf.id,
  fold: {
    initial: Shelf.initial,
    apply,
    run: (state, events) => events.reduce(apply, state),
    fingerprint: "shelf"
  },
  decide: ({ items }, { item }) => (items.length >= 3 ? { _tag: "ShelfFull", items } : [{ _tag: "ItemPut", item }]),
  codec: { events: StoredForm.events<ItemPut>(Shelf.event), state: StoredForm.codec(Shelf.state) },
  command: Shelf.command,
  invariants: Shelf.invariants
})

export const put = (name: string, ...tags: ReadonlyArray<string>): Put => ({ _tag: "Put", item: { name, tags } })

/** A change that the compiler refuses, and a caller can still make. */
interface Changeable {
  items: Array<{ name: string; tags: Array<string> }>
  readonly seen: Date
  readonly counts: Map<string, number>
}

/** Changes every part of a state in place. */
export const spoil = (state: State): void => {
  const { counts, items, seen } = state as Changeable
  for (const item of items) item.tags.push("spoilt")
  items.length = 0
  seen.setTime(1)
  counts.clear()
}
