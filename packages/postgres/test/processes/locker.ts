/**
 * A thread for tests: takes the lock of one directory after another, at the same moment as other
 * threads.
 */
import { Effect, Exit, Scope } from "effect"
import { parentPort, workerData } from "node:worker_threads"
import { lock } from "../../src/internal/connect/DirectoryLock.ts"

const { barrier, directories, threads } = workerData as {
  readonly barrier: Int32Array
  readonly directories: ReadonlyArray<string>
  readonly threads: number
}

const won: Array<boolean> = []
for (const [round, directory] of directories.entries()) {
  // All threads continue from this line together.
  Atomics.add(barrier, 0, 1)
  while (Atomics.load(barrier, 0) < (round + 1) * threads);
  const scope = Effect.runSync(Scope.make())
  won.push(Exit.isSuccess(Effect.runSyncExit(Scope.provide(lock(directory), scope))))
}
parentPort?.postMessage(won)
