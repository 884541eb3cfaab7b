/** Where an export goes to and an import comes from: a file, or the process's own streams. */
import { Data, Effect, Predicate, Stream, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"

/** Something about a file or a stream that the person who runs the command can mend. */
export class FileFailed extends Data.TaggedError("FileFailed")<{ readonly message: string }> {}

/** Nobody reads the output any more, as in `… | head`: nothing to say, and no success either. */
export class OutputClosed extends Data.TaggedError("OutputClosed")<{ readonly message: string }> {}

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : ""

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "this user has no right to",
  EPERM: "this user has no right to",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only"
}

const failed = (what: string, cause: unknown): FileFailed => {
  const why = reasons[codeOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause))
  return new FileFailed({ message: `can't ${what}: ${why}` })
}

const attempt = <A>(what: string, step: () => Promise<A>): Effect.Effect<A, FileFailed> =>
  Effect.tryPromise({ try: step, catch: (cause) => failed(what, cause) })

/** Takes text, and has it safe once `done`. */
export interface Sink {
  readonly write: (text: string) => Effect.Effect<void, FileFailed | OutputClosed>
  readonly done: Effect.Effect<void, FileFailed>
}

/** The process's output, at the pace of its reader. */
export const standardOutput: Sink = {
  write: (text) =>
    Effect.callback((resume) => {
      process.stdout.write(text, (cause) => {
        if (cause === null || cause === undefined) resume(Effect.void)
        else if (codeOf(cause) === "EPIPE") resume(Effect.fail(new OutputClosed({ message: "the output was closed" })))
        else resume(Effect.fail(failed("write the output", cause)))
      })
    }),
  done: Effect.void
}

const isRegular = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? true

/**
 * A file that is there under its name only when it is whole: until then it is beside, as `….part` under a name of this run,
 * so that several to one name can't get into each other, and is removed where the export fails. Only its owner can read it. What is no ordinary file, as a pipe, is written as it is.
 */
export const fileSink = (file: string): Effect.Effect<Sink, FileFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const what = `write ${file}`
    // A link stays one: it is the file behind it that is replaced.
    const target = yield* Effect.try({
      try: () => (fs.existsSync(file) ? fs.realpathSync(file) : path.resolve(file)),
      catch: (cause) => failed(what, cause)
    })
    const replaced = isRegular(target)
    const written = replaced ? `${target}.${randomUUID().slice(0, 8)}.part` : target
    const handle = yield* attempt(what, () => fs.promises.open(written, replaced ? "wx" : "w", 0o600))
    let isOpen = true
    let isDone = false
    const close = async () => {
      if (!isOpen) return
      isOpen = false
      await handle.close()
    }
    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        await close()
        if (replaced && !isDone) await fs.promises.rm(written, { force: true })
      })
    )
    return {
      write: (text) => attempt(what, () => handle.appendFile(text)),
      done: attempt(what, async () => {
        if (replaced) await handle.sync()
        await close()
        if (replaced) await fs.promises.rename(written, target)
        isDone = true
      })
    }
  })

const piecesOf = (readable: AsyncIterable<Uint8Array>, what: string): Stream.Stream<Uint8Array, FileFailed> =>
  Stream.fromAsyncIterable(readable, (cause) => failed(what, cause))

/** A file's bytes, or those of the process's input where no file is named. */
export const source = (file: string | undefined): Stream.Stream<Uint8Array, FileFailed> =>
  file === undefined
    ? piecesOf(process.stdin, "read the input")
    : Stream.suspend(() => piecesOf(fs.createReadStream(file, { highWaterMark: 1 << 18 }), `read ${file}`))

/** A count on the terminal, while something takes its time. Silent where nobody watches. */
export const counter = (label: string): { readonly add: (count: number) => void; readonly clear: () => void } => {
  const { stderr } = process
  let total = 0
  let shown = 0
  return {
    add: (count) => {
      total += count
      if (!stderr.isTTY || performance.now() - shown < 100) return
      shown = performance.now()
      stderr.write(`\r${label} ${total.toLocaleString("en-US")}`)
    },
    clear: () => {
      if (shown > 0) stderr.write("\r\u001b[K")
    }
  }
}
