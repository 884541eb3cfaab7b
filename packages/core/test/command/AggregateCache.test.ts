import { AggregateCache } from "eventfold"
import { expect, it } from "vitest"

const at = (version: number) => ({ state: `after ${version}`, version })

it("keeps so many states, and forgets what was used least recently", () => {
  const cache = new AggregateCache.Cache<AggregateCache.Loaded<string>>(2)
  cache.set("a", at(1))
  cache.set("b", at(1))
  expect(cache.get("a")).toEqual(at(1))
  cache.set("c", at(1))
  expect(cache.get("b")).toBeUndefined()
  expect(cache.get("a")).toEqual(at(1))
  expect(cache.get("c")).toEqual(at(1))
})

it("a state that is behind does not replace one that is ahead", () => {
  const cache = new AggregateCache.Cache<AggregateCache.Loaded<string>>(2)
  cache.set("a", at(3))
  cache.set("a", at(2))
  expect(cache.get("a")).toEqual(at(3))
  cache.delete("a")
  cache.set("a", at(2))
  expect(cache.get("a")).toEqual(at(2))
})

it("without capacity it keeps nothing", () => {
  const cache = new AggregateCache.Cache<AggregateCache.Loaded<string>>(0)
  cache.set("a", at(1))
  expect(cache.get("a")).toBeUndefined()
})
