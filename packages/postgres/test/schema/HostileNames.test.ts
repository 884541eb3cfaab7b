/**
 * Names of roles and schemas may contain any characters that PostgreSQL allows: printed statements
 * do only what they state.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { StoreRequest } from "eventfold/store"
import { Grants, PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { execFile, execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { literal, quoteBody } from "../../src/internal/sql/Quoting.ts"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { bin } from "../backup/PgTools.ts"
import { clientOf } from "../StoreOnServer.ts"
import { newDatabase } from "../server/Database.ts"
import { serverUrl } from "../server/serverUrl.ts"

const runFile = promisify(execFile)

let count = 0
const unique = () => `i${process.pid.toString(36)}${(++count).toString(36)}`

/** Names that would end the quotes around them, with the statement that they would then run. */
const hostile: ReadonlyArray<(made: string) => string> = [
  (made) => `a$$; create role ${made} superuser; --`,
  (made) => `a$body$;create role ${made} superuser;--`,
  (made) => `a'; create role ${made} superuser; --`,
  (made) => `a"; create role ${made} superuser; --`,
  (made) => `a\\'; create role ${made} superuser; --`,
  (made) => `a') ; create role ${made} superuser; --`,
  (made) => `x\ncreate role ${made} superuser;\n`,
  (made) => `x\n\\! touch ${made}\n`,
  (made) => `%I %1$I ${made} :x :'x' $1 🐎`,
  (made) => `${made}$body`
]

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "eventfold-names-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The ways to run the statements, as an operator would run printed statements. */
const runners: Readonly<
  Record<string, (url: string, statements: ReadonlyArray<string>, directory: string) => Effect.Effect<unknown, unknown>>
> = {
  "the driver": (url, statements) =>
    Effect.scoped(
      Effect.flatMap(clientOf(url), (sql) =>
        // On one connection: a statement that ends early is two commands, which the driver refuses.
        sql.withTransaction(Effect.forEach(statements, (statement) => sql.unsafe(statement).unprepared))
      )
    ),
  ...(bin === undefined
    ? {}
    : {
        psql: (url: string, statements: ReadonlyArray<string>, directory: string) =>
          Effect.promise(() => {
            const file = join(directory, "grants.sql")
            writeFileSync(file, statements.map((statement) => `${statement};\n`).join(""))
            const options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", `--dbname=${url}`, `--file=${file}`]
            return runFile(join(bin ?? "", "psql"), options, { cwd: directory })
          })
      })
}

describe("grants with hostile names of a role and a schema", () => {
  for (const [runner, run] of Object.entries(runners)) {
    for (const conforming of ["on", "off"]) {
      it.live(
        `they grant their rights and create nothing, by ${runner}, standard_conforming_strings ${conforming}`,
        () =>
          Effect.gen(function* () {
            const url = yield* newDatabase(yield* Effect.promise(serverUrl))
            const directory = yield* folder
            const connector = yield* PgEventStore.connect({ url, maxConnections: 1 })
            const { client } = connector
            for (const [i, of] of hostile.entries()) {
              const made = unique()
              const role = of(made)
              const schema = `${i} ${hostile[(i + 1) % hostile.length]!(made)}`
              yield* Effect.acquireRelease(client.unsafe(`create role ${quote(role)}`).unprepared, () =>
                Effect.orDie(
                  Effect.andThen(
                    client.unsafe(`drop owned by ${quote(role)} cascade`).unprepared,
                    client.unsafe(`drop role ${quote(role)}`).unprepared
                  )
                )
              )
              yield* Effect.scoped(SqlEventStore.make(connector, { schema }))
              const statements = yield* Grants.statements({ role, schema, maintain: true, react: true, project: true })
              yield* run(url, [`set standard_conforming_strings = ${conforming}`, ...statements], directory)
              const [row] = yield* client.unsafe(
                `select has_database_privilege($1, current_database(), 'create'),
                  has_schema_privilege($1, $2, 'usage'), exists (select from pg_roles where rolname = $3),
                  (select rolsuper from pg_roles where rolname = $1)`,
                [role, schema, made]
              ).values
              assert.deepStrictEqual([role, ...row!], [role, true, true, false, false])
              assert.isFalse(existsSync(join(directory, made)), role)
            }
          }).pipe(Effect.scoped),
        120_000
      )
    }
  }
})

it.live("quoting: text in quotes and in the body of a DO keeps its value, with any characters", () =>
  Effect.gen(function* () {
    const sql = yield* clientOf(yield* Effect.promise(serverUrl))
    for (const conforming of ["on", "off"]) {
      yield* sql.unsafe(`set standard_conforming_strings = ${conforming}`).unprepared
      for (const of of [...hostile, (name: string) => `${name}\\`, () => "$body$body$body"]) {
        const name = of("nothing")
        const [[found] = []] = yield* sql.unsafe(`select ${literal(name)}`).values
        assert.strictEqual(found, name)
        yield* sql.unsafe("select set_config('test.name', $1, false)", [name]).values
        const claim = `begin assert current_setting('test.name') = ${literal(name)}; end /* ${quoteBody("").slice(0, -7)} */ --`
        yield* sql.unsafe(`do ${quoteBody(`${claim}${name.replaceAll("\n", " ")}`)}`).unprepared
      }
    }
  }).pipe(Effect.scoped)
)

it("quoting: a name in a printed command is one word to a shell", () => {
  for (const of of [
    ...hostile,
    () => "Totals",
    () => "",
    () => "a b",
    () => "it's",
    () => "$(touch x)",
    () => "`touch x`"
  ]) {
    const name = of("nothing")
    const word = StoreRequest.shellWord(name)
    assert.strictEqual(execFileSync("sh", ["-c", `printf '<%s>' ${word}`], { encoding: "utf8" }), `<${name}>`)
  }
  assert.strictEqual(StoreRequest.shellWord("Totals"), "Totals")
})
