/**
 * Streams the whole log of the database in its first argument, and prints the memory that this
 * took.
 */
import { Effect, Stream } from "effect"
import * as Eventfold from "../contenders/Eventfold.ts"

const [, , url = ""] = process.argv
const bytesPerMegabyte = 1e6

/** Bytes in use after a garbage collection: the memory that streaming retains. */
const retainedBytes = (): number => {
  globalThis.gc?.()
  const { arrayBuffers, external, heapUsed } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

const program = Effect.gen(function* () {
  const { store } = yield* Eventfold.services(url)
  const [heldBefore, residentBefore] = [retainedBytes(), process.memoryUsage.rss()]
  let [events, maxHeld, maxResident] = [0, 0, 0]
  const start = performance.now()
  yield* Stream.runForEachArray(store.readAll(), (page) =>
    Effect.sync(() => {
      events += page.length
      maxResident = Math.max(maxResident, process.memoryUsage.rss())
      if (events % 50_000 < page.length) maxHeld = Math.max(maxHeld, retainedBytes())
    })
  )
  const seconds = (performance.now() - start) / 1_000
  const heldMB = (maxHeld - heldBefore) / bytesPerMegabyte
  const residentMB = (maxResident - residentBefore) / bytesPerMegabyte
  process.stdout.write(JSON.stringify({ events, heldMB, residentMB, seconds }))
})

await Effect.runPromise(Effect.scoped(program))
