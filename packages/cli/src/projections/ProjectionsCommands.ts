/** `eventfold projections`. */
import { Command } from "effect/cli"
import { parkedCommand } from "./ParkedCommand.ts"
import { pauseCommand, resumeCommand } from "./PauseCommands.ts"
import { rebuildCommand } from "./RebuildCommand.ts"
import { retryCommand } from "./RetryCommand.ts"
import { dischargeCommand, dropOldCommand, removeCommand, rollbackCommand } from "./RowCommands.ts"
import { statusCommand } from "./StatusCommand.ts"

export const projectionsCommands = Command.make("projections").pipe(
  Command.withSubcommands([
    statusCommand,
    pauseCommand,
    resumeCommand,
    rebuildCommand,
    rollbackCommand,
    dischargeCommand,
    dropOldCommand,
    removeCommand,
    parkedCommand,
    retryCommand
  ])
)
