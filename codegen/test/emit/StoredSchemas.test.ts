/**
 * The JSON Schema and AsyncAPI files of a domain's events: what they accept is what the codecs
 * accept.
 */
import { Arbitraries } from "@eventfold/testing"
import asyncapi from "@asyncapi/specs"
import { Ajv } from "ajv"
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import { Arbitrary, Result, Schema } from "effect"
import type { Aggregate } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { shop } from "../Shop.ts"

const workspace = join(import.meta.dirname, "../../..")
const generated = "examples/shop/src/generated"

interface Document {
  readonly $defs: Readonly<Record<string, object>>
}
const options = { strict: false, validateFormats: false } as const

/** How each event is checked, by the files and by the codec. */
interface Subject {
  readonly name: string
  readonly schema: Schema.Codec<unknown, unknown>
  readonly codec: Schema.Codec<unknown, unknown>
  readonly bySchema: ValidateFunction
  readonly byAsyncApi: ValidateFunction
}

const subjects = (
  aggregates: ReadonlyArray<Aggregate.Any>,
  texts: { readonly schema: string; readonly api: string }
) => {
  const bySchema = new Ajv2020(options).addSchema(JSON.parse(texts.schema), "events")
  const byAsyncApi = new Ajv(options).addSchema(JSON.parse(texts.api), "api")
  const validator = (ajv: Ajv, ref: string): ValidateFunction => {
    const found = ajv.getSchema(ref)
    if (found === undefined) throw new Error(`there is no ${ref}`)
    return found
  }
  return aggregates.flatMap(({ events }) =>
    Object.entries(events).map(([name, schema]): Subject => ({
      name,
      schema,
      codec: StoredForm.events(schema).get(name)!,
      bySchema: validator(bySchema, `events#/$defs/${name}`),
      byAsyncApi: validator(byAsyncApi, `api#/components/schemas/${name}`)
    }))
  )
}

type Stored = Readonly<Record<string, unknown>>
const encodedOf = ({ codec, schema }: Subject): fc.Arbitrary<Stored> =>
  Arbitraries.fromEffect(Arbitrary.schema(schema)).map((event): Stored =>
    JSON.parse(JSON.stringify(Schema.encodeUnknownSync(codec)(event)))
  )

const kindOf = (value: unknown) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value)

/** Stored events that are wrong somewhere: a key is gone, or holds something of another kind. */
const mutants = (event: Stored): ReadonlyArray<readonly [string, Stored]> =>
  Object.keys(event).flatMap((key) => [
    [`without ${key}`, Object.fromEntries(Object.entries(event).filter(([name]) => name !== key))] as const,
    ...[null, true, 3.5, "¤", [], {}, [3.5], { _tag: 3 }]
      .filter((value) => kindOf(value) !== kindOf(event[key]))
      .map((value) => [`${key} is ${JSON.stringify(value)}`, { ...event, [key]: value }] as const)
  ])

/** Checks that both sorts of file accept and refuse the same stored events as the codec. */
const agree = (subject: Subject, runs: number) => {
  const { bySchema, byAsyncApi, codec, name } = subject
  const decode = Schema.decodeUnknownResult(codec)
  let refused = 0
  fc.assert(
    fc.property(encodedOf(subject), (event) => {
      expect([bySchema(event), bySchema.errors]).toEqual([true, null])
      expect([byAsyncApi(event), byAsyncApi.errors]).toEqual([true, null])
      for (const [how, mutant] of mutants(event)) {
        const isEvent = Result.isSuccess(decode(mutant))
        if (!isEvent) refused++
        expect([name, how, bySchema(mutant)]).toEqual([name, how, isEvent])
        expect([name, how, byAsyncApi(mutant)]).toEqual([name, how, isEvent])
      }
    }),
    { numRuns: runs }
  )
  expect(refused).toBeGreaterThan(runs)
}

/** Generated files of the shop. */
const generate = async () => {
  const project = new Project(shop)
  await project.gen()
  const texts = {
    schema: project.read(`${generated}/events.schema.json`),
    api: project.read(`${generated}/asyncapi.json`)
  }
  const { Order, Parcel } = await import(`${project.root}/schemas/shop/order.ts`)
  return { texts, all: subjects([Order, Parcel], texts) }
}

describe("the events of a domain, as JSON Schema and in AsyncAPI", () => {
  it("are valid against the meta-schemas", async () => {
    const { texts } = await generate()
    const ajv = new Ajv2020(options)
    expect([ajv.validateSchema(JSON.parse(texts.schema)), ajv.errors]).toEqual([true, null])
    const isAsyncApi = new Ajv({ ...options, logger: false }).compile({
      ...asyncapi.schemasWithoutId["3.0.0"]
    } as object)
    const document = JSON.parse(texts.api)
    expect([isAsyncApi(document), isAsyncApi.errors]).toEqual([true, null])
    expect(isAsyncApi({ ...document, channels: { Order: { address: 3 } } })).toBe(false)
    const draft07 = new Ajv(options)
    for (const schema of Object.values<object>(document.components.schemas)) {
      expect([draft07.validateSchema(schema), draft07.errors]).toEqual([true, null])
    }
  })

  it("accept what the codecs encode, and refuse what they refuse", async () => {
    const { all } = await generate()
    expect(all.map(({ name }) => name)).toEqual(["OrderPlaced", "Everything", "OrderDropped", "ParcelSent"])
    for (const subject of all.filter(({ name }) => name !== "OrderDropped")) agree(subject, 40)
  })

  it("accept any event, and refuse one that is none of them", async () => {
    const { texts } = await generate()
    const any = new Ajv2020(options).compile(JSON.parse(texts.schema))
    expect(any({ type: "OrderDropped", data: {} })).toBe(true)
    expect(any({ type: "OrderLost", data: {} })).toBe(false)
    expect(any({})).toBe(false)
  })

  it("refer to nothing that is not there, and to everything by the name that TypeScript has for it", async () => {
    const { texts } = await generate()
    const { $defs }: Document = JSON.parse(texts.schema)
    const names = [...texts.schema.matchAll(/"#\/\$defs\/([^"]+)"/g)].map(([, name]) => name ?? "")
    expect([...new Set(names)].filter((name) => !(name in $defs))).toEqual([])
    expect(Object.keys($defs)).toEqual([
      "OrderPlaced",
      "Everything",
      "OrderDropped",
      "ParcelSent",
      "Address",
      "Category",
      "Cents",
      "Channel",
      "Line",
      "OrderId",
      "Reduced"
    ])
    expect($defs["Cents"]).toEqual({
      description: "An amount in cents.\n\nA whole number of any size, in decimal digits.",
      type: "string",
      pattern: "^-?\\d+$"
    })
    expect($defs["Line"]).toMatchObject({
      properties: {
        price: { $ref: "#/$defs/Cents", description: "When decoded: a value greater than or equal to 0n." }
      }
    })
    expect($defs["OrderPlaced"]).toMatchObject({ description: "The customer said yes." })
    // With a check of its own a field is no longer just an OrderId.
    expect($defs["OrderPlaced"]).toMatchObject({
      properties: { short: { type: "string", minLength: 1, maxLength: 2 } }
    })
    expect($defs["OrderId"]).toEqual({ type: "string", minLength: 1 })
  })

  it("describe in prose the rules that JSON Schema lacks", async () => {
    const { texts } = await generate()
    const { $defs }: Document = JSON.parse(texts.schema)
    expect($defs["Everything"]).toMatchObject({
      properties: {
        at: { type: "string", format: "date-time", description: expect.stringContaining("UTC") },
        fromText: { type: "string", description: expect.stringContaining("converts to a number") },
        byId: { description: expect.stringContaining("codec") },
        map: { description: expect.stringContaining("pairs of key and value") }
      }
    })
  })

  it("the bank's, as committed", async () => {
    const folder = join(workspace, "examples/bank/src/generated")
    const { Account } = await import("../../../schemas/bank/account.ts")
    const { Loan } = await import("../../../schemas/bank/loan.ts")
    const bank = subjects([Account, Loan], {
      schema: readFileSync(join(folder, "events.schema.json"), "utf8"),
      api: readFileSync(join(folder, "asyncapi.json"), "utf8")
    })
    expect(bank).toHaveLength(11)
    for (const subject of bank) agree(subject, 20)
  })
})
