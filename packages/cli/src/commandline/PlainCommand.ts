/**
 * A command that consists of switches and a format. It is described as data, so that the short
 * reader of arguments and Effect's parser are both made from the one description.
 */
import type { ExitCode } from "./ExitCodes.ts"
import type { Host } from "./Host.ts"

export const formats = ["text", "json", "github"] as const
export type Format = (typeof formats)[number]

export const isFormat = (text: string | undefined): text is Format => formats.some((format) => format === text)

/** A flag without a value. */
export interface Switch {
  readonly description: string
  /** One letter. */
  readonly alias?: string
}

/** Arguments of a plain command. `--json` is the same as `--format json`. */
export interface PlainArguments {
  readonly format: Format
  /** Names of the switches that are given. */
  readonly switches: ReadonlySet<string>
}

export interface PlainCommand {
  readonly name: string
  readonly description: string
  readonly examples: ReadonlyArray<{ readonly command: string; readonly description: string }>
  readonly switches: Readonly<Record<string, Switch>>
  readonly run: (given: PlainArguments, host: Host) => Promise<ExitCode>
}

interface Description<Name extends string> extends Omit<PlainCommand, "run" | "switches"> {
  readonly switches: Readonly<Record<Name, Switch>>
  readonly run: (
    options: Readonly<Record<Name, boolean>> & { readonly format: Format },
    host: Host
  ) => Promise<ExitCode>
}

/** Makes a command whose `run` receives each switch as a boolean. */
export const make = <Name extends string = never>({ run, ...description }: Description<Name>): PlainCommand => ({
  ...description,
  run: ({ format, switches }, host) => {
    const names = Object.keys(description.switches)
    const options = Object.fromEntries(names.map((name) => [name, switches.has(name)])) as { [_ in Name]: boolean }
    return run({ ...options, format }, host)
  }
})
