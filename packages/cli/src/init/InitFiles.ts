/**
 * The files that `eventfold init` writes: a gift card, from its declaration to a program that uses
 * it.
 */
import type { Manifest } from "../commandline/Manifest.ts"

const schema = `import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"

export const CardId = Schema.NonEmptyString.pipe(Schema.brand("CardId"))
export const Cents = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

/** A gift card: issued once, redeemed bit by bit. */
export const GiftCard = Aggregate.make("GiftCard", {
  id: CardId,
  state: Schema.Struct({ issued: Schema.Boolean, left: Schema.Natural }),
  initial: { issued: false, left: 0 },
  events: {
    CardIssued: { amount: Cents },
    CardRedeemed: { amount: Cents, shop: Schema.NonEmptyString }
  },
  errors: {
    AlreadyIssued: {},
    NotEnoughLeft: { left: Schema.Natural }
  },
  commands: {
    Issue: { payload: { amount: Cents }, emits: ["CardIssued"], fails: ["AlreadyIssued"] },
    /** Pays with the card. */
    Redeem: {
      payload: { amount: Cents, shop: Schema.NonEmptyString },
      emits: ["CardRedeemed"],
      fails: ["NotEnoughLeft"]
    }
  },
  invariants: { "only an issued card has money on it": ({ issued, left }) => issued || left === 0 }
})

/** What each shop has taken. */
export const Takings = Projection.make("Takings", {
  from: [Projection.events(GiftCard, "CardRedeemed")],
  key: Schema.NonEmptyString,
  row: Schema.Struct({ shop: Schema.String, total: Schema.Natural })
})
`

const apply = `/** Computes the state of GiftCard after each event. Pure: no clock, no randomness, only state and event. */
import { GiftCard, type GiftCardState } from "./generated/gift-card.ts"

export const apply = GiftCard.apply({
  CardIssued: (state, { amount }): GiftCardState => ({ ...state, issued: true, left: amount }),
  CardRedeemed: (state, { amount }): GiftCardState => ({ ...state, left: state.left - amount })
})
`

const decide = `/** Decides each command of GiftCard: returns events, or an error. Pure: the time comes in \`facts\`. */
import { AlreadyIssued, CardIssued, CardRedeemed, GiftCard, NotEnoughLeft } from "./generated/gift-card.ts"

export const decide = GiftCard.decide({
  Issue: ({ issued }, command) => (issued ? AlreadyIssued.make() : [CardIssued.make(command)]),
  Redeem: ({ left }, command) =>
    command.amount > left ? NotEnoughLeft.make({ left }) : [CardRedeemed.make(command)]
})
`

const takings = `/** What each shop has taken. Pure: times and ids come in \`origin\`. */
import { Takings, type TakingsRow } from "./generated/takings.ts"

export const project = Takings.project({
  keys: { GiftCard: ({ shop }) => shop },
  on: {
    CardRedeemed: (row, { amount, shop }): TakingsRow => ({ shop, total: (row?.total ?? 0) + amount })
  }
})
`

const main = `import { Console, Effect, Layer, Stream } from "effect"
import { MemoryEventStore } from "eventfold"
import { CardId } from "../schemas/cards/gift-card.ts"
import { GiftCards } from "./cards/generated/gift-card.service.ts"
import { Issue, Redeem } from "./cards/generated/gift-card.ts"
import { TakingsView } from "./cards/generated/takings.service.ts"

const program = Effect.gen(function* () {
  const cards = yield* GiftCards
  const takings = yield* TakingsView
  const id = CardId.make("card-1")

  yield* cards.execute(id, Issue.make({ amount: 5_000 }))
  yield* cards.execute(id, Redeem.make({ amount: 1_200, shop: "bakery" }))
  yield* cards.execute(id, Redeem.make({ amount: 9_999, shop: "books" })).pipe(
    Effect.catchTag("NotEnoughLeft", ({ left }) => Console.log(\`refused: only \${left} left\`))
  )
  yield* cards
    .history(id)
    .pipe(Stream.runForEach(({ after, event }) => Console.log(\`\${event._tag}: \${after.left} left\`)))
  yield* Console.log(yield* takings.all)
})

const services = Layer.mergeAll(GiftCards.layer, TakingsView.layer)
// In memory. For PostgreSQL: PgEventStore.layer({ url }), or PgliteEventStore.layer({ dataDir }),
// from @eventfold/postgres.
await Effect.runPromise(program.pipe(Effect.provide(services), Effect.provide(MemoryEventStore.layer)))
`

const config = `import { defineConfig } from "@eventfold/cli"

// Each folder of \`schemas\` is a domain. Generated code goes to the folder named here; yours goes
// beside it.
export default defineConfig({ schemas: "schemas", output: "src/{domain}/generated" })
`

const tsconfig = {
  compilerOptions: {
    target: "esnext",
    module: "nodenext",
    lib: ["esnext"],
    types: ["node"],
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true
  },
  include: ["schemas", "src", "*.ts"]
}

export type Manager = "npm" | "pnpm" | "yarn"

/**
 * With `-merge`, a merge keeps the generated files of one side whole, without conflict markers:
 * `gen` writes new ones from the merged declarations. Two sides always conflict, by the seals of
 * these files.
 */
const gitattributes = `# Written by \`eventfold gen\`: after a merge, run it, and add the files.
/src/*/generated/** text eol=lf linguist-generated -merge
`

/** Returns the files that are written only if the project does not have them yet. */
export const optionalFiles = (name: string, manager: Manager): Readonly<Record<string, string>> => {
  const run = manager === "npm" ? "npm run" : manager
  return {
    ".gitignore": "node_modules\n",
    ".gitattributes": gitattributes,
    "README.md": `# ${name}

A gift card, event-sourced with Eventfold. \`schemas/\` declares events, state, commands and projections. \`src/cards/generated/\` is generated
from that: commit it. The handlers beside it, and \`src/main.ts\`, are yours.

\`\`\`sh
${manager} install
${run} gen
${manager} test
${manager} start
\`\`\`

| command | what it does |
|---|---|
| \`${run} gen\` | writes typed events, folds, services and law tests from \`schemas/\` |
| \`${run} watch\` | writes them again after each change |
| \`${run} check\` | reports what is stale, missing or not written yet, and checks types: for CI |
| \`${manager} test\` | runs the law tests: replay is deterministic, invariants hold |
| \`${manager} start\` | issues a card and redeems it |
`
  }
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

/** Returns the files of a project of a name, as path → text. */
export const initFiles = (
  name: string,
  { eventfold, peerDependencies, version }: Manifest
): Readonly<Record<string, string>> => {
  // All packages of Eventfold are released together.
  const ours = (names: ReadonlyArray<string>) => Object.fromEntries(names.map((one) => [one, version]))
  const manifest = {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    engines: { node: ">=24" },
    scripts: {
      gen: "eventfold gen",
      watch: "eventfold gen --watch",
      check: "eventfold check --strict && tsc",
      test: "vitest run",
      start: "node src/main.ts"
    },
    dependencies: { effect: peerDependencies["effect"], ...ours(["eventfold"]) },
    devDependencies: Object.fromEntries(
      Object.entries({ ...ours(["@eventfold/cli", "@eventfold/testing"]), ...eventfold.init }).sort(([a], [b]) =>
        a < b ? -1 : 1
      )
    )
  }
  return {
    "package.json": json(manifest),
    "tsconfig.json": json(tsconfig),
    "eventfold.config.ts": config,
    "schemas/cards/gift-card.ts": schema,
    "src/cards/gift-card.apply.ts": apply,
    "src/cards/gift-card.decide.ts": decide,
    "src/cards/takings.projection.ts": takings,
    "src/main.ts": main
  }
}
