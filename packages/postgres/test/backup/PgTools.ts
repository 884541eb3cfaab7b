/**
 * `pg_dump` and `psql`, if this machine has them: npm's servers bring none. They have to be of a version that is supported, and
 * dump servers up to their own.
 */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { PostgresVersion } from "../server/PostgresServer.ts"

/** Where a distribution puts them, the newest first; then wherever the shell finds them. */
const folders = (): ReadonlyArray<string> => {
  const debian = "/usr/lib/postgresql"
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [...versions.map((version) => join(debian, version, "bin")), ...(process.env["PATH"] ?? "").split(":")]
}

const major = (file: string): number =>
  Number(/\(PostgreSQL\) (\d+)/.exec(execFileSync(file, ["--version"], { encoding: "utf8" }))?.[1] ?? 0)

/** The folder that holds both. */
export const bin = folders().find((folder) => existsSync(join(folder, "pg_dump")) && existsSync(join(folder, "psql")))
const dumpVersion = bin === undefined ? 0 : major(join(bin, "pg_dump"))
/** The newest server that can be dumped. */
export const version: PostgresVersion | undefined = dumpVersion >= 18 ? 18 : dumpVersion >= 15 ? 15 : undefined
/** Why there is nothing to try them with; empty where there is. */
export const skipped =
  bin === undefined
    ? " (skipped: this machine has no pg_dump and psql)"
    : version === undefined
      ? ` (skipped: pg_dump here is of version ${dumpVersion}, which dumps no server that is supported)`
      : ""
