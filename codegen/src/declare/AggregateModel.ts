/** Reads the model of an aggregate, and finds its problems. */
import { Schema, SchemaAST } from "effect"
import type { Aggregate } from "eventfold"
import { compile } from "./Compilation.ts"
import { choice, type Declared } from "./Declared.ts"
import { codes } from "../report/Diagnostic.ts"
import type * as Model from "../model/Model.ts"
import { type DeclarationProblem, type Path, type Report, reporter } from "./types/SchemaProblem.ts"
import * as Shape from "./Shape.ts"
import * as TableReader from "./TableReader.ts"
import * as Transformations from "./Transformations.ts"
import type { TypeReader } from "./types/TypeReader.ts"

const notCompiled: Model.Compiled = { code: "", target: "", shape: "" }

/** Returns the message of an error in one line. */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ")

/** Reports names in the lists of commands that are not declared. */
const checkFlow = ({ errors, events, facts, flow, name }: Aggregate.Any, report: Report): void => {
  for (const [command, lists] of Object.entries(flow)) {
    for (const [list, names, declared, what] of [
      ["emits", lists.emits, Object.keys(events), "event"],
      ["fails", lists.fails, Object.keys(errors), "error"],
      ["facts", lists.facts, Object.keys(facts), "fact"]
    ] as const) {
      for (const unknown of names.filter((one) => !declared.includes(one))) {
        const message = `${command} lists ${JSON.stringify(unknown)} in \`${list}\`, but ${name} declares no ${what} of that name`
        report(["commands", command, list], codes.unknownName, message, choice(unknown, declared))
      }
    }
  }
}

/** Reports an id that does not encode to a string. */
const checkId = ({ id, name }: Aggregate.Any, report: Report): void => {
  if (TableReader.isAllText(SchemaAST.toEncoded(id.ast))) return
  const message = `the id of ${name} does not encode to a string, but it is part of the name of a stream`
  report(["id"], codes.badId, message, stringIdFor(id))
}

/** Returns the fix for an id that does not encode to a string. */
const stringIdFor = ({ ast }: Schema.Top): string => {
  switch (SchemaAST.toType(ast)._tag) {
    case "Number":
      return "use `Schema.FiniteFromString`, with the checks of the number, or `Schema.NonEmptyString`"
    case "BigInt":
      return "use `Schema.BigIntFromString`, or `Schema.NonEmptyString`"
    case "Objects":
    case "Arrays":
      return 'use a string of the parts, such as `Schema.TemplateLiteral([Schema.NonEmptyString, "/", Schema.Int])`, or `Schema.NonEmptyString`'
    default:
      return "use `Schema.NonEmptyString`, or a schema that encodes to a string"
  }
}

/**
 * `true` if the field `_tag` is the one that the declaration adds, not a field that replaced it.
 */
const isTaggedWith = ({ ast }: Schema.Top, name: string): boolean => {
  if (ast._tag !== "Objects") return true
  const tag = ast.propertySignatures.find((property) => property.name === "_tag")?.type
  return tag?._tag === "Literal" && tag.literal === name
}

/** Reads the events, commands or errors of an aggregate. */
const membersOf = (
  value: Aggregate.Any,
  kind: "events" | "commands" | "errors",
  under: Path,
  reader: TypeReader,
  report: Report
): ReadonlyArray<Model.Member> =>
  Object.entries(value[kind]).map(([name, schema]) => {
    if (!isTaggedWith(schema, name)) {
      const message = `${name} has its own field _tag, but Eventfold stores the name ${name} in that field`
      report([kind, name, ...under, "_tag"], codes.badName, message, "rename the field")
    }
    return { name, fields: reader.fields(schema, [kind, name, ...under], kind === "events") }
  })

/** Reads a sound aggregate, and reports its problems. */
export const aggregateOf = (
  one: Declared<Aggregate.Any>,
  reader: TypeReader,
  problems: Array<DeclarationProblem>
): Model.Aggregate => {
  const { exported, file, value } = one
  const report = reporter(one, problems)
  const hasEvents = Object.keys(value.events).length > 0
  if (!hasEvents) {
    const fix = "declare at least one event, because only events are stored"
    report(["events"], codes.noEvents, `${value.name} declares no events`, fix)
  }
  checkFlow(value, report)
  checkId(value, report)
  const readBefore = reader.problems.length
  const reportedBefore = problems.length
  const members = (kind: "events" | "commands" | "errors", under: Path = []) =>
    membersOf(value, kind, under, reader, report)
  const model = {
    name: value.name,
    exported,
    file,
    id: reader.read(value.id, ["id"], true),
    state: reader.read(value.state, ["state"], true),
    events: members("events").map((event) => ({ ...event, stored: {} })),
    errors: members("errors"),
    commands: members("commands", ["payload"]).map((member) => {
      const { emits, facts, fails } = value.flow[member.name] ?? { emits: [], facts: [], fails: [] }
      return { ...member, emits, facts, fails }
    }),
    facts: reader.fields(Schema.Struct(value.facts), ["facts"], false)
  }
  const found = reader.problems.slice(readBefore)
  const unrunnable = Transformations.ofAggregate(value)
  try {
    // A state whose type can't be read has a problem already.
    const hasState = found.every(({ path }) => path[0] !== "state")
    for (const { code, fix, message, path } of hasState ? Shape.ofInitial(value) : []) report(path, code, message, fix)
    // The compiler runs the schemas, so it would throw for those with problems.
    const isSound = hasEvents && found.length + unrunnable.length === 0 && problems.length === reportedBefore
    return { ...model, compiled: isSound ? compile(value) : notCompiled }
  } catch (error) {
    const message = `can't be encoded to JSON: ${messageOf(error)}`
    report([], codes.notStorable, message, "use schemas that encode to JSON")
    return { ...model, compiled: notCompiled }
  } finally {
    for (const problem of unrunnable) problems.push({ ...problem, file, exported })
  }
}
