/** `eventfold check`: reports stale generated code, and handlers that are missing or not pure. */
import * as Codegen from "@eventfold/codegen"
import * as PlainCommand from "../commandline/PlainCommand.ts"
import { printReport } from "./ReportPrinter.ts"

export const checkCommand = PlainCommand.make({
  name: "check",
  description:
    "Report what `gen` would change, which handlers are missing and which are not pure. Changes nothing; exits with 1 if it finds anything",
  examples: [{ command: "eventfold check --strict --format github", description: "In a GitHub workflow" }],
  switches: {
    verbose: { description: "Also list the findings that comments suppress, with their reasons" },
    strict: {
      description: "Also exit with 1 for warnings: handlers that are still stubs, redacted values that are stored"
    }
  },
  run: async ({ format, strict, verbose }, host) =>
    printReport(await Codegen.check(host.cwd, { strict }), { format, verbose }, host)
})
