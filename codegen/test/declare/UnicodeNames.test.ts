/**
 * Names in letters of any script, all through: generated code, files, laws, and rows in every
 * store.
 */
import { Laws, ProjectionLaws } from "@eventfold/testing"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type StoreLayer, stores } from "../../../packages/postgres/test/Stores.ts"
import { Project } from "../Project.ts"
import { counter, head, one, said } from "../Refusals.ts"

const declaration = `${head}
/** Wie viel. */
export const Größe = Schema.Struct({ höhe: Schema.Int, "breite-ß": Schema.optionalKey(Schema.Int) })
export const ÄpfelId = Schema.NonEmptyString.pipe(Schema.brand("ÄpfelId"))
export const 注文 = Aggregate.make("注文", {
  id: ÄpfelId,
  state: Schema.Struct({ größe: Größe, 個数: Schema.Int, статус: Schema.Literals(["открыт", "закрыт"]) }),
  initial: { größe: { höhe: 1 }, 個数: 0, статус: "открыт" },
  events: { 開始: { größe: Größe, 個数: Schema.Int }, Geändert: { höhe: Schema.Int, हिन्दी: Schema.String }, Изменён: {} },
  errors: { Überfüllt: { höhe: Schema.Int } },
  facts: {},
  commands: {
    始める: { payload: { höhe: Schema.Int }, emits: ["開始", "Geändert"], fails: ["Überfüllt"] },
    変える: { payload: {}, emits: ["Изменён"], fails: [] }
  },
  invariants: { "größe": ({ 個数 }) => 個数 >= 0 }
})
export const ÜbersichtÄpfel = Projection.make("ÜbersichtÄpfel", {
  from: [注文],
  key: Schema.String,
  row: Schema.Struct({ größe: Schema.Int, हिन्दी: Schema.String, ИмяПоля: Schema.Literals(["а", "б"]) }),
  indexes: { nachGröße: ["größe"] }
})
`
const src = "examples/Bücher/src"

interface Program {
  readonly run: (store: StoreLayer) => Effect.Effect<object, unknown>
}

const bodies = {
  [`${src}/注文.apply.ts`]: `import { 注文, type 注文State } from "./generated/注文.ts"
export const apply = 注文.apply({
  開始: (state, { größe }): 注文State => ({ ...state, größe, 個数: 1 }),
  Geändert: (state, { höhe }): 注文State => ({ ...state, größe: { höhe } })
})
`,
  [`${src}/注文.decide.ts`]: `import { Geändert, Überfüllt, Изменён, 注文, 開始 } from "./generated/注文.ts"
export const decide = 注文.decide({
  始める: (_state, { höhe }) =>
    höhe > 9
      ? Überfüllt.make({ höhe })
      : [開始.make({ größe: { höhe }, 個数: 1 }), Geändert.make({ höhe: höhe + 1, हिन्दी: "नमस्ते" })],
  変える: () => [Изменён.make()]
})
`,
  [`${src}/übersicht-äpfel.projection.ts`]: `import { ÜbersichtÄpfel, type ÜbersichtÄpfelRow } from "./generated/übersicht-äpfel.ts"
export const project = ÜbersichtÄpfel.project({
  keys: { 注文: (_event, { id }) => id },
  on: {
    開始: (_row, { größe }): ÜbersichtÄpfelRow => ({ größe: größe.höhe, हिन्दी: "", ИмяПоля: "а" }),
    Geändert: (row, { höhe, हिन्दी }): ÜbersichtÄpfelRow => ({ ИмяПоля: row?.ИмяПоля ?? "а", größe: höhe, हिन्दी }),
    Изменён: (row): ÜbersichtÄpfelRow => ({ größe: 0, हिन्दी: "", ...row, ИмяПоля: "б" })
  }
})
`,
  [`${src}/run.ts`]: `import { Effect, Layer, Stream } from "effect"
import { EventStore, type EventStoreError, Projector } from "eventfold"
import { ÜbersichtÄpfelView } from "./generated/übersicht-äpfel.service.ts"
import { 注文s } from "./generated/注文.service.ts"
import { 変える, 始める } from "./generated/注文.ts"
import { ÄpfelId } from "../../../schemas/Bücher/bestellung.ts"

const program = Effect.gen(function* () {
  const orders = yield* 注文s
  const view = yield* ÜbersichtÄpfelView
  const id = ÄpfelId.make("straße")
  const refused = yield* Effect.flip(orders.execute(id, 始める.make({ höhe: 10 })))
  yield* orders.execute(id, 始める.make({ höhe: 3 }))
  const { events } = yield* orders.execute(id, 変える.make())
  const stored = yield* Stream.runCollect((yield* EventStore.EventStore).read("注文-straße"))
  yield* view.waitFor(stored.at(-1)?.position ?? 0, { timeout: "60 seconds" })
  const { state } = yield* orders.load(id)
  return { refused: refused._tag, events, state, stored: stored.map(({ type, data }) => [type, data]), rows: yield* view.all, found: yield* view.nachGröße(4) }
})
export const run = (store: Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError>) =>
  program.pipe(
    Effect.provide(Layer.mergeAll(注文s.layer, ÜbersichtÄpfelView.stored, Projector.layer([ÜbersichtÄpfelView.projection]))),
    Effect.provide(store)
  )
`
}

const few = { runs: 8, seed: 1 }

it("names in letters of any script are generated from, and work in every store", async () => {
  const project = new Project({ "schemas/Bücher/bestellung.ts": declaration, ...bodies })
  expect((await project.gen()).code).toBe(0)
  expect((await project.check()).err.filter((line) => line.includes("EF0106"))).toEqual([
    expect.stringContaining("注文.apply.ts:2:31 EF0106 has no handler for Изменён")
  ])
  expect((await project.gen({ fix: true })).code).toBe(0)
  project.edit(
    `${src}/注文.apply.ts`,
    'Изменён: (_state, _event): 注文State => Fold.notWritten("注文.apply Изменён")',
    'Изменён: (state): 注文State => ({ ...state, статус: "закрыт" })'
  )
  project.edit(`${src}/注文.apply.ts`, 'import { Fold } from "eventfold/generated"\n', "")
  await project.gen()
  expect(await project.check()).toMatchObject({ code: 0, err: [] })
  expect(await project.tsc()).toEqual({ code: 0, out: "" })
  expect(await project.tsc("6")).toEqual({ code: 0, out: "" })

  const { 注文Laws } = await import(`${project.root}/${src}/generated/注文.laws.ts`)
  for (const law of [Laws.determinism, Laws.codecs, Laws.decisions, Laws.invariants]) law(注文Laws, few)
  const { ÜbersichtÄpfelLaws } = await import(`${project.root}/${src}/generated/übersicht-äpfel.laws.ts`)
  for (const law of [ProjectionLaws.determinism, ProjectionLaws.codecs]) law(ÜbersichtÄpfelLaws, few)

  const { run }: Program = await import(`${project.root}/${src}/run.ts`)
  const row = { größe: 4, हिन्दी: "नमस्ते", ИмяПоля: "б" }
  for (const [name, store] of stores) {
    expect({ name, ...(await Effect.runPromise(run(store()))) }).toEqual({
      name,
      refused: "Überfüllt",
      events: [{ _tag: "Изменён" }],
      state: { größe: { höhe: 4 }, 個数: 1, статус: "закрыт" },
      stored: [
        ["開始", { größe: { höhe: 3 }, 個数: 1 }],
        ["Geändert", { höhe: 4, हिन्दी: "नमस्ते" }],
        ["Изменён", {}]
      ],
      rows: [row],
      found: [row]
    })
  }
})

describe("a name is refused", () => {
  const marked = "Gea\u0308ndert"
  const why =
    '"Gea\\u{308}ndert" is not in Unicode normalization form NFC, so the same name could be written in two ways; write it as "Ge\\u{e4}ndert"'
  it("whose marks are apart from their letters: of events, commands, errors, facts, fields, brands and indexes", async () => {
    const brand = `Schema.String.pipe(Schema.brand("${marked}"))`
    const text = counter({
      id: brand,
      state: `Schema.Struct({ count: Schema.Int, deep: Schema.Array(Schema.Struct({ ${marked}: Schema.Int })) })`,
      initial: "{ count: 0, deep: [] }",
      events: `{ ${marked}: {}, Counted: { ${marked}: Schema.Int } }`,
      facts: `{ ${marked}: Schema.Int }`,
      errors: `{ X${marked}: {}, TooMuch: {} }`,
      commands: `{ Y${marked}: { payload: {}, emits: [], fails: [] } }`
    })
    const index = `export const P = Projection.make("P", { from: [Counter], key: "streamId", row: Schema.Struct({ n: Schema.Int }), indexes: { ${marked}: ["n"] } })\n`
    const found = await one(text + index)
    expect(found.map((line) => line.replace(/ the name ".*/, ""))).toEqual([
      "schemas/a/counter.ts:4:3 EF0010",
      "schemas/a/counter.ts:5:80 EF0010",
      "schemas/a/counter.ts:7:13 EF0010",
      "schemas/a/counter.ts:7:39 EF0010",
      "schemas/a/counter.ts:8:13 EF0010",
      "schemas/a/counter.ts:9:15 EF0010",
      "schemas/a/counter.ts:10:12 EF0010",
      "schemas/a/counter.ts:12:125 EF0010"
    ])
    expect(found[2]).toBe(`schemas/a/counter.ts:7:13 EF0010 the name ${why}`)
  })
  it("of a folder, which names a domain, for the same", async () => {
    expect(await said({ "Bu\u0308cher/counter.ts": head + counter() })).toEqual([
      expect.stringMatching(
        /^schemas\/Bu\u0308cher\/counter\.ts EF0010 its folder is the name of the domain: the name "Bu\\u\{308\}cher" is not in Unicode normalization form NFC/
      )
    ])
  })
  it("that is no word of letters, which are named", async () => {
    const events = "{ $Counted: {}, _Counted: {}, 'a-b': {}, '1st': {}, 'a\u200bb': {}, Counted: {} }"
    const rule = "can't be a name in generated code; use letters of any script, digits and _, and begin with a letter"
    expect((await one(counter({ events }))).map((line) => line.replace(/^.* EF0010 "[^"]*" /, ""))).toEqual(
      Array.from({ length: 5 }, () => rule)
    )
  })
  it("whose files a file system could take for another's", async () => {
    const other = counter({ events: "{ Reset: {} }", commands: "{}", errors: "{}" }, "STRASSE")
    expect(await one(counter({}, "Straße") + other)).toEqual([
      'schemas/a/counter.ts:3:1 EF0011 "Straße" is already one of the aggregates and projections of the domain a, at schemas/a/counter.ts:11:1; rename one of them'
    ])
  })
  it("that is too long for a table in bytes, not in letters", async () => {
    const name = "注".repeat(22)
    const [line] = await one(
      `${counter()}export const ${name} = Projection.make("${name}", { from: [Counter], key: "streamId", row: Schema.Struct({ n: Schema.Int }) })\n`
    )
    expect(line).toContain(
      `EF0023 the table of ${name} would be named ${name} in PostgreSQL, which truncates names after 63 bytes, and this one has 66`
    )
  })
})
