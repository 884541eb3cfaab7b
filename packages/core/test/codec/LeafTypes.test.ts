/**
 * The table of leaf types agrees with Effect's schemas and with the functions of compiled codecs.
 */
import { Schema } from "effect"
import { Leaf } from "eventfold/generated"
import { LeafTypes } from "eventfold/tables"
import { describe, expect, it } from "vitest"

describe("LeafTypes", () => {
  it("each row is named after the schema of Effect that carries this name as its id", () => {
    for (const { name } of LeafTypes.all) {
      expect(Schema[name].ast.annotations?.["representation"]).toMatchObject({ id: `effect/schema/${name}` })
    }
  })

  it("each function that a row names is a function of Leaf", () => {
    const names = LeafTypes.all.flatMap(({ compiled }) => {
      if (compiled === undefined) return []
      const { form, is } = compiled
      return form === undefined ? [is] : [is, form.read, form.encode]
    })
    expect(names).toContain("storedDuration")
    expect(names.filter((name) => typeof Reflect.get(Leaf, name) !== "function")).toEqual([])
  })
})
