/** `eventfold reactions`. */
import { Command } from "effect/cli"
import { discardCommand, parkedCommand } from "./ParkedCommands.ts"
import { pauseCommand, resumeCommand } from "./PauseCommands.ts"
import { retryCommand } from "./RetryCommand.ts"
import { statusCommand } from "./StatusCommand.ts"

export const reactionsCommands = Command.make("reactions").pipe(
  Command.withSubcommands([statusCommand, pauseCommand, resumeCommand, parkedCommand, retryCommand, discardCommand])
)
