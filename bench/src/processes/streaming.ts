/** Streams the whole log of the database in its first argument, and prints how much memory that took. */
import { Effect, Stream } from "effect"
import * as Eventfold from "../contenders/Eventfold.ts"

const [, , url = ""] = process.argv
const megabyte = 1e6

/** What is in use after a garbage collection: what streaming holds on to. */
const held = (): number => {
  globalThis.gc?.()
  const { arrayBuffers, external, heapUsed } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

const program = Effect.gen(function* () {
  const { store } = yield* Eventfold.services(url)
  const [heldBefore, residentBefore] = [held(), process.memoryUsage.rss()]
  let [events, mostHeld, mostResident] = [0, 0, 0]
  const start = performance.now()
  yield* Stream.runForEachArray(store.readAll(), (page) =>
    Effect.sync(() => {
      events += page.length
      mostResident = Math.max(mostResident, process.memoryUsage.rss())
      if (events % 50_000 < page.length) mostHeld = Math.max(mostHeld, held())
    })
  )
  const seconds = (performance.now() - start) / 1_000
  const heldMB = (mostHeld - heldBefore) / megabyte
  const residentMB = (mostResident - residentBefore) / megabyte
  process.stdout.write(JSON.stringify({ events, heldMB, residentMB, seconds }))
})

await Effect.runPromise(Effect.scoped(program))
