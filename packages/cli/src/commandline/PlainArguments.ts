/**
 * Reads the usual command lines of plain commands without Effect's parser: a `check` that finds
 * nothing changed takes 0.24 s, and 0.53 s if it loads the parser.
 *
 * All other command lines are left to the parser, `--help` and mistakes included. A test compares
 * both readers.
 */
import { type Format, isFormat, type PlainArguments, type PlainCommand } from "./PlainCommand.ts"

/** A plain command with its arguments. */
export interface PlainCall {
  readonly command: PlainCommand
  readonly given: PlainArguments
}

const switchNamed = ({ switches }: PlainCommand, word: string): string | undefined =>
  Object.entries(switches).find(([name, { alias }]) => word === `--${name}` || word === `-${alias}`)?.[0]

/** Reads a command line. Returns `undefined` if the parser has to read it. */
export const read = (
  [name, ...rest]: ReadonlyArray<string>,
  commands: ReadonlyArray<PlainCommand>
): PlainCall | undefined => {
  const command = commands.find((one) => one.name === name)
  if (command === undefined) return undefined
  let format: Format | undefined
  let isJson = false
  const switches = new Set<string>()
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? ""
    const found = switchNamed(command, word)
    if (found !== undefined) {
      if (switches.has(found)) return undefined
      switches.add(found)
    } else if (word === "--json") {
      if (isJson) return undefined
      isJson = true
    } else {
      const named = word === "--format" ? rest[++i] : undefined
      if (!isFormat(named) || format !== undefined) return undefined
      format = named
    }
  }
  return { command, given: { format: isJson ? "json" : (format ?? "text"), switches } }
}
