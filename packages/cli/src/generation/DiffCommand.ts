/** `eventfold diff`: shows what `gen` would change. */
import * as Codegen from "@eventfold/codegen"
import * as PlainCommand from "../commandline/PlainCommand.ts"
import { printReport } from "./ReportPrinter.ts"

export const diffCommand = PlainCommand.make({
  name: "diff",
  description:
    "Show what `gen` would change as a unified diff. Changes nothing; exits with 1 if there are any differences",
  examples: [{ command: "eventfold diff | git apply", description: "The same as `eventfold gen`" }],
  switches: {},
  run: async ({ format }, host) => printReport(await Codegen.diff(host.cwd), { format }, host)
})
