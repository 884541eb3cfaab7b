/**
 * The parts of its process that the command line uses. A test passes its own, and calls the command
 * without a process.
 */
import { exitCodes, type ExitCode, type Signal } from "./ExitCodes.ts"

/** A stream that a command writes text to. */
export interface Output {
  readonly isTTY?: boolean | undefined
  /** Writes text, and calls `done` once the text is written or has failed. */
  readonly write: (text: string, done?: (error?: Error | null) => void) => unknown
}

/** The stream that a command reads. */
export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean | undefined
}

export interface Host {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  /**
   * Calls the listener at the first signal that asks the process to end. A second signal ends the
   * process at once.
   */
  readonly onSignal: (listener: (signal: Signal) => void) => void
}

/** The output of a command, and its exit code. */
export interface Printed {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

/** `true` if the reader of an output has closed it, as `head` does. */
export const isClosed = (error: Error): boolean =>
  "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED")

/**
 * Writes text to the standard output. Returns the exit code of a failure; a closed output is none.
 */
export const writeOut = ({ stderr, stdout }: Host, text: string): Promise<ExitCode> =>
  new Promise((resolve) => {
    if (text === "") return resolve(exitCodes.ok)
    stdout.write(text, (error) => {
      if (error === null || error === undefined || isClosed(error)) return resolve(exitCodes.ok)
      stderr.write(`can't write the output: ${error.message}\n`)
      resolve(exitCodes.failed)
    })
  })

/** Prints what a command returned. Returns its exit code. */
export const print = async (host: Host, { code, err, out }: Printed): Promise<ExitCode> => {
  const written = await writeOut(host, out)
  if (err !== "") host.stderr.write(err)
  return written === exitCodes.ok ? code : written
}
