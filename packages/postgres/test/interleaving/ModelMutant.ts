/**
 * Stores that look right and lose events, each with one broken rule, and stores that differ and are
 * still right.
 */
import { type Script, scripts, soundRules, type WriterRules } from "./LogModel.ts"
import * as ModelReader from "./ModelReader.ts"

export interface Variant {
  readonly rules: WriterRules
  readonly reader: ModelReader.Steps
  readonly scripts: ReadonlyArray<Script>
}

const { "appends twice": twice, "begins earlier": earlier, commits } = scripts

const ofReader = (reader: ModelReader.Steps, chosen: ReadonlyArray<Script> = [commits, commits]): Variant => ({
  rules: soundRules,
  reader,
  scripts: chosen
})

const ofRules = (rules: Partial<WriterRules>, chosen: ReadonlyArray<Script> = [commits, commits]): Variant => ({
  rules: { ...soundRules, ...rules },
  reader: ModelReader.sound,
  scripts: chosen
})

export const mutants: Readonly<Record<string, Variant>> = {
  "the naive reader: up to the greatest visible position": ofReader(["(a) U", "(c) read"]),
  "the transaction-id reader: events older than every running transaction, begun in another order than drawn": ofReader(
    ["read below xmin"],
    [commits, earlier]
  ),
  "the transaction-id reader, with transactions that append twice": ofReader(["read below xmin"], [commits, twice]),
  "max(position) where xid < xmin": ofReader(["(a) U below xmin", "(c) read"], [commits, twice]),
  "U read after L": ofReader(["(b) L", "(a) U", "(c) read"]),
  "one statement, or one STABLE function, or REPEATABLE READ: all three steps in one snapshot": ofReader([
    "snapshot",
    "(a) U",
    "(b) L",
    "(c) read",
    "end of snapshot"
  ]),
  "events read in a snapshot older than the locks": ofReader([
    "(a) U",
    "snapshot",
    "(b) L",
    "(c) read",
    "end of snapshot"
  ]),
  "a page read by the statement that asks a VOLATILE function how far": ofReader([
    // The snapshot of the statement is taken first; only the function sees later commits.
    "snapshot",
    "(a) U now",
    "(b) L",
    "(c) read",
    "end of snapshot"
  ]),
  "the lock taken after drawing": ofRules({ order: "draw before lock" }),
  "no lock": ofRules({ order: "no lock" }),
  "the lock not taken again after a savepoint's rollback": ofRules({ forgetsWithTheLock: false }, [
    commits,
    scripts["rolls back to a savepoint"]
  ]),
  "a server that releases locks before it makes commits visible": ofRules({ publishesBeforeRelease: false })
}

/**
 * Equivalent stores: the order of the steps is kept. They separate the rules that matter from the
 * others.
 */
export const equivalents: Readonly<Record<string, Variant>> = {
  "U read in an older snapshot (a STABLE horizon), events in a later one": ofReader([
    "snapshot",
    "(a) U",
    "end of snapshot",
    "(b) L",
    "(c) read"
  ])
}
