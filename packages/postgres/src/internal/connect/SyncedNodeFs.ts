/**
 * PGlite's file system on a directory, which also waits for the disk, so that the data survives a
 * loss of power.
 *
 * PGlite runs PostgreSQL with fsync off, and turning it on alone has no effect: its file system has
 * no fsync, and its fdatasync, which PostgreSQL uses for its log by default, returns at once. So
 * both are needed: a real fsync, and the setting that uses it.
 */
import { PGlite } from "@electric-sql/pglite"
import { NodeFS } from "@electric-sql/pglite/nodefs"
import { Predicate } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

/** The failures that a database survives: the end of this process, or also a loss of power. */
export type Durability = "process" | "power"

/**
 * EIO of WASI. PostgreSQL stops after a failed fsync, since the content of the disk is then
 * unknown.
 */
const wasiInputOutputErrno = 29

/** PostgreSQL's parameters: those of PGlite, without the one that turns fsync off. */
export const startParams: ReadonlyArray<string> = [
  ...PGlite.defaultStartParams.filter((one) => one !== "-F"),
  "-c",
  "fsync=on",
  // The only method of syncing the log that this file system has.
  "-c",
  "wal_sync_method=fsync"
]

/** An open file or directory of Emscripten; only files have a descriptor of the system. */
interface OpenStream {
  readonly nfd?: number
  readonly node: object
}

/** Emscripten's file system on that of Node. */
interface MountedNodeFs {
  readonly stream_ops: object
  readonly realPath: (node: object) => string
}

const isMounted = (value: unknown): value is MountedNodeFs =>
  Predicate.hasProperty(value, "stream_ops") &&
  Predicate.isObject(value.stream_ops) &&
  Predicate.hasProperty(value, "realPath") &&
  typeof value.realPath === "function"

/** Waits until a file, or the names in a directory, are on the disk. */
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
      // Emscripten takes a number, and has no place for a message.
      return wasiInputOutputErrno
    }
  }

/** The file system for `PGlite.create({ fs, startParams })`. */
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
            if (!isMounted(mounted)) throw new Error("the file system of this PGlite can't wait for the disk")
            Object.assign(mounted.stream_ops, { fsync: fsyncOn(mounted) })
          }
        ]
      }
    }
  }
}

/**
 * Waits until all files below a directory, and the directory itself, are on the disk; throws if the
 * file system can't.
 */
export const syncDirectory = (directory: string): void => {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name)
    if (entry.isDirectory()) syncDirectory(file)
    else if (entry.isFile()) syncPath(file)
  }
  syncPath(directory)
}
