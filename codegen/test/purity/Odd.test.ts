/** Odd ways of writing it, impure and pure: what is found at all. */
import { describe, expect, it } from "vitest"
import { body, purityOf } from "./Cart.ts"

type Snippet = readonly [handler: string, before?: string, files?: Record<string, string>]

const found = ([handler, before = "", files = {}]: Snippet): ReadonlyArray<string> =>
  purityOf({
    "cart.apply.ts": body(`Changed: (state, event) => ${handler}`, before),
    ...files
  }).diagnostics.map(({ message }) => message)

const bad: ReadonlyArray<Snippet> = [
  ["({ ...state, x: seen.size })", "const seen = new Set()\nexport const see = (x) => seen.add(x)"],
  [
    "({ ...state, x: limits.most })",
    "const limits = { most: 1 }\nexport const limit = (x) => { Object.assign(limits, x) }"
  ],
  [
    "({ ...state, x: b.now() })",
    "import { b } from './a.ts'",
    {
      "a.ts": "import { now } from './b.ts'\nexport const b = { now }\n",
      "b.ts": "import { b } from './a.ts'\nexport const now = () => b && Date.now()\n"
    }
  ],
  [
    "({ ...state, x: zero.cents })",
    "class Money { constructor(cents) { this.cents = cents } }\nconst zero = new Money(0)\nexport const set = (n) => { zero.cents = n }"
  ],
  ["({ ...state, x: event.items.map(Date.now) })"],
  [
    "({ ...state, x: new Tally(state).all() })",
    "class Tally { #of; constructor(of) { this.#of = of }\n all() { return this.#of.items.sort() } }"
  ],
  [
    "({ ...state, x: new B(state.items).all() })",
    "class A { constructor(of) { this.of = of } }\nclass B extends A { all() { return this.of.reverse() } }"
  ],
  [
    "({ ...state, x: new B(state).all() })",
    "class A { constructor(of) { this.of = of } }\nclass B extends A { constructor(s) { super(s.items) }\n all() { return this.of.reverse() } }"
  ],
  ["{ const o = { set total(n) { state.total = n } }; o.total = 1n; return state }"],
  ["{ const s = state; { const s = { ...state }; s.total = 1n } s.total = 1n; return s }"],
  ["{ state.items.toSorted().at(0).count = 1; return state }"],
  ["({ ...state, ...Object.fromEntries(Object.entries(state).map(([k, v]) => { v.count = 1; return [k, v] })) })"],
  ["({ ...state, at: event.at.toLocaleTimeString('cs', { hour12: false }) })"],
  ["({ ...state, x: fn() })", "const fn = process.hrtime.bigint"],
  ["({ ...state, x: a.b.c() })", "const a = { b: { c: Date.now } }"],
  ["({ ...state, x: await1() })", "const await1 = async () => 1"],
  ["{ const { log } = { log: (x) => { state.total = x } }; log(1n); return state }"],
  ["{ const go = (n) => { if (n > 0) { state.items.pop(); go(n - 1) } }; go(3); return state }"],
  ["{ const f = () => Date.now(); return { ...state, f: [1].map(f) } }"],
  ["({ ...state, x: [Date.now].map((f) => f()) })"],
  ["{ const o = { now() { return this.n() }, n() { return Date.now() } }; return o.now() }"],
  ["{ let s = state; while (s.first) { s.total = 1n; s = s.first } return state }"],
  ["({ ...state, items: (state.items as any).sort() })"],
  ["{ (state.items as Array<any>).push(1); return state }"],
  ["{ state.items.length = 0; return state }"],
  ["{ const { items = [] } = state; items.push(1); return state }"],
  ["{ const [a] = state.items; a.count = 1; return state }"],
  ["{ const a = state.items.at(-1)!; a.count = 1; return state }"],
  ["{ const copy = Object.assign({}, state); copy.items.push(1); return copy }"],
  ["{ const s = Object.freeze(state); s.items.push(1); return s }"],
  ["{ const all = [state.items, []]; for (const l of all) l.push(1); return state }"],
  ["{ const all = { a: state.items }; all.a.push(1); return state }"],
  ["{ const m = new Map([['a', state.items]]); m.get('a').push(1); return state }"],
  ["{ for (const [k, v] of Object.entries(state.first)) v.count = 1; return state }"],
  ["{ for (const v of Object.values(state)) v.count = 1; return state }"],
  ["{ state.items.map((x) => x).forEach((x) => x.count++); return state }"],
  ["{ state.items.concat(event.items)[0].count = 3; return state }"],
  ["{ [...state.items].sort()[0].count = 3; return state }"],
  ["Array.from(state.items, (x) => { x.count = 2; return x })"],
  ["{ state.byId.forEach((v) => { v.count = 1 }); return state }"],
  ["{ const it = state.items[Symbol.iterator](); it.next().value.count = 1; return state }"],
  ["((s) => { s.total = 1n; return s })(state)"],
  ["(function (s) { s.total = 1n; return s })(state)"],
  ["{ set.call(undefined, state); return state }", "const set = (s) => { s.total = 1n }"],
  ["{ set(...[state]); return state }", "const set = (s) => { s.total = 1n }"],
  ["{ set({ s: state }); return state }", "const set = ({ s }) => { s.total = 1n }"],
  ["{ set([state]); return state }", "const set = ([s]) => { s.total = 1n }"],
  ["{ set(1, state, event); return state }", "const set = (n, ...all) => { all[0].total = 1n }"],
  ["{ const g = set(state); g(); return state }", "const set = (s) => () => { s.total = 1n }"],
  ["{ run(() => { state.total = 1n }); return state }", "const run = (f) => f()"],
  [
    "apply2(state, event)",
    "const apply2 = (s, e) => { if (e.count > 0) { s.total = 1n; return s } return apply2(s, e) }"
  ],
  ["({ ...state, x: cmp(event.sku) })", "const cmp = (a) => collator(a)\nconst collator = new Intl.Collator().compare"],
  ["({ ...state, x: now })", "export const now = new Date().toISOString()"],
  ["({ ...state, x: id })", "import { randomUUID } from 'node:crypto'\nconst id = randomUUID()"],
  ["({ ...state, x: cfg.limit })", "const cfg = { limit: process.env.LIMIT, other: 1 }"],
  ["({ ...state, x: cfg().limit })", "function cfg() { return { limit: process.env.LIMIT } }"],
  ["{ counter.next(); return state }", "const counter = { n: 0, next() { return this.n++ } }"],
  ["{ memo(event.sku); return state }", "const memo = ((cache) => (k) => { cache[k] = 1 })({})"],
  [
    "{ memo(event.sku); return state }",
    "const cached = (f) => { const c = new Map(); return (k) => { if (!c.has(k)) c.set(k, f(k)); return c.get(k) } }\nconst memo = cached((x) => x)"
  ],
  ["{ add(event); return state }", "const xs = []\nexport function add(x) { xs.push(x) }"],
  [
    "{ store.add(event); return state }",
    "import { store } from './s.ts'",
    { "s.ts": "class Store { items = []\n add(x) { this.items.push(x) } }\nexport const store = new Store()\n" }
  ],
  ["{ def.n++; return state }", "import def from './s.ts'", { "s.ts": "export default { n: 0 }\n" }],
  ["{ S.def.n++; return state }", "import * as S from './s.ts'", { "s.ts": "export const def = { n: 0 }\n" }],
  ["({ ...state, x: pick(true)() })", "const pick = (b) => b ? Date.now : () => 1"],
  ["({ ...state, x: (event.count > 0 ? Math.random : () => 1)() })"],
  ["({ ...state, x: Math.random.call(Math) })"],
  ["({ ...state, x: (0, Date.now)() })"],
  ["({ ...state, x: Date?.now?.() })"],
  ["({ ...state, x: clock.now() })", "const clock = { now: Date.now }"],
  ["({ ...state, x: clock.now() })", "const clock = Date"],
  ["({ ...state, x: clock.now() })", "const clock = { ...Date }"],
  ["({ ...state, x: Reflect.get(Date, 'now')() })"],
  ["({ ...state, x: structuredClone(new Date()) })"],
  ["({ ...state, at: DateTime.toDate(DateTime.nowUnsafe()) })", "import { DateTime } from 'effect'"],
  [
    "Effect.runSync(Effect.gen(function* () { const n = yield* DateTime.now; return { ...state, n } }))",
    "import { DateTime, Effect } from 'effect'"
  ],
  [
    "({ ...state, x: helper(state) })",
    "import { helper } from './h.ts'",
    {
      "h.ts":
        "export const helper = (s) => { for (const i of s.items) reset(i); return 1 }\nconst reset = (i) => { i.count = 0 }\n"
    }
  ],
  ["({ ...state, x: Object.keys(state.items).sort(Intl.Collator().compare) })"],
  ["({ ...state, x: ['a'].sort((a, b) => a.localeCompare(b)) })"],
  ["({ ...state, x: event.sku.normalize().localeCompare(event.sku) })"],
  ["({ ...state, x: new Intl.ListFormat(undefined, {}).format([]) })"],
  ["({ ...state, x: Temporal.Now.plainDateISO() })"],
  ["{ class A { static n = 0 }; A.n++; return { ...state, at: new Date } }"],
  ["{ try { throw 1 } catch { state.total = 1n } return state }"],
  ["{ label: for (const x of state.items) { x.count = 1; continue label } return state }"],
  ["{ if (event.a) { if (event.b) { return state } else { state.total = 1n } } return state }"],
  ["{ switch (event.sku) { case 'a': state.total = 1n } return state }"],
  ["{ const next = { ...state }; const same = next; same.items.push(1); return next }"],
  ["{ const { ...copy } = state; copy.items.push(1); return copy }"],
  ["{ const items = state.items.slice(); items[0].tags.push('a'); return { ...state, items } }"],
  ["{ state.items.find((x) => x.sku === event.sku)!.count++; return state }"],
  ["{ const i = state.items.indexOf(event.first); state.items[i] = event.first; return state }"],
  ["{ state.items?.push(1); return state }"],
  ["{ state['items']['push'](1); return state }"],
  ["{ state.total ??= 1n; return state }"],
  ["{ ({ total: state.total } = event); return state }"],
  ["{ for (state.total of [1n]) ; return state }"],
  ["{ Object.assign(state.first, event.first); return state }"],
  ["{ Arr.forEach(state.items, (x) => { x.count = 1 }); return state }", "import { Array as Arr } from 'effect'"],
  ["{ MutableHashMap.set(state.unknown, 'a', 1); return state }", "import { MutableHashMap } from 'effect'"],
  [
    "{ sort(state.items); return state }",
    "import { sort } from './h.ts'",
    {
      "h.ts": "export { bubble as sort } from './b.ts'\n",
      "b.ts":
        "export function bubble(xs) { for (let i = 0; i < xs.length; i++) { const t = xs[i]; xs[i] = xs[0]; xs[0] = t } }\n"
    }
  ]
]
const good: ReadonlyArray<Snippet> = [
  [
    "{ const by = new Map(); for (const one of event.unknown) { const { names } = by.get(one.key) ?? { names: new Map() }; names.set(one.name, 1); by.set(one.key, { names }) } return { ...state, by } }"
  ],
  [
    "({ ...state, x: zero.cents, y: plus(1) })",
    "class Money { constructor(cents) { this.cents = cents }\n add(n) { return new Money(this.cents + n) } }\nconst zero = new Money(0)\nconst plus = (n) => zero.add(n).cents"
  ],
  [
    "({ ...state, x: a })",
    "import { a } from './a.ts'",
    {
      "a.ts": "import { b } from './b.ts'\nexport const a = () => b\nexport const c = 1\n",
      "b.ts": "import { c, a } from './a.ts'\nexport const b = { c, a }\n"
    }
  ],
  [
    "{ const next = [...state.items]; next[0] = { ...next[0], count: 1 }; next.sort((a, b) => a.count - b.count); return { ...state, items: next } }"
  ],
  ["{ const next = { ...state, first: { ...state.first } }; next.first.count++; return next }"],
  [
    "{ const by: Record<string, Array<number>> = {}; for (const i of state.items) (by[i.sku] ??= []).push(i.count); return { ...state, by } }"
  ],
  [
    "{ const groups = new Map<string, Array<number>>(); for (const i of state.items) { const l = groups.get(i.sku); if (l) l.push(i.count); else groups.set(i.sku, [i.count]) } return { ...state, by: groups } }"
  ],
  [
    "{ const acc = { items: [] as Array<any>, n: 0 }; state.items.forEach((i) => { acc.items.push(i); acc.n += 1 }); return { ...state, ...acc } }"
  ],
  [
    "{ const copy = [...state.items]; const i = copy.findIndex((x) => x.sku === event.sku); if (i >= 0) copy.splice(i, 1); return { ...state, items: copy } }"
  ],
  [
    "{ const stack = [state.first]; const out = []; while (stack.length > 0) { const x = stack.pop(); out.push(x.sku); if (x.next) stack.push(x.next) } return { ...state, out } }"
  ],
  [
    "{ const q = state.items.map((i) => ({ ...i, tags: [...i.tags] })); q[0].tags.push('x'); q.forEach((i) => { i.count = 0 }); return { ...state, items: q } }"
  ],
  [
    "{ const build = () => { const l = []; l.push(1); return l }; const x = build(); x.push(2); return { ...state, x } }"
  ],
  [
    "({ ...state, ...withDefaults({ a: 1 }) })",
    "const defaults = { a: 0, b: 1 }\nconst withDefaults = (o) => ({ ...defaults, ...o })"
  ],
  [
    "{ const o = { ...defaults }; o.a = 2; o.list = []; o.list.push(1); return { ...state, o } }",
    "const defaults = { a: 0, list: [1] }"
  ],
  ["{ const o = [...base]; o.push(2); return { ...state, o } }", "const base = [1]"],
  ["{ const o = structuredClone(base); o.x.push(2); return { ...state, o } }", "const base = { x: [1] }"],
  [
    "{ let row = state ?? empty; row = { ...row, total: 1n }; row.total = 2n; return row }",
    "const empty = { total: 0n }"
  ],
  [
    "{ const b = new Builder(); b.with(event.first).with(event.first); return b.build() }",
    "class Builder { parts = []\n with(p) { this.parts.push(p); return this }\n build() { return { parts: this.parts } } }"
  ],
  [
    "{ const s = new Set<string>(state.seen); for (const t of event.first.tags) s.add(t); s.delete('a'); s.clear(); return { ...state, seen: s } }"
  ],
  [
    "{ const m = new Map([...state.byId].map(([k, v]) => [k, { ...v }])); const v = m.get(event.sku); if (v) v.count = 1; m.set('a', event.first); return { ...state, byId: m } }"
  ],
  ["{ const text = []; text.push('a'); text.sort(); text.reverse(); return { ...state, text: text.join() } }"],
  ["{ const d = new Date(event.at.getTime()); d.setUTCDate(d.getUTCDate() + 1); return { ...state, at: d } }"],
  [
    "({ ...state, day: event.at.toISOString().slice(0, 10), j: JSON.stringify(event.at), n: +event.at, m: event.at.valueOf() })"
  ],
  ["({ ...state, x: `${event.count}:${event.sku}` + event.at.getTime() + state.total })"],
  ["({ ...state, x: Math.floor(event.count / 3), y: Number.parseInt(event.sku, 10), z: BigInt(event.sku) })"],
  [
    "{ const copy = { ...state }; for (const k of Object.keys(copy)) if (k.startsWith('_')) delete copy[k]; return copy }"
  ],
  [
    "{ const sums = state.items.reduce((a, i) => { a.n += i.count; a.l.push(i); return a }, { n: 0, l: [] }); return { ...state, ...sums } }"
  ],
  ["{ const m = state.items.reduce((a, i) => a.set(i.sku, i), new Map()); return { ...state, m } }"],
  ["({ ...state, x: items.filter((i) => i.ok).map((i) => i.name) })", "const items = [{ ok: true, name: 'a' }]"],
  ["({ ...state, x: Kind.A })", "enum Kind { A = 'a' }"],
  ["{ function inner(n) { return n <= 1 ? 1 : n * inner(n - 1) } return { ...state, x: inner(3) } }"],
  ["{ const f = curry(1)(2); return { ...state, f } }", "const curry = (a) => (b) => a + b"],
  [
    "({ ...state, x: compose(inc, inc)(1) })",
    "const compose = (...fs) => (x) => fs.reduce((a, f) => f(a), x)\nconst inc = (n) => n + 1"
  ],
  [
    "{ const e = new ShopError('x'); if (event.count < 0) throw e; return state }",
    "class ShopError extends Error { constructor(m) { super(m); this.name = 'ShopError' } }"
  ],
  [
    "({ ...state, x: Option.fromNullishOr(state.first).pipe(Option.filter((x) => x.count > 0), Option.match({ onNone: () => 0, onSome: ({ count }) => count })) })",
    "import { Option } from 'effect'"
  ],
  ["Effect.runX", "const Effect = { runX: 1 }"],
  [
    "({ ...state, l: Arr.groupBy(state.items, (i) => i.sku), m: Arr.sortBy(Order.mapInput(Order.String, (i) => i.sku))(state.items) })",
    "import { Array as Arr, Order } from 'effect'"
  ],
  [
    "({ ...state, price: state.price.with({ cents: 1 }) })",
    "",
    {
      "price.ts":
        "export class Price { with(x) { const c = Object.assign(Object.create(Price.prototype), this, x); return c } }"
    }
  ],
  [
    "({ ...state, x: xs.includes(event.sku), y: new Set(xs).has('a'), z: Object.hasOwn(table, event.sku) ? table[event.sku] : 0 })",
    "const xs = ['a'] as const\nconst table = { a: 1 } as const"
  ],
  ["{ using(event); return state }", "const using = (e) => { const local = []; local.push(e); return local.length }"],
  ["{ const c = [...state.items]; [c[0], c[1]] = [c[1], c[0]]; c.length = 1; return { ...state, c } }"],
  [
    "({ ...state, x: sorted(state.items) })",
    "const sorted = (xs) => { const c = xs.slice(); c.sort((a, b) => (a.sku < b.sku ? -1 : a.sku > b.sku ? 1 : 0)); return c }"
  ],
  [
    "{ const draft = clone(state); draft.items.push(event.first); draft.first.tags.push('a'); return draft }",
    "const clone = (s) => ({ ...s, items: s.items.map((i) => ({ ...i })), first: { ...s.first, tags: [...s.first.tags] } })"
  ],
  ["{ let i = 0; const next = { ...state, ids: state.items.map(() => i++) }; return next }"],
  ["{ const p = new Proxy({}, {}); return { ...state, p } }"],
  [
    "({ ...state, x: new Intl.DateTimeFormat('cs', { ...opts, month: 'long' }).format(event.at) })",
    "const opts = { timeZone: 'UTC' }"
  ],
  [
    "{ const { add } = Money; return { ...state, total: add(state.total, event.total) } }",
    "import * as Money from './m.ts'",
    { "m.ts": "export const add = (a, b) => a + b\nexport const now = () => Date.now()\n" }
  ],
  [
    "{ const state2 = { ...state }; const handle = (k) => { state2[k] = 1 }; handle('a'); ['b'].forEach(handle); return state2 }"
  ]
]

describe("something is found in", () => {
  it.each(bad.map((one) => [one[0], one] as const))("%s", (_, one) => {
    expect(found(one)).not.toEqual([])
  })
})

describe("nothing is found in", () => {
  it.each(good.map((one) => [one[0], one] as const))("%s", (_, one) => {
    expect(found(one)).toEqual([])
  })
})

it("files that are cut off anywhere are read as far as they go", () => {
  for (const [i, [handler, before = ""]] of [...bad, ...good].entries()) {
    const text = body(`Changed: (state, event) => ${handler}`, before)
    const at = text.length - 6 - ((i * 37) % Math.floor(text.length / 2))
    expect(() => purityOf({ "cart.apply.ts": text.slice(0, at) })).not.toThrow()
  }
})

it("handlers that are methods of a class, or made by a function, are read as well", () => {
  const head = 'import { Cart } from "./generated/cart.ts"\nimport { memoize } from "lodash-es"\n'
  const ways = [
    "class Handlers { Changed(state) { state.total = 1n; return state } }\nexport const apply = Cart.apply(new Handlers())",
    "const logged = (f) => (state, event) => f(state, event)\nexport const apply = Cart.apply({ Changed: logged((state) => { state.total = 1n; return state }) })",
    "export const apply = Cart.apply({ Changed: memoize((state) => { state.total = 1n; return state }) })",
    "const all = () => ({ Changed: (state) => { state.total = 1n; return state } })\nexport const apply = Cart.apply(all())",
    "const handlers = { Changed(state) { state.total = 1n; return state } } as const\nexport const apply = Cart.apply(handlers satisfies object)"
  ]
  for (const way of ways) {
    const { diagnostics } = purityOf({ "cart.apply.ts": head + way })
    expect(diagnostics.map(({ code, message }) => [way, code, message])).toEqual([
      [way, "EF0204", expect.stringMatching(/^Cart\.apply Changed changes state.*\.total, which it was given$/)]
    ])
  }
})
