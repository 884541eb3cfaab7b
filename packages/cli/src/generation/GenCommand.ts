/** `eventfold gen`: writes generated code. */
import * as Codegen from "@eventfold/codegen"
import { exitCodes, type ExitCode } from "../commandline/ExitCodes.ts"
import { type Host, writeOut } from "../commandline/Host.ts"
import * as PlainCommand from "../commandline/PlainCommand.ts"
import { type Options, printReport } from "./ReportPrinter.ts"

/** Generates after each change until a signal asks the process to end. */
const watch = async (fix: boolean, options: Options, host: Host): Promise<ExitCode> => {
  const stop = new AbortController()
  host.onSignal(() => stop.abort())
  await Codegen.watch({
    cwd: host.cwd,
    fix,
    signal: stop.signal,
    onReport: async (report) => void (await printReport(report, options, host)),
    onWatching: async (subject) => {
      if (options.format === "text") await writeOut(host, `watching ${subject}; Ctrl-C ends it\n`)
    }
  })
  return exitCodes.ok
}

export const genCommand = PlainCommand.make({
  name: "gen",
  description: "Write typed events, folds, services and law tests from the declarations in schemas/",
  examples: [
    { command: "eventfold gen", description: "Write what has changed" },
    { command: "eventfold gen --watch", description: "Write after each change while you edit" },
    { command: "eventfold gen --fix", description: "Also add stubs for the handlers of new events to your files" }
  ],
  switches: {
    watch: {
      alias: "w",
      description: "Keep running, and generate again when a declaration, a body or the config is saved"
    },
    fix: { description: "Add a stub for each missing handler to your files, and change nothing else in them" },
    quiet: { description: "Print nothing unless there is a problem" }
  },
  run: async ({ fix, format, quiet, watch: isWatch }, host) =>
    isWatch
      ? watch(fix, { format, quiet }, host)
      : printReport(await Codegen.gen(host.cwd, { fix }), { format, quiet }, host)
})
