/** Runs the command line of this process. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import { readFileSync } from "node:fs"
import { command, exitCodes } from "./Cli.ts"

const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8")
)

await Command.run(command, { version }).pipe(
  Effect.provide(NodeServices.layer),
  Effect.catchCause((cause) =>
    Effect.sync(() => {
      // A command line that cannot be read has been explained already.
      const isDefect = cause.reasons.some(Cause.isDieReason)
      process.exitCode = isDefect ? exitCodes.internal : exitCodes.usage
      if (isDefect) process.stderr.write(`${Cause.pretty(cause)}\n`)
    })
  ),
  Effect.runPromise
)
