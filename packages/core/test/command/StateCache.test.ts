import type { Repository } from "eventfold"
import { expect, it } from "vitest"
import { StateCache } from "../../src/internal/command/StateCache.ts"

const at = (version: number) => ({ state: `after ${version}`, version })

it("StateCache: drops the least recently used state above its capacity", () => {
  const cache = new StateCache<Repository.Loaded<string>>(2)
  cache.set("a", at(1))
  cache.set("b", at(1))
  expect(cache.get("a")).toEqual(at(1))
  cache.set("c", at(1))
  expect(cache.get("b")).toBeUndefined()
  expect(cache.get("a")).toEqual(at(1))
  expect(cache.get("c")).toEqual(at(1))
})

it("StateCache: an older state does not replace a newer one", () => {
  const cache = new StateCache<Repository.Loaded<string>>(2)
  cache.set("a", at(3))
  cache.set("a", at(2))
  expect(cache.get("a")).toEqual(at(3))
  cache.delete("a")
  cache.set("a", at(2))
  expect(cache.get("a")).toEqual(at(2))
})

it("StateCache: keeps nothing without capacity", () => {
  const cache = new StateCache<Repository.Loaded<string>>(0)
  cache.set("a", at(1))
  expect(cache.get("a")).toBeUndefined()
})
