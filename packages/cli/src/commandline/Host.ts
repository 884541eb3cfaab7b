/** Commands whose flags are known: each loads what it needs, prints, and leaves its code for the end of the process. */
import { exitCodes } from "./report/ExitCode.ts"
import type { Format, Printed } from "./Rendering.ts"
import type { Report } from "./report/Report.ts"

/** How a report is written down. */
export interface Shape {
  readonly format: Format
  readonly json: boolean
  readonly quiet?: boolean
}

export interface Gen extends Shape {
  readonly watch: boolean
  readonly fix: boolean
}

export interface Check extends Shape {
  /** Whether findings that comments suppress are listed, too. */
  readonly verbose: boolean
  /** Whether handlers that are not written yet are errors. */
  readonly strict: boolean
}

/** Prints, and leaves the code for the end of the process. */
export const finish = async (running: () => Promise<Printed>): Promise<void> => {
  const { code, err, out } = await running()
  process.exitCode = code
  if (out !== "") process.stdout.write(out)
  if (err !== "") process.stderr.write(err)
}

/** A reader who has seen enough, as in `… | head`, is nothing that this process should die of. */
export const takeBrokenPipe = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return
    process.stderr.write(`can't write the output: ${error.message}\n`)
    process.exitCode = exitCodes.stale
  })
}

/** Colours are for terminals, and for who asks for them. */
const takesColours = (stream: NodeJS.WriteStream): boolean => {
  const { FORCE_COLOR, NO_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false
  return FORCE_COLOR === undefined || FORCE_COLOR === "" ? stream.isTTY : FORCE_COLOR !== "0"
}

/** How this process writes reports down. */
const printer =
  ({ format, json, quiet = false, verbose = false }: Shape & Partial<Pick<Check, "verbose">>) =>
  async (report: Report): Promise<Printed> => {
    const { render } = await import("./Rendering.ts")
    const colours = { out: takesColours(process.stdout), err: takesColours(process.stderr) }
    const workspace = process.env["GITHUB_WORKSPACE"]
    return {
      code: report.code,
      ...render(report, { format: json ? "json" : format, quiet, verbose, colours, workspace })
    }
  }

/** What the commands that generate do. */
export interface Invocation {
  readonly gen: (options: Gen) => Promise<void>
  readonly check: (options: Check) => Promise<void>
  readonly diff: (options: Shape) => Promise<void>
}

export const invocation: Invocation = {
  gen: async ({ fix, watch, ...how }) => {
    if (watch) {
      const { watch } = await import("./generate/Watch.ts")
      return watch({ cwd: process.cwd(), fix, print: printer(how), isText: !how.json && how.format === "text" })
    }
    return finish(async () => {
      const { gen } = await import("./Cli.ts")
      return printer(how)(await gen(process.cwd(), { fix }))
    })
  },
  check: ({ strict, ...how }) =>
    finish(async () => {
      const { check } = await import("./Cli.ts")
      return printer(how)(await check(process.cwd(), { strict }))
    }),
  diff: (how) =>
    finish(async () => {
      const { diff } = await import("./Cli.ts")
      return printer(how)(await diff(process.cwd()))
    })
}
