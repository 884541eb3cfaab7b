/** What each code means, for `eventfold explain`: the types see to it that none is left out. */
import type { Code } from "./Diagnostic.ts"

export interface Explanation {
  /** A few words for the list. */
  readonly title: string
  readonly means: string
  /** Something that has the problem. */
  readonly example: string
  readonly mend: string
}

export const explanations: Readonly<Record<Code, Explanation>> = {
  EF0001: {
    title: "no schema files",
    means:
      "The folder of declarations has no .ts file, so there is nothing to generate from. It is `schemas` unless eventfold.config.ts says otherwise.",
    example: `// eventfold.config.ts\nexport default defineConfig({ schemas: "declarations" }) // there is no such folder`,
    mend: "Declare an aggregate in a folder of it, such as schemas/bank/account.ts, or name the folder where declarations are. `eventfold init` begins an example."
  },
  EF0002: {
    title: "a schema file can't be read",
    means: "TypeScript's parser finds a syntax error. Nothing is generated until it is mended.",
    example: `export const = Schema.Int`,
    mend: "Mend the syntax at the place that is named."
  },
  EF0003: {
    title: "a schema file throws when it is loaded",
    means:
      "Declarations are run to learn what they mean. This file, or one that it imports, threw, or imports something that isn't there. Node runs them, so that aliases of tsconfig.json (`paths`, `baseUrl`) lead nowhere.",
    example: `export const least = Schema.Int.check(Schema.isGreaterThan(0)).make(-1)`,
    mend: "Mend what throws at the place that is named. Let schema files declare only."
  },
  EF0004: {
    title: "a schema file never finishes loading",
    means:
      "Running the declarations used more than ten seconds of CPU time, or they wait: for something that can't happen any more, or for half a minute in which they neither worked nor imported anything. A busy machine counts for neither. The place is where the loop was when it was stopped, or the first await.",
    example: `export const rates = await new Promise(() => {})`,
    mend: "Let schema files declare only: no loops that wait, no servers, no top-level await."
  },
  EF0005: {
    title: "a declaration isn't exported",
    means:
      "Generated code imports declarations from their files, so each aggregate and projection, and each that a projection reads, must be exported.",
    example: `const Account = Aggregate.make("Account", { … })`,
    mend: "Write `export const Account = …`."
  },
  EF0006: {
    title: "a declaration outside of all domains",
    means: "Each folder of `schemas` is a domain. A file beside the folders may only hold values that domains share.",
    example: `// schemas/account.ts\nexport const Account = Aggregate.make("Account", { … })`,
    mend: "Move the file into a folder: schemas/bank/account.ts belongs to the domain bank."
  },
  EF0007: {
    title: "a schema file imports a module of Node's",
    means:
      "A schema file, or a file of yours that it imports, asks for `node:fs` or another module of Node's, in whatever way. Code is generated from what declarations say; they run in your app, too, and must not hang on a machine's files. Installed packages may have them, but nothing is written and no connection opened while declarations are loaded. `import type` is all right.",
    example: `import { readFileSync } from "node:fs"\nexport const kinds = readFileSync("kinds.txt", "utf8").split(",")`,
    mend: "Write down what is taken from there, or move what needs the module to a file that no schema file imports."
  },
  EF0008: {
    title: "a schema file reaches outside",
    means:
      "While it is loaded, a schema file, or a file of yours that it imports, reads the clock, asks for randomness, reads the environment, writes, starts a process, opens a connection or ends the program. What is declared would be something else each time, or loading it would change something. What changes something is stopped before it does. Functions may do so when they are called later.",
    example: `export const Born = Schema.Date.check(Schema.isLessThanOrEqualToDate(new Date()))`,
    mend: "Write the value down, or do it in a file that no schema file imports."
  },
  EF0009: {
    title: "schema files import each other in a circle",
    means:
      "Files that import each other can't be loaded from each of them where one needs a value of the other at once: it isn't there yet. `gen` tries them all, since your app may come to another one first. A circle in which all such values are only used later, as in `Schema.suspend`, is no problem.",
    example: `// schemas/a/account.ts\nimport { LoanId } from "./loan.ts"\nexport const AccountId = Schema.String.pipe(Schema.brand("AccountId"))\nexport const loans = Schema.Array(LoanId)\n// schemas/a/loan.ts\nimport { AccountId } from "./account.ts"\nexport const LoanId = Schema.String.pipe(Schema.brand("LoanId"))\nexport const holders = Schema.Array(AccountId)`,
    mend: "Put what they share, here the two ids, into a file of its own which imports none of them."
  },
  EF0010: {
    title: "a name that code can't have",
    means:
      "Names of aggregates, events, commands, errors, fields and brands become names in generated code. This one is no identifier there, is a word of the language, or is one that generated code needs itself.",
    example: `events: { "was opened": {}, Array: {} }`,
    mend: "Use letters of any script, digits and `_`, beginning with a letter: `WasOpened`, `Geändert`, `開始`. Letters and their marks are composed (Unicode's form NFC), as keyboards write them. Names of events and fields are stored, so change them only while no events are."
  },
  EF0011: {
    title: "a name is used twice",
    means:
      "Aggregates and projections of a domain have names of their own, and so have its events; an aggregate doesn't call an event and a command the same. The message says where the other one is.",
    example: `events: { Opened: {} },\ncommands: { Opened: { payload: {}, emits: ["Opened"], fails: [] } }`,
    mend: "Give one of them another name: commands are orders (`Open`), events are past (`Opened`)."
  },
  EF0012: {
    title: "no events",
    means: "An aggregate without events stores nothing, and a projection without events never has a row.",
    example: `export const Account = Aggregate.make("Account", { events: {}, … })`,
    mend: "Declare at least one event, or name at least one aggregate in `from`."
  },
  EF0013: {
    title: "the initial state doesn't fit",
    means: "`initial` is what the fold begins with, so it must be a value of `state`, defaults and checks included.",
    example: `state: Schema.Struct({ balance: Schema.BigInt }),\ninitial: { balance: 0 } // a number`,
    mend: "Write a value that fits: `{ balance: 0n }`."
  },
  EF0014: {
    title: "a name that isn't declared",
    means:
      "`emits` names events of the aggregate, `fails` its errors, and `Projection.events` events of the aggregate that it is given.",
    example: `events: { Opened: {} },\ncommands: { Open: { payload: {}, emits: ["Opend"], fails: [] } }`,
    mend: "Use one of the names that the message lists, or declare the missing one."
  },
  EF0015: {
    title: "a row for each stream of several aggregates",
    means: `\`key: "streamId"\` keeps one row for each stream. Streams of two aggregates have nothing in common, so their events never meet in a row.`,
    example: `export const Standing = Projection.make("Standing", {\n  from: [Account, Loan],\n  key: "streamId",\n  …\n})`,
    mend: "Give a schema as key, and say under `keys` in the body which row each event belongs to."
  },
  EF0016: {
    title: "a value that can't be stored",
    means:
      "Events and states are stored as JSON. This schema has no form as JSON: functions, symbols and instances of classes without a codec have none. Nor can it have a transformation that waits for something or needs a service, as commands, errors and facts can't either: values are written and read at once, by stores and by laws.",
    example: `events: { Opened: { how: Schema.Symbol } }`,
    mend: "Use a schema that encodes to JSON, or give a schema of your own a codec with the annotation `toCodecJson`. Do what waits, or needs a service, before the command or in a declared fact."
  },
  EF0017: {
    title: "a type that generated code can't write down",
    means:
      "Generated code names every type. This one is known to TypeScript only: a refinement by hand, a class that isn't exported, or a schema that refers to itself and isn't exported. A class of a package has to be exported again by a schema file: `export { Point } from \"@acme/shared\"`.",
    example: `class Point extends Schema.Class<Point>("Point")({ x: Schema.Int }) {} // not exported\nexport const Account = Aggregate.make("Account", { events: { Moved: { to: Point } }, … })`,
    mend: "Export the class or the schema, or use one of Effect's schemas."
  },
  EF0018: {
    title: "two types of one name",
    means: "Brands and identifiers become types of the domain. Two different schemas have the same one.",
    example: `events: {\n  Opened: { by: Schema.String.pipe(Schema.brand("Id")) },\n  Closed: { by: Schema.Number.pipe(Schema.brand("Id")) }\n}`,
    mend: "Give one of them another name, or share one schema."
  },
  EF0019: {
    title: "eventfold.config.ts can't be used",
    means: "The config throws, has no default export, or says something that means nothing.",
    example: `export default { schema: "schemas" } // it is called \`schemas\``,
    mend: "Write `export default defineConfig({ … })`; the editor then knows what it may say."
  },
  EF0020: {
    title: "an array as key",
    means:
      "A projection's handler may return an array of keys, one for each row that an event belongs to. A key that is an array itself couldn't be told from that.",
    example: `key: Schema.Array(Schema.String)`,
    mend: "Give a struct as key: `Schema.Struct({ year: Schema.Int, month: Schema.Int })`."
  },
  EF0021: {
    title: "an index that can't be",
    means:
      "An index names fields of the projection's row that rows are looked up by. The service gets a method of its name, and the table an index over its columns.",
    example: `row: Schema.Struct({ shop: Schema.String }),\nindexes: { byShop: ["shopp"] }`,
    mend: "Name fields of the row, each once, and call the index something that a method can be called, but not `get` or `all`."
  },
  EF0022: {
    title: "a column that a table can't have",
    means:
      "Each field of a row becomes a column, in snake case. Two fields may come to the same column, and columns with an underscore in front are the store's own.",
    example: `row: Schema.Struct({ shopId: Schema.String, shop_id: Schema.String })`,
    mend: "Give the field another name."
  },
  EF0023: {
    title: "a name too long for a table",
    means:
      "A projection becomes a table, with columns, constraints and indexes. PostgreSQL cuts their names after 63 bytes, and two might be the same then.",
    example: `export const TakingsOfEachShopByMonthAndWeekdayAndChannelAndPaymentMethodAndCurrency = Projection.make(\n  "TakingsOfEachShopByMonthAndWeekdayAndChannelAndPaymentMethodAndCurrency",\n  { … }\n)`,
    mend: "Give the projection, or the field that the message names, a shorter name."
  },
  EF0024: {
    title: "a projection's key that its events do not carry",
    means:
      'A key is `"streamId"`, for a row of each stream, or the schema of what a row is found by. The name of a field is neither; the message says which events lack it.',
    example: `export const Takings = Projection.make("Takings", {\n  from: [GiftCard], // CardIssued has no shop\n  key: "shop",\n  row: Schema.Struct({ total: Schema.Natural })\n})`,
    mend: 'Give a schema, `key: Schema.NonEmptyString`, take the events that have the field, `from: [Projection.events(GiftCard, "CardRedeemed")]`, and write `keys: { GiftCard: ({ shop }) => shop }` in the body.'
  },
  EF0025: {
    title: "something that is no schema",
    means: "Fields, states, ids, rows and keys are declared by schemas of Effect. This is something else.",
    example: `events: { Counted: { by: Number } }`,
    mend: "Write the schema that the message names: `by: Schema.Number`."
  },
  EF0026: {
    title: "a schema whose type says less than it means",
    means:
      "Generated code has the types of what schemas mean when they run, and the compiler compares them with the types that they are written with. This schema's type says less: literals from a list that TypeScript takes for any strings, a brand whose name is any string, or a written type that leaves out the brand. The compiler would say so inside of generated code.",
    example: `const kinds = ["gift", "refund"]\nevents: { Opened: { kind: Schema.Literals(kinds) } }`,
    mend: 'Write the values down, `Schema.Literals(["gift", "refund"])`, or after the list `as const`; name brands by a literal; leave written types out.'
  },
  EF0027: {
    title: "an id that is no text",
    means:
      "The id of an instance is part of the name of its stream, such as `Account-1787`, so its schema has to encode to a string.",
    example: `export const Account = Aggregate.make("Account", { id: Schema.Struct({ country: Schema.String, number: Schema.Int }), … })`,
    mend: "Use `Schema.NonEmptyString` with a brand, `Schema.FiniteFromString`, or a `Schema.TemplateLiteral` of the parts."
  },
  EF0028: {
    title: "a redacted value is stored in the clear",
    means:
      "`Schema.Redacted` keeps a value out of logs and error messages. In an event, a state or a row it is stored as it is: who reads the store, a backup, a snapshot or a table reads it, and an event is never taken back. This is a warning: it stops nothing, and is repeated at each run.",
    example: `events: { Opened: { secret: Schema.Redacted(Schema.String) } }`,
    mend: "Store what stands for the value, such as the id of a secret that is kept elsewhere. Where it may be stored, say why in a comment on the line or the one before it: `// eventfold-clear: encrypted by the schema`."
  },
  EF0029: {
    title: "two domains have a name in common",
    means:
      "Two domains declare aggregates, or projections, of one name. Streams are called after the aggregate and tables and checkpoints after the projection, so in one store they would be taken for the same.",
    example: `// schemas/bank/account.ts\nexport const Account = Aggregate.make("Account", { … })\n// schemas/shop/account.ts\nexport const Account = Aggregate.make("Account", { … })`,
    mend: 'Give one of them another name. Or, where the domains have stores of their own, say so in eventfold.config.ts: `separateStores: ["shop"]`.'
  },
  EF0030: {
    title: "a constructor default that generated code can't hold",
    means:
      "The generated `make` of events, commands and errors fills in `Schema.withConstructorDefault`, as a constant: decisions make events, and have to make the same ones each time. A default that is computed at each call, or that does not fit its own schema, can't be one.",
    example: `at: Schema.DateTimeUtc.pipe(Schema.withConstructorDefault(DateTime.now))`,
    mend: "Give a constant, as in `Schema.withConstructorDefault(Effect.succeed(0))`. Take the time from `facts.now`, and what else changes from the command or from a declared fact."
  },
  EF0031: {
    title: "a schema that no value fits",
    means:
      "No value can be made of this schema, so that its event never happens, its command can't be given, or its row is never kept: `Schema.Never` stands in it, a union without members, or a schema whose values hold one another without end.",
    example: `events: { Opened: { by: Schema.Never } }`,
    mend: "Use a schema that has values, make the field optional with `Schema.optionalKey`, or leave the declaration out."
  },
  EF0101: {
    title: "a generated file is stale",
    means:
      "The file isn't what the declarations give now. Fingerprints are part of that: they change with everything that `apply` reaches, in whatever file.",
    example: `src/cards/generated/gift-card.ts:  // made before CardExpired was declared`,
    mend: "Run `eventfold gen` and commit what it writes; `eventfold diff` shows it beforehand."
  },
  EF0102: {
    title: "a generated file is missing",
    means: "Declarations ask for a file that isn't there.",
    example: `src/cards/generated/values.ts is missing`,
    mend: "Run `eventfold gen` and commit what it writes."
  },
  EF0103: {
    title: "a generated file that nothing generates any more",
    means:
      "The file has Eventfold's header, but its declaration was renamed or removed. Your own files beside it are left alone.",
    example: `src/cards/generated/voucher.ts, after Voucher was renamed to GiftCard`,
    mend: "Run `eventfold gen`, which removes it; EF0109 names bodies that are left over."
  },
  EF0104: {
    title: "a generated file was edited",
    means:
      "The file's seal doesn't fit what it says: somebody changed it. It isn't written over, so that nothing of yours is lost. One that holds a merge conflict is written again if both sides fit their seals. Layout doesn't count: a formatter may run over it, and git may change its line ends.",
    example: `src/cards/generated/gift-card.ts: a line added by hand`,
    mend: "Undo the edit (`git checkout` the file), or delete the file; then run `eventfold gen`."
  },
  EF0105: {
    title: "a file stands where a generated one goes",
    means: "A file of that name is there, and has no header of Eventfold's, so it isn't written over.",
    example: `src/cards/generated/values.ts, written by hand`,
    mend: "Move it, since the folder belongs to the machine, or delete it; then run `eventfold gen`."
  },
  EF0106: {
    title: "a handler is missing",
    means:
      "A body of yours has no handler for an event, a command or a key. TypeScript says the same at the same place. `gen` writes its types all the same, since you need them to write the handler. The handlers are those of the call of the contract in that file, such as `GiftCard.apply({ … })`, whatever name the contract is imported by; a body without such a call has this problem, too.",
    example: `export const apply = GiftCard.apply({\n  CardIssued: (state, { amount }): GiftCardState => ({ ...state, issued: true, left: amount })\n  // nothing for CardExpired\n})`,
    mend: "Write it, or run `eventfold gen --fix`, which puts a stub there that fails by name until you do."
  },
  EF0107: {
    title: "a body is missing",
    means: "A declaration needs a file of yours with its handlers, and there is none.",
    example: `src/cards/gift-card.apply.ts is missing`,
    mend: "Run `eventfold gen`, which begins it with a stub for each handler; from then on it is yours."
  },
  EF0108: {
    title: "a key is made of a field that an event does not carry",
    means:
      "A function under `keys` of a projection's body reads a field that not all events have which the projection takes from that aggregate. TypeScript says the same at the same place.",
    example: `keys: { GiftCard: ({ shop }) => shop } // and the projection reads CardIssued, which has no shop`,
    mend: "Leave the event out of `from`, or tell events apart by `event._tag`: an array is several keys, and an empty one none."
  },
  EF0109: {
    title: "a body of something that is declared no more",
    means:
      "An aggregate or a projection was renamed or removed, and what was generated from it is gone. The handlers are yours, so their file stays, but it no longer compiles.",
    example: `src/cards/voucher.apply.ts, after Voucher was renamed to GiftCard`,
    mend: "Take over the handlers into the new body, then delete the file."
  },
  EF0110: {
    title: "a file of yours holds a merge conflict",
    means:
      "Git left both sides of a merge in a file with handlers, between lines of `<<<<<<<` and `>>>>>>>`. What it lacks can't be said until that is resolved, and `gen --fix` doesn't touch it. Generated files need no resolving: `gen` writes them again, unless one side was edited by hand.",
    example: `src/cards/gift-card.apply.ts, after two branches added a handler each`,
    mend: "Resolve the conflict, then run `eventfold gen`."
  },
  EF0111: {
    title: "a handler is not written yet",
    means:
      "`gen` began it as a stub, `Fold.notWritten`, which compiles and fails by name when it runs. `check` counts such handlers as a warning, and with `--strict` as a problem.",
    example: `CardIssued: (_state, _event): GiftCardState => Fold.notWritten("GiftCard.apply CardIssued")`,
    mend: "Write what happens there, and take out the stub."
  },
  EF0201: {
    title: "a handler touches the world",
    means:
      "A handler, or something of yours that it calls, reads the clock, asks for randomness, reads the environment, a file or the network, or depends on what the garbage collector does. Events are folded again and again, on other machines and in other years: the states would be others each time. The law `hermetic` refuses the same while handlers run; `check` reads it in the text, with the calls that lead there.",
    example: `CardIssued: (state, { amount }): GiftCardState => ({ ...state, left: amount, at: Date.now() })`,
    mend: "Put the value into the event, where it stays what it was. A decision takes the time from `facts.now` and ids from `Decider.id(facts, …)`; what else it has to know is declared as a fact, or part of the command."
  },
  EF0202: {
    title: "a handler depends on the machine's locale or time zone",
    means:
      "Without a locale, `localeCompare`, `Intl` and `toLocaleUpperCase` take the machine's; `getDay()`, `new Date(2020, 1, 1)` and the text of a Date go by its time zone. Two machines come to two states, or to another order.",
    example: `CardIssued: (state, { tags }): GiftCardState => ({ ...state, tags: tags.toSorted((a, b) => a.localeCompare(b)) })`,
    mend: 'Compare code units with < and >, or name the locale: `new Intl.Collator("cs")`. Of dates, use `getUTCDay()` and `DateTime.Utc`.'
  },
  EF0203: {
    title: "a handler does something later",
    means:
      "A handler is async, awaits, makes a Promise or starts a timer. It is one synchronous step of a fold: what happens after it, nobody waits for, and other events have been folded before.",
    example: `CardIssued: async (state, { amount }): Promise<GiftCardState> => ({ ...state, left: await converted(amount) })`,
    mend: "Do what takes time before the command, and put the result into it."
  },
  EF0204: {
    title: "a handler changes what it is given",
    means:
      "States, events, commands and rows are shared: with snapshots, caches, the other projections and the caller. A handler that assigns to one of them, or to a part of it, or calls what does, changes what others hold. `{ ...state }` copies one level: what is in it is still the same.",
    example: `CardIssued: (state, { tags }): GiftCardState => ({ ...state, tags: state.tags.sort() })`,
    mend: "Return a new value: `{ ...state, left: 0 }`, `[...items, item]`, `items.toSorted()`, `new Map(byId).set(…)`. What a handler made itself it may change."
  },
  EF0205: {
    title: "a handler keeps something between calls",
    means:
      "A handler writes a variable of a file, or changes an object that stays from one call to the next; or it reads one that a function writes. What it does then depends on what was folded before, and in which process. A constant table that nobody writes is fine.",
    example: `CardIssued: (state): GiftCardState => ({ ...state, number: ++last })`,
    mend: "Keep it in the state or in the row, or make it anew in each call."
  },
  EF0206: {
    title: "a suppression without a reason",
    means:
      "`// eventfold-pure:` says that something is meant, on its own line or the one after it. Without a reason nobody can tell later whether that is still so, and it suppresses nothing.",
    example: `// eventfold-pure\nCardIssued: (state): GiftCardState => ({ ...state, number: ++last })`,
    mend: "Write why it is all the same to a replay: `// eventfold-pure: counts calls for the log, and no state depends on it`."
  },
  EF0207: {
    title: "a suppression of nothing",
    means:
      "No handler comes to anything impure at the line of this comment: it was mended, or the comment stands at another line. It would hide what comes to be there.",
    example: `// eventfold-pure: the rates are compiled in\nCardIssued: (state, { amount }): GiftCardState => ({ ...state, left: amount })`,
    mend: "Take it out, or move it to the line that it is for, or the one before."
  }
}
