/**
 * Preloaded by programs of tests (`node --import`): their new PGlite databases are copies of an
 * empty one.
 */
import { openAsBlob } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { copyEmpty } from "../server/EmptyDatabases.ts"

// These programs end before optimized code of PGlite would pay for its compilation.
setFlagsFromString("--liftoff-only")

const file = process.env["EVENTFOLD_TEST_PGLITE"]
if (file === undefined) throw new Error("EVENTFOLD_TEST_PGLITE must name the file of an empty database")
copyEmpty(() => openAsBlob(file))
