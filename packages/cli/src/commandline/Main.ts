/** Runs the command line of this process. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Command from "effect/cli/Command"
import { readFileSync } from "node:fs"
import { command } from "./Commands.ts"
import { fileError } from "./report/Failure.ts"
import { leave } from "./load/ThreadExit.ts"
import { exitCodes } from "./report/ExitCode.ts"
import { takeBrokenPipe } from "./Invocation.ts"
import { asked, isAboutAll, load, placeholders } from "./StoreCommand.ts"
import * as StoredJson from "eventfold/store/StoredJson"

const manifest: unknown = StoredJson.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
const { version } = manifest as { readonly version: string }

const args = process.argv.slice(2)

const wanted = asked(args)

// They look after each of their writes themselves.
if (wanted !== undefined) process.stdout.on("error", () => undefined)
else takeBrokenPipe()

const run = async (store: Parameters<typeof command>[0]): Promise<void> => {
  const fiber = Effect.runFork(
    Command.run(command(store), { version }).pipe(
      Effect.provide(NodeServices.layer),
      Effect.catchCause((cause) =>
        Effect.sync(() => {
          if (Cause.hasInterruptsOnly(cause)) return
          // A command line that cannot be read has been explained already.
          const isDefect = cause.reasons.some(Cause.isDieReason)
          process.exitCode = isDefect ? exitCodes.internal : exitCodes.usage
          const defect = cause.reasons.find(Cause.isDieReason)?.defect
          if (isDefect) process.stderr.write(`${fileError(defect) ?? Cause.pretty(cause)}\n`)
        })
      )
    )
  )
  if (store !== placeholders) {
    // A transaction is undone and a half-written file removed first. A second signal ends the process at once.
    for (const [signal, number] of [
      ["SIGINT", 2],
      ["SIGTERM", 15]
    ] as const) {
      process.once(signal, () => {
        process.exitCode = 128 + number
        fiber.interruptUnsafe()
      })
    }
  }
  await Effect.runPromise(Fiber.await(fiber))
}

const store = wanted !== undefined || isAboutAll(args) ? await load(process.cwd(), wanted ?? "store") : placeholders
if (!("problem" in store)) await run(store)
else if (wanted === undefined) await run(placeholders)
else {
  process.stderr.write(`${store.problem}\n`)
  process.exitCode = store.isToInstall ? exitCodes.usage : exitCodes.internal
}
await leave()
