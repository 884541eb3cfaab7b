/**
 * Other code generators on a similar input: 400 types of the same three fields, in 50 files if the
 * generator reads files.
 *
 * They are installed into a separate folder when a row first needs them, since they are 290 MB that
 * no other row needs.
 */
import { Effect, type Scope } from "effect"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import { attempt, type BenchFailed, database, pool } from "../Database.ts"
import type { Plan } from "../Plan.ts"
import { eventsOf, folder, kinds, timed, workspace } from "./GeneratedProject.ts"

const home = path.join(import.meta.dirname, "../../peers")

const manifest: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
  fs.readFileSync(path.join(home, "package.json"), "utf8")
)

const nameOf = (name: string, dependency: string): string => `${name} ${manifest.dependencies[dependency]}`

/** Another generator, with its counterparts of `gen` and, if it has one, of `check`. */
export interface Peer {
  readonly name: string
  /** Seconds of a run without earlier output. */
  readonly gen: Effect.Effect<number, BenchFailed>
  /** Seconds of a check when the output is complete and nothing has changed. */
  readonly check: Effect.Effect<number, BenchFailed> | undefined
}

const install = attempt("the generators to compare with can't be installed", async () => {
  const { packageManager }: { readonly packageManager: string } = JSON.parse(
    fs.readFileSync(path.join(workspace, "package.json"), "utf8")
  )
  const npx = process.platform === "win32" ? "npx.cmd" : "npx"
  const args = ["--yes", packageManager, "install", "--frozen-lockfile"]
  await promisify(execFile)(npx, args, { cwd: home, shell: process.platform === "win32", maxBuffer: 1e8 })
})

const bins = {
  graphql: "@graphql-codegen/cli/cjs/bin.js",
  kysely: "kysely-codegen/dist/cli/bin.js",
  prisma: "prisma/build/index.js"
} as const

/** An empty project for a peer. */
const begin = Effect.map(folder, (made) => {
  fs.symlinkSync(path.join(home, "node_modules"), path.join(made.root, "node_modules"))
  const clear = Effect.sync(() => fs.rmSync(path.join(made.root, "generated"), { recursive: true, force: true }))
  return {
    ...made,
    run: (what: string, bin: keyof typeof bins, args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) =>
      timed(what, made.root, [path.join("node_modules", bins[bin]), ...args], env),
    clear
  }
})

const graphql = Effect.gen(function* () {
  const { clear, run, write } = yield* begin
  write("schema/query.graphql", "type Query { version: Int! }\n")
  for (const name of kinds) {
    const types = eventsOf(name).map((event) => `type ${event} { by: Int!, at: String!, why: String }`)
    write(
      `schema/${name}.graphql`,
      [
        ...types,
        `union ${name}Event = ${eventsOf(name).join(" | ")}`,
        `type ${name}State { total: Int! }`,
        `extend type Query { ${name}: ${name}State!, ${name}Events: [${name}Event!]! }`
      ].join("\n")
    )
  }
  write(
    "codegen.yml",
    "schema: schema/*.graphql\ngenerates:\n  generated/types.ts:\n    plugins: [typescript, typescript-resolvers]\n"
  )
  const args = ["--config", "codegen.yml"]
  const name = nameOf("graphql-codegen", "@graphql-codegen/cli")
  const peer: Peer = {
    name,
    gen: Effect.andThen(clear, run(name, "graphql", args)),
    check: run(name, "graphql", [...args, "--check"])
  }
  return peer
})

const prisma = Effect.gen(function* () {
  const { clear, run, write } = yield* begin
  write(
    "schema/client.prisma",
    'generator client {\n  provider = "prisma-client"\n  output = "../generated"\n}\ndatasource db {\n  provider = "postgresql"\n}\n'
  )
  for (const name of kinds) {
    const models = eventsOf(name).map(
      (event) => `model ${event} {\n  id Int @id\n  by Int\n  at String\n  why String?\n}\n`
    )
    write(`schema/${name}.prisma`, models.join("\n"))
  }
  const name = nameOf("prisma generate", "prisma")
  const peer: Peer = {
    name,
    // Without these variables, Prisma would first download a schema engine, which this command does
    // not use, and look for a newer release.
    gen: Effect.andThen(
      clear,
      run(name, "prisma", ["generate", "--schema", "schema"], {
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
        CHECKPOINT_DISABLE: "1"
      })
    ),
    check: undefined
  }
  return peer
})

const kysely = (plan: Plan) =>
  Effect.gen(function* () {
    const { clear, run } = yield* begin
    const url = yield* database(plan.url, "kysely")
    const connection = yield* pool(url, 1)
    const tables = kinds
      .flatMap(eventsOf)
      .map((event) => `create table "${event}" (by int not null, at text not null, why text)`)
    yield* attempt("creating tables", () => connection.query(tables.join(";\n")))
    const args = ["--dialect", "postgres", "--url", url, "--out-file", "generated/types.ts"]
    const name = nameOf("kysely-codegen", "kysely-codegen")
    const peer: Peer = {
      name,
      gen: Effect.andThen(clear, run(name, "kysely", args)),
      check: run(name, "kysely", [...args, "--verify"])
    }
    return peer
  })

/** Installs all peers and creates their projects. */
export const peers = (plan: Plan): Effect.Effect<ReadonlyArray<Peer>, BenchFailed, Scope.Scope> =>
  Effect.andThen(install, Effect.all([graphql, kysely(plan), prisma]))
