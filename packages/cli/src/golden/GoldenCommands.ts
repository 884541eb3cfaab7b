/** `eventfold golden`. */
import { Command } from "effect/cli"
import { recordCommand } from "./RecordCommand.ts"
import { verifyCommand } from "./VerifyCommand.ts"

export const goldenCommands = Command.make("golden").pipe(Command.withSubcommands([recordCommand, verifyCommand]))
