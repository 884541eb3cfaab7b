/**
 * Command lines as they are mostly typed, read without Effect's parser: to load that takes twice the time that all the rest of
 * `check` does where nothing has changed.
 *
 * Anything else, `--help` and mistakes included, is left to the parser. Both know the same flags; a test holds them to it.
 */
import { describe } from "./report/Failure.ts"
import { exitCodes } from "./report/ExitCode.ts"
import { type Check, type Gen, type Invocation, takeBrokenPipe } from "./Invocation.ts"
import type { Format } from "./Rendering.ts"

const formats: Readonly<Record<Format, Format>> = { text: "text", json: "json", github: "github" }
const isFormat = (text: string | undefined): text is Format => text !== undefined && Object.hasOwn(formats, text)

type Switch = Exclude<keyof Gen | keyof Check, "format">

const switches: Readonly<Record<keyof Invocation, ReadonlyMap<string, Switch>>> = {
  gen: new Map([
    ["--watch", "watch"],
    ["-w", "watch"],
    ["--fix", "fix"],
    ["--quiet", "quiet"],
    ["--json", "json"]
  ]),
  check: new Map([
    ["--verbose", "verbose"],
    ["--strict", "strict"],
    ["--json", "json"]
  ]),
  diff: new Map([["--json", "json"]])
}
const isCommand = (text: string | undefined): text is keyof Invocation =>
  text !== undefined && Object.hasOwn(switches, text)

/** Runs what the arguments ask for; nothing if they are not plain. */
export const read = ([command, ...rest]: ReadonlyArray<string>): ((run: Invocation) => Promise<void>) | undefined => {
  if (!isCommand(command)) return undefined
  let format: Format | undefined
  const given = new Set<Switch>()
  for (let i = 0; i < rest.length; i++) {
    const flag = switches[command].get(rest[i] ?? "")
    if (flag !== undefined) {
      if (given.has(flag)) return undefined
      given.add(flag)
    } else {
      const named = rest[i] === "--format" ? rest[i + 1] : undefined
      if (!isFormat(named) || format !== undefined) return undefined
      format = named
      i++
    }
  }
  const shape = { format: format ?? formats.text, json: given.has("json") }
  switch (command) {
    case "gen":
      return ({ gen }) => gen({ ...shape, watch: given.has("watch"), fix: given.has("fix"), quiet: given.has("quiet") })
    case "check":
      return ({ check }) => check({ ...shape, verbose: given.has("verbose"), strict: given.has("strict") })
    case "diff":
      return ({ diff }) => diff(shape)
  }
}

/** Runs a command as this process; what goes wrong is a defect, since everything else has been made a diagnostic. */
export const run = async (command: () => Promise<void>): Promise<void> => {
  takeBrokenPipe()
  try {
    await command()
  } catch (error) {
    process.exitCode = exitCodes.internal
    process.stderr.write(`${describe(error)}\n`)
  }
}
