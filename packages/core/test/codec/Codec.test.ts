import { DateTime, Schema, type SchemaAST, SchemaTransformation, Version } from "effect"
import { Codec, CodecPlan, StoredForm } from "eventfold/generated"
import { describe, expect, it } from "vitest"

const fields = { by: Schema.Int, note: Schema.optionalKey(Schema.String), at: Schema.DateTimeUtc }
const Counted = Schema.TaggedStruct("Counted", fields)
const State = Schema.Struct({ count: Schema.Int, tags: Schema.Array(Schema.Literals(["a", "b"])) })
type Counted = typeof Counted.Type
type State = typeof State.Type

const targetOf = (event: Schema.Codec<unknown, unknown>, state: Schema.Top) =>
  CodecPlan.make(StoredForm.events(event), Schema.toCodecJson(state)).target

const make = (target: string) => {
  const installed: Array<ReadonlyArray<SchemaAST.AST>> = []
  const codec = Codec.make<Counted, State>()({
    event: Counted,
    state: State,
    compiled: (asts) => void installed.push(asts),
    target
  })
  return { codec, installed }
}

const stored = { by: 3, at: "1993-03-03T00:00:00.000Z" }

describe("compiled decoders", () => {
  it("are installed on the nodes that they were generated for", () => {
    const { codec, installed } = make(targetOf(Counted, State))
    expect(codec.stale).toBe(false)
    expect(installed).toHaveLength(1)
    expect(installed[0]).toHaveLength(4)
    const [events] = installed[0]!
    expect(events?._tag === "Union" && events.types).toEqual([codec.events.get("Counted")!.ast])
    expect(installed[0]![2]).toBe(codec.state.ast)
  })

  it("that are outdated, or generated for another version of Effect, are not used: the interpreter decodes correctly", () => {
    const current = targetOf(Counted, State)
    for (const target of ["", targetOf(Schema.TaggedStruct("Counted", {}), State), `4.0.9${current.slice(5)}`]) {
      expect(target).not.toBe(current)
      const { codec, installed } = make(target)
      expect(codec.stale).toBe(true)
      expect(installed).toEqual([])
      const events = codec.events.get("Counted")!
      const event = Schema.decodeUnknownSync(events)(stored)
      expect(event).toMatchObject({ _tag: "Counted", by: 3 })
      expect(Schema.encodeSync(events)(event)).toEqual(stored)
      expect(() => Schema.decodeUnknownSync(events)({ ...stored, by: "3" })).toThrow(/by/)
    }
  })
})

describe("the shape of a compiled codec", () => {
  const other: Record<string, Schema.Codec<unknown, unknown>> = {
    "an additional field": Schema.TaggedStruct("Counted", { ...fields, more: Schema.Int }),
    "a missing field": Schema.TaggedStruct("Counted", { by: fields.by, at: fields.at }),
    "a field renamed": Schema.TaggedStruct("Counted", { bye: fields.by, note: fields.note, at: fields.at }),
    "fields in another order": Schema.TaggedStruct("Counted", { note: fields.note, by: fields.by, at: fields.at }),
    "a field required": Schema.TaggedStruct("Counted", { ...fields, note: Schema.String }),
    "a field of another type": Schema.TaggedStruct("Counted", { ...fields, by: Schema.BigInt }),
    "an additional check": Schema.TaggedStruct("Counted", { ...fields, by: Schema.Int.check(Schema.isGreaterThan(0)) }),
    "another tag": Schema.TaggedStruct("Recounted", fields),
    "an additional member": Schema.Union([Counted, Schema.TaggedStruct("Reset", {})])
  }
  for (const [what, schema] of Object.entries(other)) {
    it(`differs with ${what}`, () => expect(targetOf(schema, State)).not.toBe(targetOf(Counted, State)))
  }

  it("includes whether a field is optional, and the number of checks", () => {
    const own = () => Schema.String.annotate({ description: "a node of its own" })
    const counted = (note: Schema.Codec<unknown, unknown>) => Schema.TaggedStruct("Counted", { note })
    const targets = [
      own(),
      Schema.optionalKey(own()),
      own().check(Schema.isMinLength(1)),
      own().check(Schema.isMinLength(1), Schema.isMaxLength(9))
    ].map((note) => targetOf(counted(note), State))
    expect(new Set(targets).size).toBe(targets.length)
  })

  it("includes the version of Effect, whose internals compiled codecs call", () => {
    expect(targetOf(Counted, State).startsWith(`${Version.getCurrentVersion()}-`)).toBe(true)
  })

  it("distinguishes transformations of Effect from other transformations between the same types", () => {
    const text = Schema.String.annotate({ expected: "a string that will be decoded as a DateTime.Utc" })
    const own = SchemaTransformation.transform({ decode: DateTime.makeUnsafe<string>, encode: DateTime.formatIso })
    const at = (schema: Schema.Codec<unknown, unknown>) => Schema.TaggedStruct("Counted", { at: schema })
    const plans = [Schema.DateTimeUtcFromString, text.pipe(Schema.decodeTo(Schema.DateTimeUtc, own))].map((schema) =>
      CodecPlan.make(StoredForm.events(at(schema)), Schema.toCodecJson(State))
    )
    expect(plans[0]!.shape).toBe(plans[1]!.shape)
    expect(plans[0]!.target).not.toBe(plans[1]!.target)
  })

  it("distinguishes checks in compiled code from different checks at the same node", () => {
    const counted = (by: Schema.Codec<unknown, unknown>) => Schema.TaggedStruct("Counted", { by })
    const any = Schema.makeFilter(() => true)
    expect(targetOf(counted(Schema.Number.check(Schema.isInt(), any)), State)).not.toBe(
      targetOf(counted(Schema.Int.check(any)), State)
    )
  })

  it("is equal for an equal declaration, written again or with another description", () => {
    const written = (description: string) =>
      Schema.TaggedStruct("Counted", { by: Schema.Int.annotate({ description }), at: Schema.DateTimeUtc })
    expect(targetOf(written("how many"), State)).toBe(targetOf(written("by how much"), State))
  })

  it("exists for a recursive schema", () => {
    interface Tree {
      readonly inner: ReadonlyArray<Tree>
    }
    const Tree = Schema.Struct({ inner: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)) })
    expect(targetOf(Counted, Tree)).toBe(targetOf(Counted, Tree))
  })
})
