/** Runs a command line with Effect's parser. */
import { fileError } from "@eventfold/codegen"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Command from "effect/cli/Command"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as NodeConsole from "node:console"
import { Writable } from "node:stream"
import { takesColours } from "./Colours.ts"
import { groupNames, type LoadedCommand, placeholders, withAllGroups, withGroup } from "./CommandGroups.ts"
import { commandNames, commandTree } from "./CommandTree.ts"
import { exitCodeOfSignal, exitCodes } from "./ExitCodes.ts"
import { type Host, writeOut } from "./Host.ts"
import { manifest } from "./Manifest.ts"
import type { PlainCommand } from "./PlainCommand.ts"
import { Session } from "./Session.ts"

/**
 * Returns the group that a command line names: the first of its words that is a command decides.
 */
const namedGroup = (args: ReadonlyArray<string>, plain: ReadonlyArray<PlainCommand>): string | undefined => {
  const names = commandNames(plain)
  const first = args.find((arg) => names.has(arg))
  return groupNames.find((name) => name === first)
}

/**
 * `true` if the command line asks about all commands, so that the answer includes those of each
 * group.
 */
const isAboutAll = (args: ReadonlyArray<string>): boolean =>
  args.some((arg) => arg === "--wizard" || arg.startsWith("--completions"))

/** One run: collects the exit code, and gives the parser the streams of the host. */
class ParsedRun {
  readonly #host: Host
  readonly #stdout: Writable
  readonly #stderr: Writable
  #code: number = exitCodes.ok

  constructor(host: Host) {
    this.#host = host
    this.#stdout = new Writable({
      decodeStrings: false,
      write: (text, _, done) =>
        void writeOut(host, String(text)).then((code) => {
          if (code !== exitCodes.ok) this.#code = code
          done()
        })
    })
    this.#stderr = new Writable({
      decodeStrings: false,
      write: (text, _, done) => void host.stderr.write(String(text), () => done())
    })
  }

  #failed(cause: Cause.Cause<unknown>): Effect.Effect<void> {
    return Effect.sync(() => {
      if (Cause.hasInterruptsOnly(cause)) return
      const defect = cause.reasons.find(Cause.isDieReason)
      // The parser has explained a command line that it cannot read.
      this.#code = defect === undefined ? exitCodes.usage : exitCodes.internal
      if (defect !== undefined) this.#host.stderr.write(`${fileError(defect.defect) ?? Cause.pretty(cause)}\n`)
    })
  }

  async run(args: ReadonlyArray<string>, command: ReturnType<typeof commandTree>, takesSignals: boolean) {
    const { env, stdin, stdout } = this.#host
    const fiber = Effect.runFork(
      Command.runWith(command, { version: manifest.version })(args).pipe(
        Effect.provide(NodeServices.layer),
        Effect.provideService(Session, { host: this.#host, end: (code) => void (this.#code = code) }),
        Effect.provideService(Console.Console, new NodeConsole.Console(this.#stdout, this.#stderr, false)),
        Effect.provideService(TerminalCapabilities.TerminalCapabilities, {
          canColor: env["TERM"] !== "dumb" && takesColours(env, stdout),
          canAnimate: env["TERM"] !== "dumb" && stdout.isTTY === true,
          canPrompt: env["TERM"] !== "dumb" && stdout.isTTY === true && stdin.isTTY === true
        }),
        Effect.catchCause((cause) => this.#failed(cause))
      )
    )
    if (takesSignals) {
      // Interruption rolls a transaction back, and removes a half-written file.
      this.#host.onSignal((signal) => {
        this.#code = exitCodeOfSignal(signal)
        fiber.interruptUnsafe()
      })
    }
    await Effect.runPromise(Fiber.await(fiber))
    for (const stream of [this.#stdout, this.#stderr]) await new Promise<void>((resolve) => stream.end(resolve))
    return this.#code
  }
}

/** Runs the arguments of a command line, and returns the exit code. */
export const runParsed = async (
  args: ReadonlyArray<string>,
  host: Host,
  plain: ReadonlyArray<PlainCommand>
): Promise<number> => {
  const name = namedGroup(args, plain)
  let groups: ReadonlyArray<LoadedCommand> = placeholders
  if (name !== undefined) {
    const loaded = await withGroup(name)
    if ("problem" in loaded) {
      host.stderr.write(`${loaded.problem}\n`)
      return loaded.isToInstall ? exitCodes.usage : exitCodes.internal
    }
    groups = loaded
  } else if (isAboutAll(args)) groups = await withAllGroups()
  return new ParsedRun(host).run(args, commandTree(plain, groups), groups !== placeholders)
}
