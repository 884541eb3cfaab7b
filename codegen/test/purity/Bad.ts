/**
 * Handlers that are not pure, each with what has to be found: the place is marked with «, right
 * before it.
 */
import type { Files } from "./Cart.ts"

export interface Bad {
  readonly code: "EF0201" | "EF0202" | "EF0203" | "EF0204" | "EF0205"
  /** The handler; or what is returned by `(state, event) => …`. */
  readonly handler: string
  /** Code above it. */
  readonly before?: string
  readonly files?: Files
  /** The touched thing, as the message names it. */
  readonly says?: string
  /** Calls and reads on the way. */
  readonly path?: ReadonlyArray<string>
}

const outside = (handler: string, says: string, more: Partial<Bad> = {}): Bad => ({
  code: "EF0201",
  handler,
  says,
  ...more
})
const locale = (handler: string, says: string, more: Partial<Bad> = {}): Bad => ({
  code: "EF0202",
  handler,
  says,
  ...more
})
const later = (handler: string, says: string, more: Partial<Bad> = {}): Bad => ({
  code: "EF0203",
  handler,
  says,
  ...more
})
const given = (handler: string, says: string, more: Partial<Bad> = {}): Bad => ({
  code: "EF0204",
  handler,
  says,
  ...more
})
const kept = (handler: string, says: string, more: Partial<Bad> = {}): Bad => ({
  code: "EF0205",
  handler,
  says,
  ...more
})

const world: Readonly<Record<string, Bad>> = {
  "Date.now()": outside("({ ...state, at: «Date.now() })", "the clock (Date.now)"),
  "new Date()": outside("({ ...state, at: «new Date() })", "the clock (new Date)"),
  "Date() as a function": outside("({ ...state, at: «Date() })", "the clock (Date)"),
  "the clock in a default": outside("Changed: (state, event, now = «Date.now()) => ({ ...state, now })", "Date.now"),
  "an alias in the handler": outside("{ const now = «Date.now; return { ...state, at: now() } }", "Date.now"),
  "an alias at the top": outside("({ ...state, at: now() })", "Date.now", {
    before: "const now = «Date.now",
    path: ["reads now"]
  }),
  "globalThis.Date": outside("({ ...state, at: «globalThis.Date.now() })", "the clock (Date.now)"),
  "new globalThis.Date()": outside("({ ...state, at: «new globalThis.Date() })", "new Date"),
  "Date by another name": outside("{ const D = Date; return { ...state, at: «new D() } }", "new Date"),
  'Date["now"]': outside('({ ...state, at: «Date["now"]() })', "Date.now"),
  "a date's constructor": outside("({ ...state, at: «new (new Date(0).constructor)() })", "new Date"),
  "the constructor of a date that is given": outside("({ ...state, at: «new (event.at.constructor)() })", "new Date"),
  "Date.prototype.constructor": outside("({ ...state, at: «new Date.prototype.constructor() })", "new Date"),
  "a constructor that may be a date's": outside(
    "({ ...state, at: «new (event.unknown.constructor)() })",
    "may be Date"
  ),
  "Reflect.construct(Date, [])": outside("({ ...state, at: «Reflect.construct(Date, []) })", "new Date"),
  "Reflect.apply(Date.now)": outside("({ ...state, at: Reflect.apply(«Date.now, undefined, []) })", "Date.now"),
  "a subclass of Date": outside("({ ...state, at: «new (class extends Date {})() })", "new Date"),
  "performance.now()": outside("({ ...state, at: «performance.now() })", "performance.now"),
  "performance taken apart": outside(
    "{ const { «now } = performance; return { ...state, at: now() } }",
    "performance.now"
  ),
  "performance.timeOrigin": outside("({ ...state, at: «performance.timeOrigin })", "performance.timeOrigin"),
  "Temporal.Now": outside("({ ...state, at: «Temporal.Now.instant() })", "Temporal.Now.instant"),
  "process.hrtime.bigint()": outside("({ ...state, at: «process.hrtime.bigint() })", "process.hrtime.bigint"),
  "node:perf_hooks": outside("({ ...state, at: «performance.now() })", "performance.now", {
    before: 'import { performance } from "node:perf_hooks"'
  }),
  "Effect's Clock": outside("({ ...state, at: Effect.succeed(«Clock.currentTimeMillis) })", "Clock.currentTimeMillis", {
    before: 'import { Clock, Effect } from "effect"'
  }),
  "DateTime.nowUnsafe": outside("({ ...state, at: «DateTime.nowUnsafe() })", "DateTime.nowUnsafe", {
    before: 'import { DateTime } from "effect"'
  }),
  "DateTime of its own module": outside("({ ...state, at: «Time.nowUnsafe() })", "DateTime.nowUnsafe", {
    before: 'import * as Time from "effect/DateTime"'
  }),
  "a function of DateTime by name": outside(
    "({ ...state, late: «isPastUnsafe(event.occurred) })",
    "DateTime.isPastUnsafe",
    { before: 'import { isPastUnsafe } from "effect/DateTime"' }
  ),
  "Math.random()": outside("({ ...state, id: «Math.random() })", "randomness (Math.random)"),
  "random taken out of Math": outside("{ const { «random } = Math; return { ...state, id: random() } }", "Math.random"),
  "random taken out of Math at the top": outside("({ ...state, id: dice() })", "Math.random", {
    before: "const { «random: dice } = Math",
    path: ["reads dice"]
  }),
  "Math by another name": outside("{ const M = Math; return { ...state, id: «M.random() } }", "Math.random"),
  "a shuffle": outside("({ ...state, items: state.items.toSorted(() => «Math.random() - 0.5) })", "Math.random"),
  "crypto.randomUUID()": outside("({ ...state, id: «crypto.randomUUID() })", "crypto.randomUUID"),
  "node:crypto, named": outside("({ ...state, id: «randomUUID() })", "node:crypto randomUUID", {
    before: 'import { randomUUID } from "node:crypto"'
  }),
  "node:crypto, renamed": outside("({ ...state, id: «uuid() })", "node:crypto randomUUID", {
    before: 'import { randomUUID as uuid } from "node:crypto"'
  }),
  "node:crypto, all of it": outside("({ ...state, id: «Crypto.randomBytes(4) })", "node:crypto randomBytes", {
    before: 'import * as Crypto from "node:crypto"'
  }),
  "crypto without node:": outside("({ ...state, id: «crypto.randomInt(4) })", "crypto randomInt", {
    before: 'import crypto from "crypto"'
  }),
  "Effect's Random": outside("({ ...state, id: Effect.map(«Random.next, (n) => n) })", "Random.next", {
    before: 'import { Effect, Random } from "effect"'
  }),
  "Effect.runSync": outside("({ ...state, id: «Effect.runSync(Effect.succeed(1)) })", "Effect.runSync", {
    before: 'import { Effect } from "effect"'
  }),
  nanoid: outside("({ ...state, id: «nanoid() })", "nanoid", { before: 'import { nanoid } from "nanoid"' }),
  "uuid v4": outside("({ ...state, id: «v4() })", "uuid v4", { before: 'import { v4 } from "uuid"' }),
  "process.env": outside("({ ...state, home: «process.env.HOME })", "process.env.HOME"),
  "process.env, computed": outside("({ ...state, home: «process.env[event.sku] })", "process.env"),
  "process taken apart": outside("{ const { «env } = process; return { ...state, home: env.HOME } }", "process.env"),
  "node:process": outside("({ ...state, home: «proc.env.HOME })", "process.env.HOME", {
    before: 'import proc from "node:process"'
  }),
  "env of node:process": outside("({ ...state, home: «env.HOME })", "process.env.HOME", {
    before: 'import { env } from "node:process"'
  }),
  "the environment at the top": outside("({ ...state, limit })", "process.env.LIMIT", {
    before: "const limit = Number(«process.env.LIMIT)",
    path: ["reads limit"]
  }),
  "`in` process.env": outside('({ ...state, debug: "DEBUG" in «process.env })', "process.env"),
  "the keys of process.env": outside("({ ...state, names: Object.keys(«process.env) })", "process.env"),
  "process.argv": outside("({ ...state, args: «process.argv.length })", "process.argv"),
  "process handed on": outside("({ ...state, all: JSON.stringify(«process) })", "process"),
  "writing to process.env": outside("{ «process.env.SEEN = '1'; return state }", "process.env.SEEN"),
  "import.meta": outside("({ ...state, file: «import.meta.url })", "import.meta"),
  navigator: outside("({ ...state, language: «navigator.language })", "navigator.language"),
  "node:fs": outside("({ ...state, text: «readFileSync('a.txt') })", "node:fs readFileSync", {
    before: 'import { readFileSync } from "node:fs"'
  }),
  "node:os": outside("({ ...state, host: «os.hostname() })", "node:os hostname", {
    before: 'import os from "node:os"'
  }),
  require: outside("({ ...state, text: «require('node:fs') })", "require"),
  eval: outside("({ ...state, at: «eval('Date.now()') })", "code made at run time (eval)"),
  "new Function": outside("({ ...state, at: «new Function('return 1')() })", "code made at run time (Function)"),
  WeakRef: outside("({ ...state, ref: «new WeakRef(state) })", "WeakRef"),
  FinalizationRegistry: outside("{ «new FinalizationRegistry(() => {}); return state }", "FinalizationRegistry")
}

const machine: Readonly<Record<string, Bad>> = {
  "local parts": locale("({ ...state, at: «new Date(1993, 2, 3) })", "local time (new Date of parts)"),
  "local text": locale('({ ...state, at: «new Date("1993-03-03T00:00:00") })', "text without a zone"),
  "Date.parse of local text": locale('({ ...state, at: «Date.parse("3 March 1993") })', "Date.parse without a zone"),
  getDay: locale("({ ...state, day: event.at.«getDay() })", "Date.getDay"),
  getHours: locale("({ ...state, hour: new Date(event.count).«getHours() })", "Date.getHours"),
  getTimezoneOffset: locale("({ ...state, offset: event.at.«getTimezoneOffset() })", "getTimezoneOffset"),
  toDateString: locale("({ ...state, day: event.at.«toDateString() })", "toDateString"),
  "a date as text": locale("({ ...state, text: «String(event.at) })", "the text of a Date"),
  "a date in a template": locale("({ ...state, text: `on ${«event.at}` })", "the text of a Date"),
  "a date added to text": locale('({ ...state, text: «"on " + event.at })', "the text of a Date"),
  "toString of a date": locale("({ ...state, text: new Date(0).«toString() })", "the text of a Date"),
  localeCompare: locale(
    "({ ...state, items: state.items.toSorted((a, b) => a.sku.«localeCompare(b.sku)) })",
    "localeCompare"
  ),
  "localeCompare of undefined": locale('({ ...state, n: event.sku.«localeCompare("b", undefined) })', "localeCompare"),
  toLocaleString: locale("({ ...state, text: event.count.«toLocaleString() })", "toLocaleString"),
  toLocaleDateString: locale('({ ...state, text: event.at.«toLocaleDateString("cs") })', "toLocaleDateString"),
  toLocaleUpperCase: locale("({ ...state, sku: event.sku.«toLocaleUpperCase() })", "toLocaleUpperCase"),
  "Intl without a locale": locale(
    "({ ...state, text: «new Intl.NumberFormat().format(event.count) })",
    "Intl.NumberFormat"
  ),
  "Intl with no locale": locale("({ ...state, text: «new Intl.PluralRules([]).select(1) })", "Intl.PluralRules"),
  "Intl.DateTimeFormat without a zone": locale(
    '({ ...state, text: «new Intl.DateTimeFormat("cs", { month: "long" }).format(0) })',
    "Intl.DateTimeFormat"
  ),
  "Intl.Collator as a function": locale(
    "({ ...state, items: state.items.toSorted(«Intl.Collator().compare) })",
    "Intl.Collator"
  ),
  "a collator at the top": locale(
    "({ ...state, items: state.items.toSorted((a, b) => collator.compare(a.sku, b.sku)) })",
    "Intl.Collator",
    { before: "const collator = «new Intl.Collator()", path: ["reads collator"] }
  ),
  "Intl taken apart": locale(
    "{ const { Collator } = Intl; return { ...state, n: «new Collator().compare('a', 'b') } }",
    "Intl.Collator"
  ),
  "DateTime.format without a locale": locale(
    "({ ...state, text: «DateTime.format(event.occurred, { month: 'long' }) })",
    "DateTime.format",
    { before: 'import { DateTime } from "effect"' }
  ),
  "DateTime's local zone": locale("({ ...state, zone: «DateTime.zoneMakeLocal() })", "DateTime.zoneMakeLocal", {
    before: 'import { DateTime } from "effect"'
  })
}

const after: Readonly<Record<string, Bad>> = {
  "an async handler": later("Changed: «async (state) => state", "a Promise (async)"),
  await: later("Changed: async (state) => ({ ...state, x: «await load() })", "a Promise (await)", {
    before: "const load = () => 1"
  }),
  "for await": later(
    "Changed: async (state) => { «for await (const one of state.items) state.count; return state }",
    "a Promise (await)"
  ),
  "an async method": later("«async Changed(state) { return state }", "a Promise (async)"),
  "an async generator": later("Changed: «async function* (state) { yield state }", "a Promise (async)"),
  "an async helper": later("({ ...state, x: load() })", "a Promise (async)", {
    before: "«async function load() { return 1 }",
    path: ["calls load"]
  }),
  "await at the top": later("({ ...state, rates })", "a Promise (await)", {
    before: "const rates = «await Promise",
    path: ["reads rates"]
  }),
  "Promise.resolve": later("{ «Promise.resolve(1).then(() => undefined); return state }", "Promise.resolve"),
  "new Promise": later("{ void «new Promise(() => undefined); return state }", "new Promise"),
  setTimeout: later("{ «setTimeout(() => undefined, 0); return state }", "setTimeout"),
  "setTimeout of globalThis": later("{ «globalThis.setTimeout(() => undefined, 0); return state }", "setTimeout"),
  queueMicrotask: later("{ «queueMicrotask(() => undefined); return state }", "queueMicrotask"),
  "process.nextTick": later("{ «process.nextTick(() => undefined); return state }", "process.nextTick"),
  "node:timers": later("{ «later(() => undefined, 0); return state }", "node:timers setTimeout", {
    before: 'import { setTimeout as later } from "node:timers"'
  }),
  "import()": later("{ void «import('./other.ts'); return state }", "import()"),
  "crypto.subtle": later("{ void «crypto.subtle.digest('SHA-256', event.bytes); return state }", "crypto.subtle"),
  fetch: outside("{ void «fetch('http://example.com'); return state }", "the network (fetch)"),
  WebSocket: outside("{ «new WebSocket('ws://example.com'); return state }", "WebSocket")
}

const changed: Readonly<Record<string, Bad>> = {
  "a field": given("{ «state.total = 1n; return state }", "state.total, which it was given"),
  "a field, computed": given("{ «state[event.sku] = 1; return state }", "state[…]"),
  "a counter": given("{ «state.first.count++; return state }", "state.first.count"),
  "a sum": given("{ «state.first.count += event.count; return state }", "state.first.count"),
  "a field taken away": given("{ delete «state.total; return state }", "state.total"),
  push: given("{ state.items.«push(event.first); return state }", "state.items (push())"),
  sort: given("({ ...state, items: state.items.«sort() })", "state.items (sort())"),
  reverse: given("({ ...state, items: state.items.«reverse() })", "state.items (reverse())"),
  splice: given("{ const rest = state.items.«splice(0, 1); return { ...state, rest } }", "state.items (splice())"),
  "the event": given("{ event.items.«pop(); return state }", "event.items (pop())"),
  "an alias": given(
    "{ const items = state.items; items.«push(event.first); return { ...state, items } }",
    "state.items"
  ),
  "an alias of an alias": given(
    "{ let a = state.items; const b = a; b.«push(event.first); return state }",
    "state.items"
  ),
  destructured: given(
    "Changed: ({ items, ...rest }, event) => { items.«push(event.first); return { items, ...rest } }",
    "state.items"
  ),
  "destructured in the body": given(
    "{ const { first: { tags } } = state; tags.«push('x'); return state }",
    "state.first.tags"
  ),
  "the rest of what is destructured": given(
    "Changed: ({ total, ...rest }) => { rest.items.«push(1); return rest }",
    "state.items"
  ),
  "an element in a loop": given(
    "{ for (const item of state.items) «item.count = 0; return state }",
    "state.items[…].count"
  ),
  "an element that is destructured": given(
    "{ for (const { tags } of state.items) tags.«push('x'); return state }",
    "state.items[…].tags"
  ),
  "an element by its place": given("{ «state.items[0].count = 1; return state }", "state.items[0].count"),
  "an element of a copy": given(
    "{ const items = [...state.items]; «items[0].count = 1; return { ...state, items } }",
    "state.items[…].count"
  ),
  "a part of a copy": given("{ const next = { ...state }; next.items.«push(event.first); return next }", "state.items"),
  "a part of a part of a copy": given(
    "{ const next = { ...state, first: { ...state.first } }; next.first.tags.«push('x'); return next }",
    "state.first.tags"
  ),
  "in forEach": given("{ state.items.forEach((item) => { «item.count = 0 }); return state }", "state.items[…].count"),
  "in map": given(
    "({ ...state, items: state.items.map((item) => { «item.count = 0; return item }) })",
    "state.items[…].count"
  ),
  "what filter gives": given(
    "{ for (const item of state.items.filter((one) => one.count > 0)) «item.count = 0; return state }",
    "state.items[…].count"
  ),
  "what find gives": given(
    "{ const item = state.items.find((one) => one.count > 0); if (item) «item.count = 0; return state }",
    "state.items[…].count"
  ),
  "in reduce, from the state": given(
    "({ ...state, items: event.items.reduce((all, item) => { all.«push(item); return all }, state.items) })",
    "state.items"
  ),
  "a map": given("{ state.byId.«set(event.sku, event.first); return state }", "state.byId (set())"),
  "a set": given("({ ...state, seen: state.seen.«add(event.sku) })", "state.seen (add())"),
  "a set, taken from": given("({ ...state, was: state.seen.«delete(event.sku) })", "state.seen (delete())"),
  "a value of a map": given(
    "{ const one = state.byId.get(event.sku); if (one) «one.count = 1; return state }",
    "state.byId[…].count"
  ),
  "values of a map": given("{ for (const [, one] of state.byId) «one.count = 1; return state }", "count"),
  "a date": given("{ state.at.«setUTCHours(0); return state }", "state.at (setUTCHours())"),
  "Object.assign": given("«Object.assign(state, { total: 1n })", "state (Object.assign)"),
  "Object.defineProperty": given(
    "«Object.defineProperty(state, 'total', { value: 1n })",
    "state (Object.defineProperty)"
  ),
  "Reflect.set": given("{ «Reflect.set(state, 'total', 1n); return state }", "state (Reflect.set)"),
  "a borrowed method": given(
    "{ «Array.prototype.push.call(state.items, event.first); return state }",
    "state.items (push())"
  ),
  "a pattern that is assigned": given("{ [«state.total] = [1n]; return state }", "state.total"),
  "either of two": given(
    "{ const one = event.count > 0 ? state.first : { count: 0 }; «one.count = 1; return state }",
    "state.first.count"
  ),
  "a fallback": given(
    "{ const items = state.items ?? []; items.«push(event.first); return { ...state, items } }",
    "state.items"
  ),
  "copied on one way only": given(
    "{ let next = state; if (event.count > 0) next = { ...state }; «next.total = 1n; return next }",
    "state.total"
  ),
  "given on one way only": given(
    "{ let items = []; if (event.count > 0) items = state.items; items.«push(event.first); return { ...state, items } }",
    "state.items"
  ),
  "given in one case only": given(
    "{ let items = []; switch (event.sku) { case 'a': items = state.items; break; default: } items.«push(event.first); return state }",
    "state.items"
  ),
  "given in a try": given(
    "{ let items = []; try { items = state.items } catch { items = [] } items.«push(event.first); return state }",
    "state.items"
  ),
  "what the last round of a loop left": given(
    "{ let last = { count: 0 }; for (const item of state.items) { «last.count = 1; last = item } return state }",
    "state.items[…].count"
  ),
  "given before a break": given(
    "{ let items = []; for (const one of event.items) { items = state.items; break } items.«push(event.first); return state }",
    "state.items"
  ),
  "given by a callback": given(
    "{ let items = []; event.items.forEach(() => { items = state.items }); items.«push(event.first); return state }",
    "state.items"
  ),
  "the result of a recursion": given(
    "{ const tags = dig(state.first, []); tags.«push('x'); return state }",
    "state.first.tags",
    {
      before: "const dig = (node, found) => (node.next ? dig(node.next, node.tags) : found)"
    }
  ),
  "a helper that changes it": given("add(state, event.first)", "state.items (push())", {
    before: "const add = (to, item) => { to.items.«push(item); return to }",
    path: ["calls add"]
  }),
  "a helper in another file": given("{ fill(state.items); return state }", "state.items (fill())", {
    before: 'import { fill } from "./fill.ts"',
    files: { "fill.ts": "export function fill(items) {\n  items.«fill(0)\n}\n" },
    path: ["calls fill"]
  }),
  "what a helper gives back": given(
    "{ const all = itemsOf(state); all.«push(event.first); return state }",
    "state.items",
    { before: "const itemsOf = ({ items }) => items" }
  ),
  "a callback that is handed on": given(
    "{ each(state.items, (item) => { «item.count = 0 }); return state }",
    "state.items[…].count",
    { before: "const each = (items, f) => { for (const item of items) f(item) }" }
  ),
  "in a pipe": given(
    "({ ...state, items: pipe(state.items, Arr.map((item) => { «item.count = 0; return item })) })",
    "count",
    { before: 'import { Array as Arr, pipe } from "effect"' }
  ),
  "what an option holds": given(
    "{ const one = Option.getOrThrow(state.note); «one.count = 1; return state }",
    "count",
    { before: 'import { Option } from "effect"' }
  ),
  "in Option.match": given(
    "Option.match(state.note, { onNone: () => state, onSome: (one) => { «one.count = 1; return state } })",
    "count",
    { before: 'import { Option } from "effect"' }
  ),
  "a copy of a list is no copy of its elements": given(
    "{ structuredClone(state); state.items.slice().forEach((item) => { item.tags.«push('x') }); return state }",
    "tags"
  ),
  "a class that keeps what it is given": given(
    "{ new Basket(state.items).add(event.first); return state }",
    "state.items (push())",
    {
      before: "class Basket {\n  constructor(items) { this.items = items }\n  add(item) { this.items.«push(item) }\n}",
      path: ["calls Basket.add"]
    }
  ),
  "a method of a declared class": given("({ ...state, price: state.price.raise(1) })", "state.price.cents", {
    files: { "price.ts": "export class Price {\n  raise(by) { «this.cents += by; return this }\n}\n" },
    path: ["calls Price.raise"]
  })
}

const state: Readonly<Record<string, Bad>> = {
  "a counter of the file": kept("{ «count++; return state }", "count, which is kept between calls", {
    before: "let count = 0"
  }),
  "a variable of the file": kept("{ «last = event; return state }", "last", { before: "let last" }),
  "a list of the file": kept("{ log.«push(event); return state }", "log (push())", { before: "const log = []" }),
  "a cache": kept("{ cache.«set(event.sku, 1); return state }", "cache (set())", { before: "const cache = new Map()" }),
  "a set of the file": kept("({ ...state, is: seen.has(event.sku) || seen.«add(event.sku) })", "seen (add())", {
    before: "const seen = new Set()"
  }),
  "a field of an object of the file": kept("{ «totals.all = 1; return state }", "totals.all", {
    before: "const totals = { all: 0 }"
  }),
  "a part of it": kept("{ totals.of.«push(1); return state }", "totals.of (push())", {
    before: "const totals = { of: [] }"
  }),
  "an object of another file": kept("{ «totals.all += 1; return state }", "totals.all", {
    before: 'import { totals } from "./totals.ts"',
    files: { "totals.ts": "export const totals = { all: 0 }\n" }
  }),
  "a helper that counts": kept("{ next(); return state }", "n", {
    before: 'import { next } from "./ids.ts"',
    files: { "ids.ts": "let n = 0\nexport const next = () => «n++\n" },
    path: ["calls next"]
  }),
  "a generator of ids": kept("({ ...state, id: next() })", "n", {
    before: "const counter = () => { let n = 0; return () => ++«n }\nconst next = counter()",
    path: ["calls a function"]
  }),
  "a static field": kept("{ «Ids.last++; return state }", "Ids.last", { before: "class Ids { static last = 0 }" }),
  "an instance of the file": kept("{ tally.add(1); return state }", "tally.sum", {
    before: "class Tally { sum = 0\n  add(n) { «this.sum += n } }\nconst tally = new Tally()",
    path: ["calls Tally.add"]
  }),
  "a global": kept("{ «globalThis.seen = 1; return state }", "globalThis.seen"),
  "a property of a function": kept("{ «f.calls = 1; return state }", "f.calls", { before: "const f = () => 1" }),
  "a pattern that remembers where it got to": kept("({ ...state, is: word.«test(event.sku) })", "word (test())", {
    before: "const word = /x/g"
  }),
  "what another function writes": kept(
    "({ ...state, rate: «rate })",
    "rate, which is kept between calls and changed at cart.apply.ts:3:33",
    { before: "let rate = 1\nexport const setRate = (n) => { rate = n }" }
  ),
  "a list that another function writes": kept("({ ...state, n: «rates.length })", "rates", {
    before: "const rates = []\nexport const load = (n) => { rates.push(n) }"
  }),
  "what another file writes": kept("({ ...state, n: use(1) + «rates.length })", "rates", {
    before: 'import { rates } from "./rates.ts"\nimport { use } from "./use.ts"',
    files: {
      "rates.ts": "export const rates = []\n",
      "use.ts":
        'import { rates } from "./rates.ts"\nexport const use = (n) => n\nexport const add = (n) => { rates.push(n) }\n'
    }
  })
}

const way: Readonly<Record<string, Bad>> = {
  "three imports away": outside("({ ...state, at: one() })", "Date.now", {
    before: 'import { one } from "./one.ts"',
    files: {
      "one.ts": 'import { two } from "./two.ts"\nexport const one = () => two() + 1\n',
      "two.ts": 'import { three } from "./three.ts"\nexport function two() { return three() }\n',
      "three.ts": "export const three = () => «Date.now()\n"
    },
    path: ["calls one", "calls two", "calls three"]
  }),
  "a re-export": outside("({ ...state, at: today() })", "Date.now", {
    before: 'import { today } from "./index.ts"',
    files: {
      "index.ts": 'export { now as today } from "./now.ts"\n',
      "now.ts": "export const now = () => «Date.now()\n"
    },
    path: ["calls now"]
  }),
  "all of a file passed on": outside("({ ...state, at: now() })", "Date.now", {
    before: 'import { now } from "./index.ts"',
    files: { "index.ts": 'export * from "./now.ts"\n', "now.ts": "export const now = () => «Date.now()\n" },
    path: ["calls now"]
  }),
  "a namespace": outside("({ ...state, at: Time.now() })", "Date.now", {
    before: 'import * as Time from "./now.ts"',
    files: { "now.ts": "export const now = () => «Date.now()\n" },
    path: ["calls now"]
  }),
  "a default export": outside("({ ...state, at: now() })", "Date.now", {
    before: 'import now from "./now.ts"',
    files: { "now.ts": "export default () => «Date.now()\n" },
    path: ["calls the default export"]
  }),
  "an import without its ending": outside("({ ...state, at: now() })", "Date.now", {
    before: 'import { now } from "./now"',
    files: { "now.ts": "export const now = () => «Date.now()\n" },
    path: ["calls now"]
  }),
  "a helper in an object": outside("({ ...state, at: helpers.time.now() })", "Date.now", {
    before: "const helpers = { time: { now: () => «Date.now() } }",
    path: ["calls now"]
  }),
  "a helper that is looked up": outside("({ ...state, at: by[event.sku]() })", "Date.now", {
    before: "const by = { now: () => «Date.now(), never: () => 0 }",
    path: ["calls now"]
  }),
  "a static method": outside("({ ...state, at: Clock.now() })", "Date.now", {
    before: "class Clock { static now() { return «Date.now() } }",
    path: ["calls Clock.now"]
  }),
  "a method of an instance": outside("({ ...state, at: new Clock().now() })", "Date.now", {
    before: "class Clock { now() { return «Date.now() } }",
    path: ["calls Clock.now"]
  }),
  "an inherited method": outside("({ ...state, at: new Watch().now() })", "Date.now", {
    before: "class Clock { now() { return «Date.now() } }\nclass Watch extends Clock {}",
    path: ["calls Clock.now"]
  }),
  "a getter": outside("({ ...state, at: new Clock().now })", "Date.now", {
    before: "class Clock { get now() { return «Date.now() } }",
    path: ["calls Clock.now"]
  }),
  "a field that is initialised": outside("({ ...state, at: new Clock().at })", "Date.now", {
    before: "class Clock { at = «Date.now() }",
    path: ["calls new Clock"]
  }),
  "a function that is handed on": outside("({ ...state, items: state.items.map(stamp) })", "Date.now", {
    before: "const stamp = (item) => ({ ...item, at: «Date.now() })",
    path: ["calls stamp"]
  }),
  "a function that makes one": outside("({ ...state, at: clock(1)() })", "Date.now", {
    before: "const clock = (by) => () => «Date.now() + by",
    path: ["calls a function"]
  }),
  "a handler from elsewhere": outside("Changed: changed", "Date.now", {
    before: "const changed = (state) => ({ ...state, at: «Date.now() })"
  }),
  "handlers that are spread in": outside("...others", "Date.now", {
    before: "const others = { Changed: (state) => ({ ...state, at: «Date.now() }) }"
  }),
  "a constant that a function fills": outside("({ ...state, at: started })", "Date.now", {
    before: "const now = () => «Date.now()\nconst started = now()",
    path: ["reads started", "calls now"]
  }),
  "a table that is filled on loading": outside("({ ...state, id: table.get(event.sku) })", "Math.random", {
    before: "const table = new Map()\nfor (const one of ['a']) table.set(one, «Math.random())",
    path: ["reads table"]
  }),
  "Effect.sync": outside("({ ...state, at: Effect.sync(() => «Date.now()) })", "Date.now", {
    before: 'import { Effect } from "effect"'
  }),
  "in a callback of Option": outside(
    "({ ...state, at: Option.getOrElse(state.note, () => «Date.now()) })",
    "Date.now",
    { before: 'import { Option } from "effect"' }
  ),
  "in a switch": outside(
    "{ switch (event.sku) { case 'a': return state; default: return { ...state, at: «Date.now() } } }",
    "Date.now"
  ),
  "in a catch": outside("{ try { return state } catch { return { ...state, at: «Date.now() } } }", "Date.now"),
  "in a tag": outside("({ ...state, text: stamp`x` })", "Date.now", {
    before: "const stamp = (parts) => parts[0] + «Date.now()",
    path: ["calls stamp"]
  }),
  "through bind": outside("({ ...state, at: now.bind(undefined)() })", "Date.now", {
    before: "const now = () => «Date.now()",
    path: ["calls now"]
  })
}

export const bad: Readonly<Record<string, Bad>> = Object.fromEntries(
  Object.entries({ world, machine, after, changed, state, way }).flatMap(([group, all]) =>
    Object.entries(all).map(([name, one]) => [`${group}: ${name}`, one] as const)
  )
)
