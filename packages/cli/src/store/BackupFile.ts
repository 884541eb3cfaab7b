/**
 * The target of an export and the source of an import: a file, or the standard output and input.
 */
import { Effect, Stream, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { type FileFailed, fileFailed, type OutputClosed } from "../commandline/Failures.ts"
import type { Host } from "../commandline/Host.ts"
import { type Session, write } from "../commandline/Session.ts"

const attempt = <A>(action: string, step: () => Promise<A>): Effect.Effect<A, FileFailed> =>
  Effect.tryPromise({ try: step, catch: (cause) => fileFailed(action, cause) })

/** A target of text. The text is safe once `done` has ended. */
export interface Sink<R = never> {
  readonly write: (text: string) => Effect.Effect<void, FileFailed | OutputClosed, R>
  readonly done: Effect.Effect<void, FileFailed>
}

/** The standard output as a target. */
export const standardOutput: Sink<Session> = { write, done: Effect.void }

const isRegular = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? true

/**
 * Opens a file as a target; only its owner can read it. Until the export is complete it is written
 * beside its name, as `….part` under a name of this run, so that several exports to one name do not
 * mix; if the export fails, it is removed. A file that is no regular one, such as a pipe, is
 * written directly.
 */
export const fileSink = (file: string, cwd = process.cwd()): Effect.Effect<Sink, FileFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const action = `write ${file}`
    // A link stays a link: the file that it leads to is replaced.
    const target = yield* Effect.try({
      try: () => {
        const absolute = path.resolve(cwd, file)
        return fs.existsSync(absolute) ? fs.realpathSync(absolute) : absolute
      },
      catch: (cause) => fileFailed(action, cause)
    })
    const isReplaced = isRegular(target)
    const written = isReplaced ? `${target}.${randomUUID().slice(0, 8)}.part` : target
    const handle = yield* attempt(action, () => fs.promises.open(written, isReplaced ? "wx" : "w", 0o600))
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
        if (isReplaced && !isDone) await fs.promises.rm(written, { force: true })
      })
    )
    return {
      write: (text) => attempt(action, () => handle.appendFile(text)),
      done: attempt(action, async () => {
        if (isReplaced) await handle.sync()
        await close()
        if (isReplaced) await fs.promises.rename(written, target)
        isDone = true
      })
    }
  })

const piecesOf = (readable: AsyncIterable<Uint8Array>, action: string): Stream.Stream<Uint8Array, FileFailed> =>
  Stream.fromAsyncIterable(readable, (cause) => fileFailed(action, cause))

/** Reads the bytes of a file, or of the standard input if no file is named. */
export const source = (file: string | undefined, { cwd, stdin }: Host): Stream.Stream<Uint8Array, FileFailed> =>
  file === undefined
    ? piecesOf(stdin, "read the input")
    : Stream.suspend(() =>
        piecesOf(fs.createReadStream(path.resolve(cwd, file), { highWaterMark: 1 << 18 }), `read ${file}`)
      )

/** Shows a count on a terminal. Silent on other outputs. */
export const counter = (
  label: string,
  { stderr }: Host
): { readonly add: (count: number) => void; readonly clear: () => void } => {
  let total = 0
  let shownAt = 0
  return {
    add: (count) => {
      total += count
      if (stderr.isTTY !== true || performance.now() - shownAt < 100) return
      shownAt = performance.now()
      stderr.write(`\r${label} ${total.toLocaleString("en-US")}`)
    },
    clear: () => {
      if (shownAt > 0) stderr.write("\r\u001b[K")
    }
  }
}
