/**
 * Random domains: files of declarations in a folder of `schemas/`, aggregates and projections
 * across files and domains.
 */
import * as fc from "fast-check"
import { columnNames, comment, schemas, type Shared } from "./RandomSchemas.ts"
import { valuesFile, type ValuesFile } from "./RandomValues.ts"

/** An event, a command or an error. */
export interface Member {
  readonly name: string
  readonly isEmpty: boolean
}

export interface RandomCommand extends Member {
  readonly emits: ReadonlyArray<string>
  readonly fails: ReadonlyArray<string>
}

export interface RandomAggregate {
  readonly name: string
  readonly exported: string
  /** Relative to `schemas/`. */
  readonly file: string
  readonly events: ReadonlyArray<Member>
  readonly errors: ReadonlyArray<Member>
  readonly commands: ReadonlyArray<RandomCommand>
}

export interface RandomProjection {
  readonly name: string
  readonly exported: string
  readonly file: string
}

export interface RandomDomain {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly aggregates: ReadonlyArray<RandomAggregate>
  readonly projections: ReadonlyArray<RandomProjection>
}

/** Names of aggregates: each leads to further names, which are similar. */
const aggregateNames: ReadonlyArray<string> = (
  "Account AccountBook Accounts Order OrderLine Orders Box Entry Class Events State Event Command " +
  "Handlers Apply account2 order Schemas Option2 A Z9_x Index Console Map Function"
).split(" ")

const eventNames: ReadonlyArray<string> = (
  "Opened Closed opened Make Is state event apply on install fingerprint project row key keys origin " +
  "bodies fields from Moved Moved2 Set Map2 of Paid Given Taken async get set constructor toString " +
  "hasOwnProperty TotalsRow ByDayEvent asserts global namespace Accounts Orders"
).split(" ")
const commandNames: ReadonlyArray<string> =
  "Open Close make is command facts Do Undo Pay as declare module toLocaleString satisfies out using require exports".split(
    " "
  )
const errorNames: ReadonlyArray<string> =
  "NotOpen TooMuch error Refused valueOf Missing abstract NaN Infinity globalThis undefined2".split(" ")

const unique = (names: ReadonlyArray<string>, maxLength: number, minLength = 0) =>
  fc.uniqueArray(fc.constantFrom(...new Set(names)), { minLength, maxLength })

const head = `import { Effect, Schema, SchemaTransformation } from "effect"\n`

/** Name and declarations of each aggregate of a domain. */
interface Plan {
  readonly name: string
  readonly exported: string
  readonly file: string
  readonly events: ReadonlyArray<string>
  readonly commands: ReadonlyArray<string>
  readonly errors: ReadonlyArray<string>
}

/**
 * Names of what each aggregate declares: events are a domain's own, commands and errors an
 * aggregate's.
 */
const plans = (domain: string): fc.Arbitrary<ReadonlyArray<Plan>> =>
  fc
    .record({
      names: unique(aggregateNames, 3, 1),
      events: unique(eventNames, 9, 3),
      commands: fc.array(unique(commandNames, 3), { minLength: 3, maxLength: 3 }),
      errors: fc.array(unique(errorNames, 3), { minLength: 3, maxLength: 3 }),
      oneFile: fc.boolean(),
      renamed: fc.boolean()
    })
    .map(({ commands, errors, events, names, oneFile, renamed }) =>
      names
        // Files are named in kebab case, and some file systems do not tell cases apart.
        .filter((name, i) => names.findIndex((one) => one.toLowerCase() === name.toLowerCase()) === i)
        .map((name, i) => ({
          name,
          exported: renamed ? `the${name}` : name,
          file: `${domain}/${oneFile ? "all" : `deep/part${i}`}.ts`,
          events: events.filter((one, at) => at % names.length === i && one !== name),
          commands: commands[i] ?? [],
          errors: errors[i] ?? []
        }))
        .filter((plan) => plan.events.length > 0)
    )

const aggregate = (
  { commands, errors, events, exported, file, name }: Plan,
  shared: ReadonlyArray<Shared>
): fc.Arbitrary<RandomAggregate & { readonly text: string }> => {
  const { any, fields } = schemas(shared)
  const ids = fc.constantFrom(
    "Schema.String",
    "Schema.NonEmptyString",
    `Schema.TemplateLiteral(["id-", Schema.Int])`,
    "Schema.FiniteFromString",
    ...shared.filter(({ isText }) => isText).map(({ reference }) => reference)
  )
  const states = fc.oneof(
    { weight: 4, arbitrary: fields.map((text) => `Schema.Struct(${text})`) },
    { weight: 1, arbitrary: any },
    {
      weight: 1,
      arbitrary: fields.map(
        (text) => `Schema.Union([Schema.TaggedStruct("New", {}), Schema.TaggedStruct("Old", ${text})])`
      )
    }
  )
  const members = (all: ReadonlyArray<string>) =>
    fc.tuple(
      ...all.map((name) =>
        fc
          .tuple(comment("    "), fields)
          .map(([doc, fields]) => ({ name, isEmpty: fields === "{}", text: `${doc}    ${name}: ${fields}` }))
      )
    )
  const command = (name: string) =>
    fc
      .record({ doc: comment("    "), fields, emits: fc.subarray([...events]), fails: fc.subarray([...errors]) })
      .map(({ doc, emits, fails, fields }) => {
        const lists = `emits: ${JSON.stringify(emits)},\n    fails: ${JSON.stringify(fails)}`
        const text = `${doc}    ${name}: {\n    payload: ${fields},\n    ${lists}\n  }`
        return { name, isEmpty: fields === "{}", emits, fails, text }
      })
  const object = (all: ReadonlyArray<{ readonly text: string }>) =>
    all.length === 0 ? "{}" : `{\n${all.map(({ text }) => text).join(",\n")}\n  }`
  return fc
    .record({
      doc: comment(""),
      id: ids,
      state: states,
      events: members(events),
      errors: members(errors),
      commands: fc.tuple(...commands.map(command))
    })
    .map(({ commands, doc, errors, events, id, state }) => {
      const text = `const ${exported}_state = ${state}
${doc}export const ${exported} = Aggregate.make("${name}", {
  id: ${id},
  state: ${exported}_state,
  initial: sample(${exported}_state, 1),
  events: ${object(events)},
  errors: ${object(errors)},
  commands: ${object(commands)},
  invariants: { "it's *\\/ \\"so\\"": () => true }
})
`
      return { name, exported, file, events, errors, commands, text }
    })
}

/** An aggregate as a projection's file refers to it. */
interface Readable {
  readonly reference: string
  readonly name: string
  readonly events: ReadonlyArray<string>
}

const projection = (
  name: string,
  exported: string,
  readable: ReadonlyArray<Readable>,
  shared: ReadonlyArray<Shared>
): fc.Arbitrary<string> => {
  const { any, fields, keys } = schemas(shared, columnNames)
  const source = ({ events, reference }: Readable) =>
    fc.oneof(
      fc.constant(reference),
      fc
        .subarray([...events], { minLength: 1 })
        .map((some) => `Projection.events(${reference}, ${some.map((one) => JSON.stringify(one)).join(", ")})`)
    )
  return fc.subarray([...readable], { minLength: 1 }).chain((drawn) => {
    // One event name, and one aggregate's name, leads to one handler.
    const sources = drawn.filter(
      (one, i) =>
        drawn.findIndex(({ name }) => name === one.name) === i &&
        !drawn.slice(0, i).some(({ events }) => events.some((event) => one.events.includes(event)))
    )
    const declared = fc.oneof(
      keys,
      fields.map((text) => `Schema.Struct(${text})`),
      fc.constant("Schema.Struct({ day: Schema.String })"),
      fc.constant("Schema.Int")
    )
    const indexes = fc.constantFrom(
      `{}`,
      `{ byPlain: ["plain"] }`,
      `{ byBoth: ["plain", "other-one"], byPlain: ["plain"] }`
    )
    return fc
      .record({
        doc: comment(""),
        from: fc.tuple(...sources.map(source)),
        key: sources.length > 1 ? declared : fc.oneof(fc.constant(`"streamId"`), declared),
        row: fc.oneof(
          fc.tuple(any, indexes).map(([other, indexes]) => ({
            row: `Schema.Struct({ plain: Schema.String, "other-one": ${other} })`,
            indexes
          })),
          fields.map((text) => ({ row: `Schema.Struct(${text})`, indexes: "{}" })),
          any.map((row) => ({ row: `Schema.Array(${row})`, indexes: "{}" }))
        )
      })
      .map(
        ({ doc, from, key, row: { indexes, row } }) => `${doc}export const ${exported} = Projection.make("${name}", {
  from: [${from.join(", ")}],
  key: ${key},
  row: ${row},
  indexes: ${indexes}
})
`
      )
  })
}

const projectionNames: ReadonlyArray<string> = "Totals AccountView OrderRow ByDay Rows total2 Keys View".split(" ")

/** A domain with the values that other domains may use. */
interface Known {
  readonly domain: RandomDomain
  readonly values: ValuesFile
}

/** The imports of a file's aggregates, and how it then refers to them. */
const readable = (file: string, aggregates: ReadonlyArray<RandomAggregate>, as: string) => ({
  imports: aggregates.map((one, i) => `import * as ${as}${i} from "${to(file, one.file)}"\n`).join(""),
  aggregates: aggregates.map(({ events, exported, name }, i) => ({
    reference: `${as}${i}.${exported}`,
    name,
    events: events.map((event) => event.name)
  }))
})

/** From one file below `schemas/` to another. */
const to = (file: string, other: string): string => `${"../".repeat(file.split("/").length - 1)}${other}`

const domain = (name: string, before: Known | undefined): fc.Arbitrary<Known> => {
  const values = `${name}/values.ts`
  const reading = `${name}/projections.ts`
  const used = before === undefined ? "" : `import * as W from "../${before.domain.name}/values.ts"\n`
  return fc.tuple(valuesFile(before?.values, head + used), plans(name)).chain(([file, planned]) => {
    const shared = file.shared("V")
    return fc
      .tuple(fc.tuple(...planned.map((plan) => aggregate(plan, shared))), unique(projectionNames, 2))
      .chain(([aggregates, names]) => {
        const own = readable(reading, aggregates, "A")
        const others = readable(reading, before?.domain.aggregates ?? [], "B")
        const sources = [...own.aggregates, ...others.aggregates]
        const projections = sources.length === 0 ? [] : names
        return fc.tuple(...projections.map((one) => projection(one, `${one}_`, sources, shared))).map((read) => {
          const files: Record<string, string> = { [values]: file.text }
          for (const { file, text } of aggregates) {
            const imports = `import { Aggregate } from "eventfold"\nimport { sample } from "${to(file, "../sample.ts")}"\n`
            files[file] = `${files[file] ?? `${head}${imports}import * as V from "${to(file, values)}"\n`}\n${text}`
          }
          if (read.length > 0) {
            const imports = `import { Projection } from "eventfold"\n${own.imports}${others.imports}`
            files[reading] = `${head}${imports}import * as V from "${to(reading, values)}"\n\n${read.join("\n")}`
          }
          const made = projections.map((one) => ({ name: one, exported: `${one}_`, file: reading }))
          return { domain: { name, files, aggregates, projections: made }, values: file }
        })
      })
  })
}

/** Two domains, of which the second uses values and events of the first. */
export const pair = (names: readonly [string, string]): fc.Arbitrary<ReadonlyArray<RandomDomain>> =>
  domain(names[0], undefined).chain((first) => domain(names[1], first).map((second) => [first.domain, second.domain]))
