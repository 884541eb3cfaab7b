/** An aggregate as the model has it, and what is wrong with it. */
import { Schema, SchemaAST } from "effect"
import type { Aggregate } from "eventfold"
import { compile } from "./Compilation.ts"
import { choice, type Declared, type Located, reporter } from "./Declared.ts"
import { codes } from "../report/Diagnostic.ts"
import type * as Model from "../model/Model.ts"
import * as Shape from "./Shape.ts"
import * as TableReader from "./TableReader.ts"
import * as Transformations from "./Transformations.ts"
import type * as TypeReader from "./types/TypeReader.ts"

const message = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ")

/** Reads an aggregate that is sound. */
export const aggregateOf = (
  one: Declared<Aggregate.Any>,
  reader: TypeReader.TypeReader,
  problems: Array<Located>
): Model.Aggregate => {
  const { exported, file, value } = one
  const report = reporter(one, problems)
  const events = Object.keys(value.events)
  const errors = Object.keys(value.errors)
  if (events.length === 0) {
    report(
      ["events"],
      codes.noEvents,
      `${value.name} declares no events; declare at least one, since only events are stored`
    )
  }
  for (const [command, { emits, facts, fails }] of Object.entries(value.flow)) {
    for (const [list, names, all, what] of [
      ["emits", emits, events, "event"],
      ["fails", fails, errors, "error"],
      ["facts", facts, Object.keys(value.facts), "fact"]
    ] as const) {
      for (const name of names) {
        if (all.includes(name)) continue
        report(
          ["commands", command, list],
          codes.unknownName,
          `${command} has ${JSON.stringify(name)} in \`${list}\`, but ${value.name} declares no ${what} of that name; ${choice(name, all)}`
        )
      }
    }
  }
  const members = (kind: "events" | "commands" | "errors", under: ReadonlyArray<string>): Array<Model.Member> =>
    Object.entries(value[kind]).map(([name, schema]) => {
      if (!isTaggedWith(schema, name)) {
        report(
          [kind, name, ...under, "_tag"],
          codes.badName,
          `${name} has a field of its own called _tag, where Eventfold keeps the name ${name}; call it something else`
        )
      }
      return { name, fields: reader.fields(schema, [kind, name, ...under], kind === "events") }
    })
  if (!TableReader.isAllText(SchemaAST.toEncoded(value.id.ast))) {
    report(
      ["id"],
      codes.badId,
      `the id of ${value.name} doesn't encode to a text, and it is part of the name of a stream; ${textFor(value.id)}`
    )
  }
  const known = reader.problems.length
  const before = problems.length + known
  const model = {
    name: value.name,
    exported,
    file,
    id: reader.read(value.id, ["id"], true),
    state: reader.read(value.state, ["state"], true),
    events: members("events", []).map((event) => ({ ...event, stored: {} })),
    errors: members("errors", []),
    commands: members("commands", ["payload"]).map((member) => {
      const { emits, facts, fails } = value.flow[member.name] ?? { emits: [], facts: [], fails: [] }
      return { ...member, emits, facts, fails }
    }),
    facts: reader.fields(Schema.Struct(value.facts), ["facts"], false)
  }
  const none: Model.Compiled = { code: "", target: "", shape: "" }
  try {
    // What is wrong with a state that can't be written down is said already.
    const isState = reader.problems.slice(known).every(({ path }) => path[0] !== "state")
    for (const { code, message, path } of isState ? Shape.ofInitial(value) : []) report(path, code, message)
    // What cannot run is reported with the rest that is found in schemas, and would throw here.
    const isSound =
      problems.length + reader.problems.length === before &&
      events.length > 0 &&
      Transformations.ofAggregate(value).length === 0
    return { ...model, compiled: isSound ? compile(value) : none }
  } catch (error) {
    report([], codes.notStorable, `has no form as JSON: ${message(error)}; use schemas that encode to JSON`)
    return { ...model, compiled: none }
  }
}

/** What to write for an id that is no text. */
const textFor = ({ ast }: Schema.Top): string => {
  switch (SchemaAST.toType(ast)._tag) {
    case "Number":
      return "use `Schema.FiniteFromString`, with the checks of the number, or `Schema.NonEmptyString`"
    case "BigInt":
      return "use `Schema.BigIntFromString`, or `Schema.NonEmptyString`"
    case "Objects":
    case "Arrays":
      return 'use a text that holds its parts, such as `Schema.TemplateLiteral([Schema.NonEmptyString, "/", Schema.Int])`, or `Schema.NonEmptyString`'
    default:
      return "use `Schema.NonEmptyString`, or a schema that encodes to a text"
  }
}

/** Whether the tag is the one that the declaration adds, not a field that took its place. */
const isTaggedWith = ({ ast }: Schema.Top, name: string): boolean => {
  if (ast._tag !== "Objects") return true
  const tag = ast.propertySignatures.find((property) => property.name === "_tag")?.type
  return tag?._tag === "Literal" && tag.literal === name
}
