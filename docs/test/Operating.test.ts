/**
 * docs/operating.md, step by step: on a server with a store of three events, in a folder of its
 * own. Blocks marked `bash` need PostgreSQL's own tools, which not every machine has.
 */
import { Backup, PgEventStore } from "@eventfold/postgres"
import { Effect, Layer, Schedule, Schema, Stream } from "effect"
import { Checkpoint, EventId, EventStore, MemoryEventStore, Projector, Reaction } from "eventfold"
import { ProjectionFold, StoredForm, StoredProjection } from "eventfold/generated"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { bin, skipped, version } from "../../packages/postgres/test/backup/PgTools.ts"
import { call } from "../../packages/cli/test/CommandCalls.ts"
import { type PostgresServer, startServer } from "../../packages/postgres/test/server/PostgresServer.ts"
import { copyEmpty } from "../../packages/postgres/test/server/EmptyDatabases.ts"
import { emptyPglite, emptyPgliteFile } from "../../packages/postgres/test/server/serverUrl.ts"
import { root } from "./Readme.ts"

const page = readFileSync(join(root, "docs", "operating.md"), "utf8")
const blocks = [...page.matchAll(/```(\w+)\n([^]*?)```/g)].map(([, language, text]) => ({
  language: language!,
  text: text!
}))

const storeId = "0192f0c1-7e2a-4b3c-8d4e-5f6071829304"
const line = (position: number, version: number, type: string, data: object) => ({
  position,
  stream: "GiftCard-7",
  version,
  id: `0192f0c1-7e2a-7b3c-8d4e-00000000000${position}`,
  type,
  schemaVersion: 1,
  recordedAt: 1_767_225_600_000 + position,
  occurredAt: 1_767_225_600_000 + position,
  metadata: '{"actor":"teller-7"}',
  data: JSON.stringify(data)
})
const log = (() => {
  const head = { eventfold: "log", format: 1, storeId, lastDrawn: 3 }
  const events = [
    line(1, 1, "CardIssued", { amount: 5_000 }),
    line(2, 2, "CardRedeemed", { amount: 1_200, shop: "bakery" }),
    line(3, 3, "CardRedeemed", { amount: 800, shop: "books" })
  ]
  const body = [head, ...events].map((line) => `${JSON.stringify(line)}\n`).join("")
  const sha256 = createHash("sha256").update(body).digest("hex")
  return `${body}${JSON.stringify({ eventfold: "end", events: events.length, sha256 })}\n`
})()

const folder = mkdtempSync(join(tmpdir(), "operating-"))
const cli = join(root, "packages/cli/src/bin.ts")
const preload = join(root, "packages/postgres/test/processes/EmptyDatabases.ts")
let server: PostgresServer
let empty = ""
const restore = copyEmpty(emptyPglite)
const urlOf = (database: string) => server.url.replace(/\/postgres$/, `/${database}`)

const connect = <A, E>(
  use: (connector: Effect.Success<ReturnType<typeof PgEventStore.connect>>) => Effect.Effect<A, E>
) => Effect.runPromise(Effect.scoped(Effect.flatMap(PgEventStore.connect({ url: server.url }), use)))

/** The takings of each shop, by a handler that fails for one shop. */
const takings: ProjectionFold.Definition<{ total: number }, CardRedeemed, string, string> = {
  name: "Takings",
  sources: [
    ProjectionFold.source({
      aggregate: "GiftCard",
      id: Schema.String,
      codec: {
        events: StoredForm.events(Schema.TaggedStruct("CardRedeemed", { amount: Schema.Int, shop: Schema.String }))
      },
      types: ["CardRedeemed"]
    })
  ],
  key: Schema.String,
  row: Schema.Struct({ total: Schema.Int }),
  bodies: {
    keys: ({ shop }) => [shop],
    project: (row, { amount, shop }) => {
      if (shop === "bakery") throw new Error("the bakery has no till")
      return { total: (row?.total ?? 0) + amount }
    }
  },
  table: {
    domain: "shop",
    name: "takings",
    key: "text",
    columns: [
      { name: "_key", field: null, type: "text", nullable: false },
      { name: "total", field: "total", type: "bigint", nullable: false }
    ],
    primaryKey: ["_key"],
    indexes: [],
    constraints: []
  },
  fingerprint: "5b1d-77c0",
  onFailure: "park"
}
type CardRedeemed = { readonly _tag: "CardRedeemed"; readonly amount: number; readonly shop: string }

/** Mail for each card that is used, which does not get through to the bakery. */
const receipts = Reaction.make("Receipts", {
  start: "beginning",
  types: ["CardRedeemed"],
  onFailure: "park",
  retry: Schedule.recurs(0),
  handle: ({ recorded: { version } }) =>
    version === 2 ? Effect.fail(new Error("550 no such mailbox: bakery@example.com")) : Effect.void
})
const react = Effect.gen(function* () {
  const { reactions } = yield* EventStore.EventStore
  while ((yield* reactions!.status("Receipts"))?.checkpoint.position !== 3) yield* Effect.sleep("10 millis")
}).pipe(
  Effect.provide(
    Reaction.layer([receipts]).pipe(
      Layer.provideMerge(Layer.unwrap(Effect.sync(() => PgEventStore.layer({ url: server.url }))))
    )
  )
)

/** Rows of the three events, without a projector. */
const project = Effect.gen(function* () {
  const rows = yield* StoredProjection.make(takings)
  yield* rows.waitFor(3)
}).pipe(
  Effect.provide(Projector.layer([StoredProjection.runnable(takings)], { retries: 0 })),
  Effect.provide(Layer.unwrap(Effect.sync(() => PgEventStore.layer({ url: server.url }))))
)

beforeAll(async () => {
  empty = await emptyPgliteFile()
  server = await startServer({ fsync: "off" }, { version: version ?? 18 })
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  await connect((connector) =>
    Effect.gen(function* () {
      yield* connector.client.unsafe("create role app").unprepared
      yield* connector.client.unsafe("create database new").unprepared
      yield* connector.client.unsafe("create database other").unprepared
      yield* Backup.importLog(connector, Stream.make(log))
    })
  )
  await Effect.runPromise(project)
  await Effect.runPromise(react)
  for (const table of ["parked", "parked_deliveries"]) {
    const text = `update eventfold.${table} set parked_at = parked_at - 5400000`
    await connect(({ client }) => client.unsafe(text).unprepared)
  }
}, 600_000)
afterAll(async () => {
  restore()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const databases = () => ({
  DATABASE_URL: urlOf("postgres"),
  NEW_DATABASE_URL: urlOf("new"),
  OTHER_DATABASE_URL: urlOf("other")
})

/** Runs a block in a shell that stops at the first failure, and gives all that it said. */
const run = (text: string): string => {
  const script = text.replaceAll("npx eventfold", `"${process.execPath}" --import "${preload}" "${cli}"`)
  const env = {
    ...process.env,
    NO_COLOR: "1",
    EVENTFOLD_TEST_PGLITE: empty,
    PATH: `${bin ?? ""}:${process.env["PATH"]}`,
    ...databases()
  }
  try {
    return execFileSync("sh", ["-e", "-c", `{ ${script}\n} 2>&1`], { cwd: folder, encoding: "utf8", env })
  } catch (error) {
    return String((error as { readonly stdout: unknown }).stdout)
  }
}

/** Runs a block. A command alone runs in this process; pipes and other programs need a shell. */
const runBlock = async (text: string): Promise<string> => {
  const args = /^npx eventfold ([^|<>;&]+)\n$/.exec(text)?.[1]?.split(" ")
  if (args === undefined) return run(text)
  const variables: Readonly<Record<string, string>> = databases()
  const given = args.map((arg) => arg.replace(/^"\$(\w+)"$/, (_, name: string) => variables[name]!))
  const { err, out } = await call(given, variables, folder)
  return `${out}${err}`
}

it("docs/operating.md: every command works and prints what the page shows", async () => {
  let printed = ""
  let commands = 0
  for (const { language, text } of blocks) {
    if (language === "sh") {
      // A machine that is busy takes minutes to come here.
      printed = (await runBlock(text)).replaceAll(/\b1 h [3-5]\d min ago/g, "1 h 30 min ago")
      commands++
    } else if (language === "bash") {
      if (skipped === "") expect(run(text)).toBe("")
    } else if (language === "text") expect(printed).toBe(text)
    else expect(language).toBe("ts")
  }
  expect(commands).toBeGreaterThan(6)
  expect(readFileSync(join(folder, "backup.ndjson"), "utf8")).toBe(log)
  if (skipped === "") {
    const [grants] = await connect(({ client }) =>
      client
        .unsafe("select has_function_privilege('app', 'eventfold.horizon()', 'execute')")
        .values.pipe(Effect.map((rows) => rows[0]!))
    )
    expect(grants).toBe(true)
    const rows = run(`psql --no-psqlrc -At "$OTHER_DATABASE_URL" -c 'select count(*) from eventfold.events'`)
    expect(rows).toBe("3\n")
  }
}, 600_000)

it("docs/operating.md: its reader starts again on a different log", async () => {
  const sample = blocks.find(({ language }) => language === "ts")!.text
  // Inside the workspace, so that it finds the packages.
  const file = join(root, "docs", "test", `.operating-${process.pid}.ts`)
  writeFileSync(file, sample)
  try {
    const { catchUp } = (await import(file)) as {
      readonly catchUp: (rows: unknown) => Effect.Effect<void, unknown, EventStore.EventStore>
    }
    const kept: Array<string> = []
    let cleared = 0
    let checkpoint: Checkpoint.Checkpoint | undefined
    const rows = {
      checkpoint: Effect.sync(() => checkpoint),
      save: (page: EventStore.Page) =>
        Effect.sync(() => {
          kept.push(...page.events.map(({ type }) => type))
          checkpoint = page.checkpoint
        }),
      clear: Effect.sync(() => {
        kept.length = 0
        cleared++
        checkpoint = undefined
      })
    }
    const onStoreWith = (type: string) =>
      Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        yield* store.append("A-1", "any", [
          { id: yield* EventId.make, type, schemaVersion: 1, data: null, metadata: {} }
        ])
        yield* catchUp(rows)
        yield* catchUp(rows)
      }).pipe(Effect.provide(MemoryEventStore.layer), Effect.runPromise)
    await onStoreWith("First")
    expect({ kept: [...kept], cleared }).toEqual({ kept: ["First"], cleared: 0 })
    await onStoreWith("Second")
    expect({ kept, cleared }).toEqual({ kept: ["Second"], cleared: 1 })
  } finally {
    rmSync(file)
  }
})
