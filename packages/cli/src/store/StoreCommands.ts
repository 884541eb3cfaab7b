/** `eventfold store`. */
import { Command } from "effect/cli"
import { exportCommand } from "./ExportCommand.ts"
import { grantsCommand } from "./GrantsCommand.ts"
import { importCommand } from "./ImportCommand.ts"
import { snapshotsCommand } from "./SnapshotsCommand.ts"

export const storeCommands = Command.make("store").pipe(
  Command.withSubcommands([exportCommand, importCommand, grantsCommand, snapshotsCommand])
)
