import { expect, it } from "vitest"
import { body, purityOf } from "./Cart.ts"
import { corpus } from "./Good.ts"

it.each(Object.entries(corpus))("nothing is found in %s", (_, { before, files = {}, handler }) => {
  const whole = /^Changed[:(]/.test(handler) ? handler : `Changed: (state, event) => ${handler}`
  const { diagnostics } = purityOf({ "cart.apply.ts": body(whole, before), ...files })
  expect(diagnostics.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`)).toEqual([])
})

it("there are more than forty of them", () => {
  expect(Object.keys(corpus).length).toBeGreaterThan(40)
})
