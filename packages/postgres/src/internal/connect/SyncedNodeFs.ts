/**
 * PGlite's file system on a directory, with what it lacks for surviving a loss of power: waiting for the disk.
 *
 * PGlite runs PostgreSQL with fsync off, and turning it on alone does nothing: its file system has no fsync, and its fdatasync, which
 * PostgreSQL takes for the log by default, returns at once. So both are given: an fsync that is one, and the setting that uses it.
 */
import { PGlite } from "@electric-sql/pglite"
import { NodeFS } from "@electric-sql/pglite/nodefs"
import { Predicate } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

/** What a database survives: the end of this process, or a loss of power as well. */
export type Durability = "process" | "power"

/** What WASI calls EIO. PostgreSQL takes a failed fsync for what it is: the end, since what the disk holds is not known any more. */
const wasiInputOutput = 29

/** PostgreSQL's parameters: those of PGlite, but for the one that turns fsync off. */
export const startParams: ReadonlyArray<string> = [
  ...PGlite.defaultStartParams.filter((one) => one !== "-F"),
  "-c",
  "fsync=on",
  // Of the ways to write the log through, the only one that this file system has.
  "-c",
  "wal_sync_method=fsync"
]

/** An open file, or a directory, as Emscripten has it; only files have a descriptor of the system. */
interface OpenStream {
  readonly nfd?: number
  readonly node: object
}

/** Emscripten's file system on the one of Node. */
interface MountedNodeFs {
  readonly stream_ops: object
  readonly realPath: (node: object) => string
}

const isMounted = (value: unknown): value is MountedNodeFs =>
  Predicate.hasProperty(value, "stream_ops") &&
  Predicate.isObject(value.stream_ops) &&
  Predicate.hasProperty(value, "realPath") &&
  typeof value.realPath === "function"

/** Waits until the disk has a file, or the names that are in a directory. */
export const syncPath = (file: string): void => {
  const descriptor = fs.openSync(file, "r")
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

const fsyncOn =
  ({ realPath }: MountedNodeFs) =>
  ({ nfd, node }: OpenStream): number => {
    try {
      if (nfd === undefined) syncPath(realPath(node))
      else fs.fsyncSync(nfd)
      return 0
    } catch {
      // There is a number for it, and no place for words.
      return wasiInputOutput
    }
  }

/** For `PGlite.create({ fs, startParams })`. */
export class SyncedNodeFs extends NodeFS {
  override async init(...[db, options]: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(db, options)
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...(emscriptenOpts.preRun ?? []),
          (module) => {
            const mounted: unknown = Reflect.get(module, "NODEFS")
            if (!isMounted(mounted))
              throw new Error("this PGlite has no file system that can be made to wait for the disk")
            Object.assign(mounted.stream_ops, { fsync: fsyncOn(mounted) })
          }
        ]
      }
    }
  }
}

/** Waits until the disk has all files below a directory, and the directory itself; throws where the file system can't say. */
export const syncDirectory = (directory: string): void => {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name)
    if (entry.isDirectory()) syncDirectory(file)
    else if (entry.isFile()) syncPath(file)
  }
  syncPath(directory)
}
