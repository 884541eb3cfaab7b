/** Typical handlers, without findings. */
import type { Files } from "./Cart.ts"

export interface Good {
  /** The handler; or what is returned by `(state, event) => …`. */
  readonly handler: string
  /** Code above it. */
  readonly before?: string
  readonly files?: Files
}

const good = (handler: string, before?: string, files?: Files): Good => ({
  handler,
  ...(before === undefined ? {} : { before }),
  ...(files === undefined ? {} : { files })
})
const effect = (names: string) => `import { ${names} } from "effect"`

export const corpus: Readonly<Record<string, Good>> = {
  "a spread": good("({ ...state, total: state.total + event.total })"),
  "a list that is longer": good("({ ...state, items: [...state.items, event.first] })"),
  "a nested copy": good("({ ...state, first: { ...state.first, count: state.first.count + 1 } })"),
  "sort of a copy": good("({ ...state, items: [...state.items].sort((a, b) => a.count - b.count) })"),
  "sort of a slice": good("({ ...state, items: state.items.slice().sort() })"),
  "reverse of what filter gives": good("({ ...state, items: state.items.filter((one) => one.count > 0).reverse() })"),
  toSorted: good(
    "({ ...state, items: state.items.toSorted((a, b) => (a.sku < b.sku ? -1 : 1)), rest: state.items.toSpliced(0, 1), last: state.items.with(0, event.first) })"
  ),
  "push to what map gives": good(
    "{ const items = state.items.map((one) => ({ ...one })); items.push(event.first); return { ...state, items } }"
  ),
  "elements of a copy of each": good(
    "{ const items = state.items.map((one) => ({ ...one })); for (const item of items) item.count = 0; return { ...state, items } }"
  ),
  "a list of its own": good(
    "{ const lines = []; for (const item of event.items) lines.push(item.sku); return { ...state, lines } }"
  ),
  "a sum of its own": good(
    "{ let sum = 0; for (const { count } of state.items) sum += count; return { ...state, sum } }"
  ),
  "reduce to a number": good("({ ...state, n: state.items.reduce((sum, { count }) => sum + count, 0) })"),
  "reduce to a list of its own": good(
    "({ ...state, skus: state.items.reduce((all, { sku }) => { all.push(sku); return all }, []) })"
  ),
  "reduce to an object of its own": good(
    "({ ...state, by: state.items.reduce((all, { count, sku }) => { all[sku] = count; return all }, {}) })"
  ),
  "a map of its own": good(
    "{ const by = new Map(state.byId); by.set(event.sku, event.first); by.delete('x'); return { ...state, byId: by } }"
  ),
  "a set of its own": good("({ ...state, seen: new Set(state.seen).add(event.sku) })"),
  "a map that is filled from nothing": good(
    "{ const by = new Map(); for (const item of state.items) by.set(item.sku, item); return { ...state, byId: by } }"
  ),
  structuredClone: good(
    "{ const next = structuredClone(state); next.items.push(event.first); next.first.count++; return next }"
  ),
  "JSON there and back": good("{ const next = JSON.parse(JSON.stringify(state)); next.items.push(1); return next }"),
  "a copy whose list is replaced": good(
    "{ const next = { ...state }; next.items = [...state.items]; next.items.push(event.first); next.total = 1n; return next }"
  ),
  "a copy on one way": good(
    "{ let next = state; if (event.count > 0) { next = { ...state }; next.total = 1n } return next }"
  ),
  "a copy if there is a row": good(
    "Changed: (row, event) => { const next = row && { ...row }; if (next === undefined) return undefined; next.total = event.total; return next }"
  ),
  "Object.assign to an object of its own": good("Object.assign({}, state, { total: event.total })"),
  "Object.fromEntries": good(
    "({ ...state, by: Object.fromEntries(state.items.map((one) => [one.sku, one])), all: Object.entries(state.first).length })"
  ),
  "a field left out": good("Changed: ({ note, ...state }) => state"),
  "a field deleted from a copy": good("{ const next = { ...state }; delete next.note; return next }"),
  "a parameter that is given another value": good(
    "Changed: (state, event) => { state = { ...state, total: event.total }; return state }"
  ),
  "a parameter that is copied": good(
    "{ let items = state.items; items = [...items, event.first]; items.push(event.first); return { ...state, items } }"
  ),
  "what is returned early": good(
    "{ if (event.count === 0) return state; const next = { ...state, items: [] }; next.items.push(event.first); return next }"
  ),
  "dates that are given": good(
    '({ ...state, iso: event.at.toISOString(), hour: event.at.getUTCHours(), next: new Date(event.at.getTime() + 1000), noon: new Date("2020-01-01T12:00:00Z"), day: new Date("2020-01-01"), all: Date.UTC(2020, 1, 1) })'
  ),
  "a date of its own that is set": good(
    "{ const at = new Date(event.at); at.setUTCHours(0); return { ...state, at } }"
  ),
  "instanceof Date": good("({ ...state, is: event.at instanceof Date, type: typeof Date })"),
  "a variable named Date": good("{ const Date = { now: () => 1 }; return { ...state, at: Date.now() } }"),
  "a parameter named process": good("({ ...state, x: state.items.map((process) => process.env) })"),
  "a file's own crypto": good(
    "({ ...state, x: crypto.randomUUID(event.sku) })",
    "const crypto = { randomUUID: (of) => of }"
  ),
  "types alone": good(
    "Changed: (state: CartState, event: { at: Date; p: Promise<void> }): CartState => state as typeof Date extends never ? never : CartState",
    "import type { Clock } from 'effect'\ntype Now = ReturnType<typeof Date.now>\ninterface A { readonly env: typeof process.env; readonly c: Clock.Clock }"
  ),
  "Math and numbers": good(
    "({ ...state, n: Math.max(1, Number(event.sku), Math.round(event.count)), text: event.count.toString(), fixed: event.count.toFixed(2) })"
  ),
  texts: good(
    "({ ...state, sku: event.sku.trim().toUpperCase().padStart(3, '0').replace(/x/g, (all) => all + 'y').split('').reverse().join('') })"
  ),
  "locale by name": good(
    '({ ...state, order: event.sku.localeCompare("b", "cs"), up: event.sku.toLocaleUpperCase("tr"), text: new Intl.NumberFormat("en-US").format(event.count) })'
  ),
  "a collator by name, at the top": good(
    "({ ...state, items: state.items.toSorted((a, b) => collator.compare(a.sku, b.sku)) })",
    'const collator = new Intl.Collator("cs")'
  ),
  "a date format with zone": good(
    "({ ...state, text: format.format(event.at) })",
    'const options = { timeZone: "UTC", month: "long" } as const\nconst format = new Intl.DateTimeFormat("cs", options)'
  ),
  "a table of the file": good(
    "({ ...state, rate: rates[event.sku] ?? 0, kind: kinds.get(event.sku), first: list[0] })",
    "const rates = { a: 1 }\nconst kinds = new Map([['a', 1]])\nconst list = [1]"
  ),
  "a table that is filled on loading": good(
    "({ ...state, rate: rates.get(event.sku) })",
    "const rates = new Map()\nfor (const [i, name] of ['a', 'b'].entries()) rates.set(name, i)\nrates.set('c', 3)"
  ),
  "a pattern of the file": good(
    "({ ...state, is: /x/g.test(event.sku) || word.test(event.sku) })",
    "const word = /^x+$/i"
  ),
  "a helper": good("({ ...state, total: add(state.total, event.total) })", "const add = (a, b) => a + b"),
  "helpers in other files": good(
    "({ ...state, total: Money.add(state.total, of(event)) })",
    'import * as Money from "./money.ts"\nimport of from "./of.ts"',
    {
      "money.ts": 'export * from "./sums.ts"\nexport const now = () => Date.now()\n',
      "sums.ts": "export const add = (a, b) => a + b\n",
      "of.ts": "export default function (event) { return event.total }\n"
    }
  ),
  "only what is pure of an object": good(
    "({ ...state, n: helpers.double(event.count) })",
    "const helpers = { double: (n) => n * 2, now: () => Date.now(), random: Math.random }"
  ),
  "only what is pure of a class": good(
    "({ ...state, n: Sum.of(event.count) })",
    "class Sum { static of(n) { return n } static now() { return Date.now() } }"
  ),
  "what is not called": good(
    "({ ...state, n: pure(event.count) })",
    "const pure = (n) => n\nconst never = () => Date.now()"
  ),
  "a class of its own": good(
    "{ const tally = new Tally(); for (const item of state.items) tally.add(item); return { ...state, n: tally.sum, items: tally.items } }",
    "class Tally {\n  sum = 0\n  items = []\n  #last\n  add(item) { this.sum += item.count; this.items.push(item); this.#last = item; return this }\n}"
  ),
  recursion: good(
    "({ ...state, n: depth(state.first), flat: flatten(state.items, []) })",
    "const depth = (node) => (node.next ? 1 + depth(node.next) : 0)\nfunction flatten(items, into) {\n  if (items.length === 0) return into\n  return flatten(items.slice(1), [...into, items[0]])\n}"
  ),
  "a helper that fills what is its own": good(
    "{ const lines = []; fill(lines, state.items); return { ...state, lines } }",
    "const fill = (to, from) => { for (const one of from) to.push(one) }"
  ),
  "a closure": good(
    "{ let n = 0; const next = () => { n += 1; return n }; return { ...state, ids: state.items.map(() => next()) } }"
  ),
  "a generator of its own": good(
    "({ ...state, ids: [...ids(3)] })",
    "function* ids(n) { for (let i = 0; i < n; i++) yield i }"
  ),
  "a function that makes functions": good(
    "({ ...state, items: state.items.filter(over(event.count)) })",
    "const over = (n) => (item) => item.count > n"
  ),
  "a switch": good(
    "{ switch (event.sku) { case 'a': { const next = { ...state }; next.total = 0n; return next } case 'b': return state; default: throw new Error('unknown ' + event.sku) } }"
  ),
  loops: good(
    "{ const seen = {}; for (let i = 0; i < state.items.length; i++) { if (i > 3) break; seen[i] = i } let n = 3; while (n > 0) n--; do { n++ } while (n < 2); return { ...state, seen } }"
  ),
  groups: good(
    "{ const by = Object.groupBy(state.items, (one) => one.sku); const all = new Map(); for (const one of state.items) { const list = all.get(one.sku) ?? []; list.push(one); all.set(one.sku, list) } return { ...state, by, all } }"
  ),
  "a swap": good(
    "{ const items = [...state.items]; [items[0], items[1]] = [items[1], items[0]]; return { ...state, items } }"
  ),
  "a method that adds": good("({ ...state, price: state.price.add(event.price), other: event.unknown.add(1) })", "", {
    "price.ts":
      "export class Price {\n  constructor(cents) { this.cents = cents }\n  add(other) { return new Price(this.cents + other.cents) }\n}\n"
  }),
  "Effect's Array": good(
    "({ ...state, items: Arr.append(state.items, event.first), heads: pipe(state.items, Arr.map((one) => one.sku), Arr.sort(Order.String), Arr.take(2)) })",
    effect("Array as Arr, Order, pipe")
  ),
  "Effect's Array, reduced": good(
    "({ ...state, by: Arr.reduce(state.items, {}, (all, one) => { all[one.sku] = one; return all }), n: pipe(state.items, Arr.reduce([], (all, one) => { all.push(one); return all })) })",
    effect("Array as Arr, pipe")
  ),
  "a copy by Effect's Array": good(
    "{ const items = Arr.copy(state.items); items.push(event.first); return { ...state, items } }",
    effect("Array as Arr")
  ),
  "Effect's Option": good(
    "({ ...state, note: Option.some(event.first), n: Option.match(state.note, { onNone: () => 0, onSome: (one) => one.count }), or: Option.getOrElse(state.note, () => event.first), is: state.note.pipe(Option.map((one) => one.count + 1), Option.isSome) })",
    effect("Option")
  ),
  "Effect's HashMap": good(
    "({ ...state, by: HashMap.set(state.by, event.sku, event.first), n: HashMap.size(HashMap.remove(state.by, event.sku)), set: HashSet.add(state.set, event.sku) })",
    effect("HashMap, HashSet")
  ),
  "Effect's Chunk, Record, Struct, String": good(
    "({ ...state, all: Chunk.append(state.all, event.first), by: Record.map(state.by, (n) => n + 1), one: Struct.omit(state.first, ['tags']), text: String.capitalize(event.sku) })",
    effect("Chunk, Record, String, Struct")
  ),
  "Effect's BigDecimal and Duration": good(
    "({ ...state, total: BigDecimal.sum(state.total, event.total), long: Duration.toMillis(Duration.minutes(event.count)) })",
    effect("BigDecimal, Duration")
  ),
  "DateTime with what it is given": good(
    "({ ...state, iso: DateTime.formatIso(event.occurred), next: DateTime.add(event.occurred, { days: 1 }), parts: DateTime.toPartsUtc(event.occurred), at: DateTime.makeUnsafe(event.count), text: DateTime.format(event.occurred, { locale: 'cs', timeZone: 'UTC' }) })",
    effect("DateTime")
  ),
  Match: good(
    "({ ...state, n: Match.value(event).pipe(Match.when({ sku: 'a' }, () => 1), Match.orElse((other) => other.count)) })",
    effect("Match")
  ),
  flow: good(
    "({ ...state, n: double(event.count) })",
    `${effect("flow")}\nconst double = flow((n) => n * 2, (n) => n + 1)`
  ),
  "a schema's constructor": good(
    "({ ...state, sku: Sku.make(event.sku) })",
    `${effect("Schema")}\nconst Sku = Schema.String.check(Schema.makeFilter((text) => text.length > 0)).pipe(Schema.brand("Sku"))`
  ),
  "Decider.id": good(
    "({ ...state, id: Decider.id(event, 'x'), hash: createHash('sha256').update(event.sku).digest('hex') })",
    'import { Decider } from "eventfold"\nimport { createHash } from "node:crypto"\nimport { join } from "node:path"'
  ),
  immer: good(
    "produce(state, (draft) => { draft.items.push(event.first); draft.total = 1n })",
    'import { produce } from "immer"'
  ),
  "optional chains and fallbacks": good(
    "({ ...state, n: state.note?.value?.count ?? event.first?.tags?.[0] ?? 0, is: !!(state.first && event.first || state.items) })"
  ),
  "try and catch": good(
    "{ try { return { ...state, x: JSON.parse(event.sku) } } catch (error) { return { ...state, x: String(error) } } finally { void 0 } }"
  ),
  "an invariant that throws": good(
    "{ if (event.count < 0) throw new RangeError(`below zero: ${event.count}`); return state }"
  ),
  "methods of the object": good("Changed(state, event) { return { ...state, total: event.total } }"),
  "a computed name": good("({ ...state, [event.sku]: event.count })"),
  tuples: good(
    "{ const [[first, second], rest] = [[state.items[0], event.first], [...state.items]]; rest.push(first, second); return { ...state, items: rest } }"
  ),
  "an enum-like table with computed keys": good(
    "({ ...state, kind: kinds[`${event.sku}`] })",
    "const names = { a: 'A' } as const\nconst kinds = { [names.a]: 1, b: 2 }"
  ),
  "typed arrays of its own": good(
    "{ const bytes = new Uint8Array(4); bytes.set([1, 2]); bytes.fill(0); bytes[0] = 1; return { ...state, bytes } }"
  ),
  "console is let through": good("{ console.log(event.sku); return state }"),
  "globalThis for what computes": good(
    "({ ...state, n: globalThis.Math.max(1, 2), text: globalThis.String(event.count) })"
  ),
  var: good("{ for (var i = 0; i < 3; i++) { var last = i } return { ...state, i, last } }")
}
