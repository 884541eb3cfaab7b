/** Explanations of all codes, for `eventfold explain`. The types ensure that every code has one. */
import type { Code } from "./Diagnostic.ts"

export interface Explanation {
  /** A short name of the problem, for lists. */
  readonly title: string
  readonly means: string
  /** Code that has the problem. */
  readonly example: string
  readonly fix: string
}

export const explanations: Readonly<Record<Code, Explanation>> = {
  EF0001: {
    title: "no schema files",
    means:
      "The folder of declarations contains no .ts file, so there is nothing to generate. It is `schemas`, or the folder that eventfold.config.ts names.",
    example: `// eventfold.config.ts\nexport default defineConfig({ schemas: "declarations" }) // there is no such folder`,
    fix: "Declare an aggregate in a subfolder, such as schemas/bank/account.ts, or set `schemas` to the folder of the declarations. `eventfold init` creates an example."
  },
  EF0002: {
    title: "a schema file can't be read",
    means: "TypeScript's parser finds a syntax error. Nothing is generated until it is fixed.",
    example: `export const = Schema.Int`,
    fix: "Correct the syntax at the reported place."
  },
  EF0003: {
    title: "a schema file throws when it is loaded",
    means:
      "Schema files are run to read their declarations. This file, or a file that it imports, threw an error, or imports something that does not exist. Node runs the files, so it does not resolve the aliases of tsconfig.json (`paths`, `baseUrl`).",
    example: `export const least = Schema.Int.check(Schema.isGreaterThan(0)).make(-1)`,
    fix: "Fix the code at the reported place. Schema files must only contain declarations."
  },
  EF0004: {
    title: "a schema file never finishes loading",
    means:
      "Running the schema files used more than 10 seconds of CPU time, or they wait: for something that can never happen, or for 30 seconds without using the CPU or importing a file. A slow machine does not cause this. The reported place is the statement that ran when the loop was stopped, or the first await.",
    example: `export const rates = await new Promise(() => {})`,
    fix: "Remove loops that wait, servers and top-level awaits from schema files. They must only contain declarations."
  },
  EF0005: {
    title: "a declaration isn't exported",
    means:
      "Generated code imports declarations from their files. So each aggregate and projection must be exported, and each aggregate that a projection reads.",
    example: `const Account = Aggregate.make("Account", { … })`,
    fix: "Write `export const Account = …`."
  },
  EF0006: {
    title: "a declaration outside of a domain",
    means:
      "Each subfolder of `schemas` is a domain. A file directly in `schemas` may only contain values that domains share.",
    example: `// schemas/account.ts\nexport const Account = Aggregate.make("Account", { … })`,
    fix: "Move the file into a subfolder: schemas/bank/account.ts belongs to the domain bank."
  },
  EF0007: {
    title: "a schema file imports a Node.js module",
    means:
      "A schema file, or a file of the project that it imports, imports `node:fs` or another Node.js module. Declarations also run in your app, and must not depend on the files of one machine. Installed packages may import Node.js modules, but they can't write files or open connections while declarations are loaded. `import type` is allowed.",
    example: `import { readFileSync } from "node:fs"\nexport const kinds = readFileSync("kinds.txt", "utf8").split(",")`,
    fix: "Replace the import with a literal value, or move the code that needs the module to a file that no schema file imports."
  },
  EF0008: {
    title: "a schema file has a side effect or reads its environment",
    means:
      "While it is loaded, a schema file, or a file of the project that it imports, reads the clock, random numbers or the environment, writes a file, starts a process, opens a connection or ends the process. The declarations would differ from run to run, or loading them would change something. Side effects are blocked before they happen. Functions that are called later may do all of this.",
    example: `export const Born = Schema.Date.check(Schema.isLessThanOrEqualToDate(new Date()))`,
    fix: "Replace the call with a literal value, or move it to a file that no schema file imports."
  },
  EF0009: {
    title: "schema files import each other in a cycle",
    means:
      "Two files import each other, and one uses a value of the other while it is loaded. If that file is loaded first, the value does not exist yet. `gen` loads each file of the cycle first once, because your app may import any of them first. A cycle is allowed if the values are only used later, as in `Schema.suspend`.",
    example: `// schemas/a/account.ts\nimport { LoanId } from "./loan.ts"\nexport const AccountId = Schema.String.pipe(Schema.brand("AccountId"))\nexport const loans = Schema.Array(LoanId)\n// schemas/a/loan.ts\nimport { AccountId } from "./account.ts"\nexport const LoanId = Schema.String.pipe(Schema.brand("LoanId"))\nexport const holders = Schema.Array(AccountId)`,
    fix: "Move the shared values, here the two ids, to a separate file that imports neither of the two."
  },
  EF0010: {
    title: "a name that is not allowed in generated code",
    means:
      "Names of aggregates, events, commands, errors, fields and brands become names in generated code. This name is not an identifier, is a reserved word, or is a name that generated code uses itself.",
    example: `events: { "was opened": {}, Array: {} }`,
    fix: "Use letters of any script, digits and `_`, and begin with a letter: `WasOpened`, `Geändert`, `開始`. Names must be in Unicode normalization form NFC, as keyboards write them. Names of events and fields are stored, so change them only while no events are stored."
  },
  EF0011: {
    title: "a name is used twice",
    means:
      "Aggregates and projections of one domain must have different names, and so must its events. The events, commands and errors of one aggregate must have different names, too. The message says where the name is already used.",
    example: `events: { Opened: {} },\ncommands: { Opened: { payload: {}, emits: ["Opened"], fails: [] } }`,
    fix: "Rename one of them. Commands are imperative (`Open`), events are in the past tense (`Opened`)."
  },
  EF0012: {
    title: "no events",
    means: "An aggregate without events stores nothing. A projection without events never has rows.",
    example: `export const Account = Aggregate.make("Account", { events: {}, … })`,
    fix: "Declare at least one event, or name at least one aggregate in `from`."
  },
  EF0013: {
    title: "the initial state does not match the state schema",
    means:
      "The fold begins with `initial`, so it must be a valid value of the schema `state`, with all defaults and checks.",
    example: `state: Schema.Struct({ balance: Schema.BigInt }),\ninitial: { balance: 0 } // a number`,
    fix: "Write a valid value: `{ balance: 0n }`."
  },
  EF0014: {
    title: "a name that isn't declared",
    means:
      "`emits` lists events of the aggregate, `fails` lists its errors, `facts` lists its facts, and `Projection.events` lists events of its aggregate. This name is not declared.",
    example: `events: { Opened: {} },\ncommands: { Open: { payload: {}, emits: ["Opend"], fails: [] } }`,
    fix: "Use one of the names that the message lists, or declare the missing name."
  },
  EF0015: {
    title: "one row per stream, but several aggregates",
    means: `\`key: "streamId"\` keeps one row for each stream. Two aggregates have no stream in common, so their events would never be folded into the same row.`,
    example: `export const Standing = Projection.make("Standing", {\n  from: [Account, Loan],\n  key: "streamId",\n  …\n})`,
    fix: "Set `key` to a schema, and map each event to its row under `keys` in the body."
  },
  EF0016: {
    title: "a value that can't be stored",
    means:
      "Events and states are stored as JSON, and this schema can't be encoded to JSON. Functions, symbols and instances of classes without a codec can't. Transformations that are asynchronous or need a service are not allowed either, also in commands, errors and facts: stores and laws encode and decode synchronously.",
    example: `events: { Opened: { how: Schema.Symbol } }`,
    fix: "Use a schema that encodes to JSON, or give your own schema a codec with the annotation `toCodecJson`. Do asynchronous work before the command, or in a declared fact."
  },
  EF0017: {
    title: "a type that generated code can't name",
    means:
      'Generated code writes every type out. This type can\'t be read when the schema runs: it is a custom refinement, a class that is not exported, or a recursive schema that is not exported. A schema file must re-export the class of a package: `export { Point } from "@acme/shared"`.',
    example: `class Point extends Schema.Class<Point>("Point")({ x: Schema.Int }) {} // not exported\nexport const Account = Aggregate.make("Account", { events: { Moved: { to: Point } }, … })`,
    fix: "Export the class or the schema, or use one of Effect's schemas."
  },
  EF0018: {
    title: "two types with one name",
    means: "Brands and exported schemas become types of the domain. Two different schemas have the same name.",
    example: `events: {\n  Opened: { by: Schema.String.pipe(Schema.brand("Id")) },\n  Closed: { by: Schema.Number.pipe(Schema.brand("Id")) }\n}`,
    fix: "Rename one of them, or use one schema in both places."
  },
  EF0019: {
    title: "eventfold.config.ts is invalid",
    means: "The config throws an error, has no default export, or contains an unknown option or an invalid value.",
    example: `export default { schema: "schemas" } // it is called \`schemas\``,
    fix: "Write `export default defineConfig({ … })`. The editor then completes and checks the options."
  },
  EF0020: {
    title: "an array as key",
    means:
      "A function under `keys` of a projection can return an array of keys, one for each row that an event belongs to. A key that is an array itself could not be distinguished from it.",
    example: `key: Schema.Array(Schema.String)`,
    fix: "Use a struct as the key: `Schema.Struct({ year: Schema.Int, month: Schema.Int })`."
  },
  EF0021: {
    title: "an invalid index",
    means:
      "An index lists fields of the projection's row, for queries by these fields. It becomes a method of the service and an index of the table.",
    example: `row: Schema.Struct({ shop: Schema.String }),\nindexes: { byShop: ["shopp"] }`,
    fix: "List fields of the row, each once, and give the index a name that is valid for a method and is not a method of the service already, such as `get` or `all`."
  },
  EF0022: {
    title: "an invalid column name",
    means:
      "Each field of a row becomes a column, in snake case. Here two fields have the same column name, or the name begins with an underscore, which is reserved for columns of the store.",
    example: `row: Schema.Struct({ shopId: Schema.String, shop_id: Schema.String })`,
    fix: "Rename the field."
  },
  EF0023: {
    title: "a name that is too long for PostgreSQL",
    means:
      "A projection becomes a table with columns, constraints and indexes. PostgreSQL truncates their names after 63 bytes, so that two different names could become equal.",
    example: `export const TakingsOfEachShopByMonthAndWeekdayAndChannelAndPaymentMethodAndCurrency = Projection.make(\n  "TakingsOfEachShopByMonthAndWeekdayAndChannelAndPaymentMethodAndCurrency",\n  { … }\n)`,
    fix: "Shorten the name of the projection, field or index that the message names."
  },
  EF0024: {
    title: "an invalid key of a projection",
    means:
      '`key` is `"streamId"`, for one row per stream, or a schema. It cannot be the name of a field. The message lists the events that do not have that field.',
    example: `export const Takings = Projection.make("Takings", {\n  from: [GiftCard], // CardIssued has no shop\n  key: "shop",\n  row: Schema.Struct({ total: Schema.Natural })\n})`,
    fix: 'Set `key` to a schema, `key: Schema.NonEmptyString`, list only events that have the field, `from: [Projection.events(GiftCard, "CardRedeemed")]`, and write `keys: { GiftCard: ({ shop }) => shop }` in the body.'
  },
  EF0025: {
    title: "a value that is not a schema",
    means: "Fields, states, ids, rows and keys are declared with Effect schemas. This value is not a schema.",
    example: `events: { Counted: { by: Number } }`,
    fix: "Write the schema that the message names: `by: Schema.Number`."
  },
  EF0026: {
    title: "a schema whose TypeScript type is too wide",
    means:
      "Generated code has the types that a schema has when it runs, and the compiler compares them with the schema's static type. Here the static type is wider: the literals come from a list of type `string[]`, the name of the brand has type `string`, or a type annotation omits the brand. Without this check, the compiler would report an error inside generated code.",
    example: `const kinds = ["gift", "refund"]\nevents: { Opened: { kind: Schema.Literals(kinds) } }`,
    fix: 'Write the values in place, `Schema.Literals(["gift", "refund"])`, or add `as const` to the list. Name brands with a string literal. Remove the type annotation.'
  },
  EF0027: {
    title: "an id that does not encode to a string",
    means:
      "The id of an instance is part of the name of its stream, such as `Account-1787`, so its schema must encode to a string.",
    example: `export const Account = Aggregate.make("Account", { id: Schema.Struct({ country: Schema.String, number: Schema.Int }), … })`,
    fix: "Use `Schema.NonEmptyString` with a brand, `Schema.FiniteFromString`, or a `Schema.TemplateLiteral` of the parts."
  },
  EF0028: {
    title: "a redacted value is stored unencrypted",
    means:
      "`Schema.Redacted` keeps a value out of logs and error messages. In an event, a state or a row the value is stored unencrypted: it can be read in the store, in backups, in snapshots and in tables, and an event can't be deleted. This is a warning. It stops nothing and is repeated at each run.",
    example: `events: { Opened: { secret: Schema.Redacted(Schema.String) } }`,
    fix: "Store a reference to the value, such as the id of a secret in another system. If the value may be stored, give the reason in a comment on the same line or on the line before: `// eventfold-clear: encrypted by the schema`."
  },
  EF0029: {
    title: "two domains have a name in common",
    means:
      "Two domains declare aggregates, or projections, with the same name. Streams are named after the aggregate, tables and checkpoints after the projection, so in one store the two would be mixed up.",
    example: `// schemas/bank/account.ts\nexport const Account = Aggregate.make("Account", { … })\n// schemas/shop/account.ts\nexport const Account = Aggregate.make("Account", { … })`,
    fix: 'Rename one of them. Or, if each domain has its own store, list one domain in eventfold.config.ts: `separateStores: ["shop"]`.'
  },
  EF0030: {
    title: "a constructor default that is not a constant",
    means:
      "The generated `make` of events, commands and errors fills in `Schema.withConstructorDefault` as a constant, because a decision must return the same events each time. The default here is computed at each call, does not match its own schema, or has a type that generated code can't write as a literal.",
    example: `at: Schema.DateTimeUtc.pipe(Schema.withConstructorDefault(DateTime.now))`,
    fix: "Use a constant, as in `Schema.withConstructorDefault(Effect.succeed(0))`. Take the time from `facts.now`, and other changing values from the command or from a declared fact."
  },
  EF0031: {
    title: "a schema without values",
    means:
      "This schema has no values, so its event can never happen, its command can't be sent, or its row is never written. It contains `Schema.Never`, a union without members, or a schema that requires itself without end.",
    example: `events: { Opened: { by: Schema.Never } }`,
    fix: "Use a schema that has values, make the field optional with `Schema.optionalKey`, or remove the declaration."
  },
  EF0101: {
    title: "a generated file is stale",
    means:
      "The file differs from what `gen` would write now. This includes fingerprints: they change with all code that `apply` uses, in any file.",
    example: `src/cards/generated/gift-card.ts:  // written before CardExpired was declared`,
    fix: "Run `eventfold gen` and commit the changes. `eventfold diff` shows them first."
  },
  EF0102: {
    title: "a generated file is missing",
    means: "A file that `gen` writes for the declarations does not exist.",
    example: `src/cards/generated/values.ts is missing`,
    fix: "Run `eventfold gen` and commit the changes."
  },
  EF0103: {
    title: "a generated file without a declaration",
    means:
      "The file has Eventfold's header, but its declaration was renamed or removed. Your own files are not touched.",
    example: `src/cards/generated/voucher.ts, after Voucher was renamed to GiftCard`,
    fix: "Run `eventfold gen`, which removes the file. EF0109 lists bodies that remain."
  },
  EF0104: {
    title: "a generated file was edited",
    means:
      "The file does not match its seal, so it was edited. `gen` does not overwrite it, so that no edit is lost. A file with a merge conflict is overwritten if both sides match their seals. Formatting does not count: a formatter may reformat the file, and git may change its line ends.",
    example: `src/cards/generated/gift-card.ts: a line added by hand`,
    fix: "Undo the edit (`git checkout` the file) or delete the file, then run `eventfold gen`."
  },
  EF0105: {
    title: "a file of yours has the name of a generated file",
    means:
      "A file with the name of a generated file exists, but has no header of Eventfold, so `gen` does not overwrite it.",
    example: `src/cards/generated/values.ts, written by hand`,
    fix: "Move the file out of the generated folder or delete it, then run `eventfold gen`."
  },
  EF0106: {
    title: "a handler is missing",
    means:
      "A body has no handler for an event, a command or a key. TypeScript reports an error at the same place. `gen` still writes the types, because you need them to write the handler. The handlers are the properties of the call of the contract in that file, such as `GiftCard.apply({ … })`; the contract can be imported under another name. A body without such a call has this problem, too.",
    example: `export const apply = GiftCard.apply({\n  CardIssued: (state, { amount }): GiftCardState => ({ ...state, issued: true, left: amount })\n  // no handler for CardExpired\n})`,
    fix: "Write the handler, or run `eventfold gen --fix`, which inserts a stub. The stub compiles, and fails with its name when it runs."
  },
  EF0107: {
    title: "a body is missing",
    means: "The file with the handlers of a declaration does not exist.",
    example: `src/cards/gift-card.apply.ts is missing`,
    fix: "Run `eventfold gen`, which creates the file with a stub for each handler. After that, the file is yours."
  },
  EF0108: {
    title: "a key uses a field that an event does not have",
    means:
      "A function under `keys` in a projection's body reads a field that some of the projection's events do not have. TypeScript reports an error at the same place.",
    example: `keys: { GiftCard: ({ shop }) => shop } // and the projection reads CardIssued, which has no shop`,
    fix: "Remove the event from `from`, or distinguish the events by `event._tag`: return an array for several keys, and an empty array for none."
  },
  EF0109: {
    title: "a body without a declaration",
    means:
      "An aggregate or a projection was renamed or removed, and its generated files were deleted. The file with its handlers is yours, so it stays, but it no longer compiles.",
    example: `src/cards/voucher.apply.ts, after Voucher was renamed to GiftCard`,
    fix: "Move the handlers to the new body, then delete the file."
  },
  EF0110: {
    title: "a body has a merge conflict",
    means:
      "Git left both sides of a merge in a file with handlers, between lines of `<<<<<<<` and `>>>>>>>`. `check` can't find missing handlers in it, and `gen --fix` does not change it, until the conflict is resolved. Conflicts in generated files need no resolution: `gen` writes the files again, unless one side was edited by hand.",
    example: `src/cards/gift-card.apply.ts, after two branches added a handler each`,
    fix: "Resolve the conflict, then run `eventfold gen`."
  },
  EF0111: {
    title: "a handler is not written yet",
    means:
      "The handler is still the stub that `gen` wrote, `Fold.notWritten`. It compiles, and fails with its name when it runs. `check` reports it as a warning, and with `--strict` as a problem.",
    example: `CardIssued: (_state, _event): GiftCardState => Fold.notWritten("GiftCard.apply CardIssued")`,
    fix: "Replace the stub with the handler's code."
  },
  EF0201: {
    title: "a handler reads or changes the outside world",
    means:
      "A handler, or a function of yours that it calls, reads the clock, random numbers, the environment, a file or the network, or depends on the garbage collector. Events are folded many times, on different machines and in different years, and the states would differ each time. The law `hermetic` refuses the same calls while handlers run. `check` finds them in the source, and shows the calls that lead there.",
    example: `CardIssued: (state, { amount }): GiftCardState => ({ ...state, left: amount, at: Date.now() })`,
    fix: "Put the value into the event, where it never changes. A decision takes the time from `facts.now` and ids from `Decider.id(facts, …)`. Declare other inputs as facts, or make them part of the command."
  },
  EF0202: {
    title: "a handler depends on the machine's locale or time zone",
    means:
      "Without a locale argument, `localeCompare`, `Intl` and `toLocaleUpperCase` use the locale of the machine. `getDay()`, `new Date(2020, 1, 1)` and `String(date)` use its time zone. Two machines would compute different states, or another order.",
    example: `CardIssued: (state, { tags }): GiftCardState => ({ ...state, tags: tags.toSorted((a, b) => a.localeCompare(b)) })`,
    fix: 'Compare strings with < and >, or pass a locale: `new Intl.Collator("cs")`. For dates, use `getUTCDay()` and `DateTime.Utc`.'
  },
  EF0203: {
    title: "a handler is asynchronous",
    means:
      "A handler is async, awaits, creates a Promise or starts a timer. A handler is one synchronous step of a fold: the fold does not wait for anything that happens later, and continues with the next event.",
    example: `CardIssued: async (state, { amount }): Promise<GiftCardState> => ({ ...state, left: await converted(amount) })`,
    fix: "Do asynchronous work before the command, and pass the result in the command."
  },
  EF0204: {
    title: "a handler mutates its arguments",
    means:
      "States, events, commands and rows are shared with snapshots, caches, other projections and the caller. A handler that assigns to one of them, or to a part of it, or calls a function that does, changes the value for all of them. `{ ...state }` copies only one level: nested objects are still shared.",
    example: `CardIssued: (state, { tags }): GiftCardState => ({ ...state, tags: state.tags.sort() })`,
    fix: "Return a new value: `{ ...state, left: 0 }`, `[...items, item]`, `items.toSorted()`, `new Map(byId).set(…)`. A handler may mutate objects that it created itself."
  },
  EF0205: {
    title: "a handler keeps state between calls",
    means:
      "A handler writes to a variable of a module or mutates an object that outlives the call, or it reads such a variable. Its result then depends on the events that this process folded before. Constant tables that are never written are allowed.",
    example: `CardIssued: (state): GiftCardState => ({ ...state, number: ++last })`,
    fix: "Keep the value in the state or in the row, or create it in each call."
  },
  EF0206: {
    title: "a suppression without a reason",
    means:
      "`// eventfold-pure:` accepts an impurity on its own line or on the next line. Without a reason it can't be reviewed later, so it suppresses nothing.",
    example: `// eventfold-pure\nCardIssued: (state): GiftCardState => ({ ...state, number: ++last })`,
    fix: "Write why a replay is not affected: `// eventfold-pure: counts calls for the log, and no state depends on it`."
  },
  EF0207: {
    title: "a suppression that is not needed",
    means:
      "No handler reaches an impurity at the line of this comment: it was fixed, or the comment is on the wrong line. The comment would hide an impurity that is added there later.",
    example: `// eventfold-pure: the rates are compiled in\nCardIssued: (state, { amount }): GiftCardState => ({ ...state, left: amount })`,
    fix: "Remove the comment, or move it to the line of the impurity or to the line before."
  }
}
