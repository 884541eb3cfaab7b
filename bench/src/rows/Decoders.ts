/**
 * Compiled codecs compared with the interpreted schema: events of plain fields, and events with
 * dates and bigints.
 */
import { Effect, Result, Schema, type Scope } from "effect"
import type { Aggregate } from "eventfold"
import { type Codec, StoredForm } from "eventfold/generated"
import * as path from "node:path"
import { attempt, BenchFailed } from "../Database.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row, type Wanted } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"
import * as Project from "./GeneratedProject.ts"

const declaration = (name: string, events: string): string => `import { Schema } from "effect"
import { Aggregate } from "eventfold"

const Address = Schema.Struct({ street: Schema.String, town: Schema.String, code: Schema.NonEmptyString })
const Amount = Schema.BigInt.pipe(Schema.brand("Amount")).check(Schema.isBetweenBigInt({ minimum: 1n, maximum: 1_000_000_000_000n }))

export const ${name} = Aggregate.make("${name}", {
  id: Schema.NonEmptyString.pipe(Schema.brand("${name}Id")),
  state: Schema.Struct({ count: Schema.Int }),
  initial: { count: 0 },
  events: {
${events}
  },
  errors: {},
  commands: {}
})

export const schemas = { Address, Amount }
`

const files = {
  "schemas/events/plain.ts": declaration(
    "Plain",
    `    Opened: { owner: Schema.NonEmptyString, district: Schema.Natural, kind: Schema.Literals(["current", "savings", "loan"]), active: Schema.Boolean, rate: Schema.Number, address: Address },
    Moved: { address: Address, note: Schema.optionalKey(Schema.String) },
    Counted: { by: Schema.Int, share: Schema.Number, sure: Schema.Boolean, why: Schema.String }`
  ),
  "schemas/events/rich.ts": declaration(
    "Rich",
    `    Paid: { by: Schema.NonEmptyString, amount: Amount, at: Schema.DateTimeUtc },
    Booked: { by: Schema.NonEmptyString, amount: Amount, fee: Schema.BigInt, on: Schema.Date },
    Closed: { left: Schema.BigInt, at: Schema.DateTimeUtc, due: Schema.optionalKey(Schema.Date) }`
  )
}

const iso = (n: number): string => new Date(730_000_000_000 + n * 86_413_579).toISOString()

/** The n-th event in stored form, for each aggregate. */
const stored: Readonly<Record<string, (n: number) => Event>> = {
  Plain: (n) => {
    const address = { street: `Na Příkopě ${n}`, town: "Praha", code: String(10_000 + n) }
    switch (n % 3) {
      case 0:
        return {
          _tag: "Opened",
          owner: `Owner ${n}`,
          district: n % 77,
          kind: "savings",
          active: true,
          rate: n / 8,
          address
        }
      case 1:
        return { _tag: "Moved", address, ...(n % 2 === 0 ? { note: "by post" } : {}) }
      default:
        return { _tag: "Counted", by: -n, share: 1 / n, sure: false, why: "yearly" }
    }
  },
  Rich: (n) => {
    const paid = { by: String(100_000 + n), amount: String(1 + n * 7_919) }
    switch (n % 3) {
      case 0:
        return { _tag: "Paid", ...paid, at: iso(n) }
      case 1:
        return { _tag: "Booked", ...paid, fee: String(-n), on: iso(n) }
      default:
        return { _tag: "Closed", left: String(n), at: iso(n), ...(n % 2 === 0 ? { due: iso(n + 30) } : {}) }
    }
  }
}

type Event = { readonly _tag: string }
type EventCodecs = Codec.Codec<Event, unknown>["events"]
type Convert = (input: never) => Result.Result<unknown, unknown>

/** A compiled codec and an interpreted schema of the same events. */
interface Codecs {
  readonly compiled: EventCodecs
  readonly interpreted: EventCodecs
}

const load = async (root: string, name: string): Promise<Codecs> => {
  const lower = name.toLowerCase()
  const generated: Readonly<Record<string, Codec.Codec<Event, unknown>>> = await import(
    path.join(root, `examples/events/src/generated/${lower}.codec.ts`)
  )
  // Evaluated a second time, so that it shares no node with the schema that has a compiled codec.
  const declared: Readonly<Record<string, Aggregate.Any>> = await import(
    path.join(root, `schemas/events/${lower}.ts?interpreted`)
  )
  const { events, stale } = generated[`${name}Codec`]!
  if (stale) throw new Error(`the codec of ${name} is stale right after it was generated`)
  return { compiled: events, interpreted: StoredForm.events(declared[name]!.event as Schema.Codec<Event, unknown>) }
}

const count = 999

/** Measures the conversions per second. */
const rate = (convert: Convert, inputs: ReadonlyArray<never>, millis: number): number => {
  const start = performance.now()
  let converted = 0
  let failed = 0
  while (performance.now() - start < millis) {
    for (const input of inputs) if (Result.isFailure(convert(input))) failed++
    converted += inputs.length
  }
  if (failed > 0) throw new Error("an event did not convert")
  return (converted * 1_000) / (performance.now() - start)
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? `${one}n` : one))

interface Stored {
  readonly type: string
  readonly data: unknown
}

const decoderOf = (codecs: EventCodecs) => {
  const decoders = new Map(Array.from(codecs, ([type, codec]) => [type, Schema.decodeUnknownResult(codec)]))
  return ({ data, type }: Stored) => decoders.get(type)!(data)
}

const encoderOf = (codecs: EventCodecs) => {
  const encoders = new Map(Array.from(codecs, ([type, codec]) => [type, Schema.encodeResult(codec)]))
  return (event: Event) => encoders.get(event._tag)!(event)
}

const measure = (plan: Plan, row: Wanted, { compiled, interpreted }: Codecs, make: (n: number) => Event) =>
  Effect.gen(function* () {
    const isDecoding = row.id.startsWith("decode")
    const stored = Array.from({ length: count }, (_, n) => {
      const { _tag, ...data } = make(n + 1)
      return { type: _tag, data }
    })
    const decode = decoderOf(interpreted)
    const inputs = stored.map((one) => (isDecoding ? one : Result.getOrThrow(decode(one))) as never)
    const converter = (codecs: EventCodecs): Convert => (isDecoding ? decoderOf(codecs) : encoderOf(codecs))
    const [ours, theirs] = [converter(compiled), converter(interpreted)]
    if (text(inputs.map(ours)) !== text(inputs.map(theirs))) {
      return yield* new BenchFailed({ message: `${row.id}: the compiled codec and the interpreted schema disagree` })
    }
    const rates = yield* interleaved(plan.rounds, [ours, theirs], (convert) =>
      Effect.sync(() => rate(convert, inputs, plan.millis))
    )
    const [compiledRates, interpretedRates] = [rates.get(ours)!, rates.get(theirs)!]
    return measured(row, {
      eventfold: median(compiledRates),
      baseline: median(interpretedRates),
      spread: { eventfold: spread(compiledRates), baseline: spread(interpretedRates) }
    })
  })

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, BenchFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const mine = wanted.filter(({ id }) => /^(decode|encode)-/.test(id) && plan.wants(id))
    if (mine.length === 0) return []
    yield* say(`${mine.map(({ id }) => id).join(", ")}: ${plan.rounds} rounds`)
    const root = yield* Project.projectOf(files)
    yield* Project.timed("eventfold gen", root, [Project.bin, "gen"])
    const result: Array<Row> = []
    for (const name of ["Plain", "Rich"]) {
      const codecs = yield* attempt("loading what was generated", () => load(root, name))
      for (const row of mine.filter(({ id }) => id.endsWith(name.toLowerCase()))) {
        result.push(yield* measure(plan, row, codecs, stored[name]!))
      }
    }
    return result
  })
