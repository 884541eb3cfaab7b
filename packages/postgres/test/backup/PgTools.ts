/**
 * `pg_dump` and `psql`, if this machine has them: the servers from npm include neither. They must
 * have a supported version, and can dump servers up to their own version.
 */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { PostgresVersion } from "../server/PostgresServer.ts"

/** The folders of distributions, the newest first; then the search path of the shell. */
const folders = (): ReadonlyArray<string> => {
  const debian = "/usr/lib/postgresql"
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [...versions.map((version) => join(debian, version, "bin")), ...(process.env["PATH"] ?? "").split(":")]
}

const major = (file: string): number =>
  Number(/\(PostgreSQL\) (\d+)/.exec(execFileSync(file, ["--version"], { encoding: "utf8" }))?.[1] ?? 0)

/** The folder with both programs. */
export const bin = folders().find((folder) => existsSync(join(folder, "pg_dump")) && existsSync(join(folder, "psql")))
const dumpVersion = bin === undefined ? 0 : major(join(bin, "pg_dump"))
/** The newest server that can be dumped. */
export const version: PostgresVersion | undefined = dumpVersion >= 18 ? 18 : dumpVersion >= 15 ? 15 : undefined
/** The reason why the programs can't be tested; empty if they can. */
export const skipped =
  bin === undefined
    ? " (skipped: this machine has no pg_dump and psql)"
    : version === undefined
      ? ` (skipped: pg_dump here is of version ${dumpVersion}, which dumps no server that is supported)`
      : ""
