/** Prints reports of the generator, with colours if the stream takes them. */
import type { Report } from "@eventfold/codegen"
import { takesColours } from "../commandline/Colours.ts"
import { type ExitCode, exitCodeOf } from "../commandline/ExitCodes.ts"
import { type Host, print, type Printed } from "../commandline/Host.ts"
import type { Format } from "../commandline/PlainCommand.ts"

export interface Options {
  readonly format: Format
  readonly quiet?: boolean
  readonly verbose?: boolean
}

const rendered = async (report: Report, options: Options, { env, stderr, stdout }: Host): Promise<Printed> => {
  const { render } = await import("./Rendering.ts")
  const colours = { out: takesColours(env, stdout), err: takesColours(env, stderr) }
  const workspace = env["GITHUB_WORKSPACE"]
  return { code: exitCodeOf[report.outcome], ...render(report, { ...options, colours, workspace }) }
}

/** Prints a report. Returns the exit code. */
export const printReport = async (report: Report, options: Options, host: Host): Promise<ExitCode> =>
  print(host, await rendered(report, options, host))
