/**
 * `account.ts`: the contract of an aggregate. Types, constructors, and the switches that call the
 * handlers of bodies.
 */
import type { Aggregate, Member } from "../model/Model.ts"
import { contractSuffixes, kebab } from "../model/Names.ts"
import type { Context } from "./text/Layout.ts"
import { isTag, memberInterface, memberValue } from "./text/Members.ts"
import { doc, type Emitted, Imports, section, width } from "./text/Text.ts"
import { alternatives, arrow, declaration, fieldLine, type Scope, unhandled } from "./text/TypeText.ts"

const names = (members: ReadonlyArray<Member>): ReadonlyArray<string> => members.map(({ name }) => name)

/** Writes a section about one kind of member: interfaces, their union, then constructors. */
const kind = (title: string, alias: string, noun: string, members: ReadonlyArray<Member>, scope: Scope): string =>
  [
    `${section(title)}\n`,
    ...members.map((member) => memberInterface(member, scope)),
    `${alternatives("", `export type ${alias} =`, names(members))}\n`,
    ...(members.length === 0 ? [] : ["\n"]),
    ...members.map((member) => memberValue(member, scope, noun))
  ].join("")

const cases = (members: ReadonlyArray<Member>, noun: string, call: (name: string) => string, where: string): string =>
  members.length === 0
    ? `      return Fold.unhandled(${JSON.stringify(where)}, ${noun})\n`
    : [
        `      switch (${noun}._tag) {\n`,
        ...members.map(({ name }) => `        case ${JSON.stringify(name)}:\n          return ${call(name)}\n`),
        unhandled(where, noun, members.length)
      ].join("")

const handlers = ({ events, name }: Aggregate): string => {
  const state = `${name}State`
  const lines = events.map((event) => {
    const parameters = [
      ["state", [state]],
      ["event", [event.name]]
    ] as const
    const handler = arrow("  ", `readonly ${event.name}: `, parameters, [state])
    return `${doc(event.doc, "  ")}  ${handler}\n`
  })
  return `export interface ${name}Handlers {\n${lines.join("")}}\n`
}

/** Writes the declared facts of a contract; an empty text if there are none. */
const factsOf = ({ facts, name }: Aggregate, scope: Scope): string =>
  facts.length === 0
    ? ""
    : `\n${doc("Values from outside that decisions need. Each decision receives the facts that its command declares.")}` +
      `export interface ${name}Facts {\n${facts.map((fact) => `${fieldLine(fact, scope, "  ")}\n`).join("")}}\n`

/** Writes the type of a decision's facts. */
const known = ({ facts, name }: Aggregate, declared: ReadonlyArray<string>): string =>
  declared.length === 0
    ? "Decider.Facts"
    : declared.length === facts.length
      ? `Decider.Facts & ${name}Facts`
      : `Decider.Facts & Pick<${name}Facts, ${declared.map((fact) => JSON.stringify(fact)).join(" | ")}>`

const decider = (aggregate: Aggregate): string => {
  const { commands, name } = aggregate
  if (commands.length === 0) return `export type ${name}Decider = Record<never, never>\n`
  const lines = commands.map((command) => {
    const { emits, fails } = command
    const results = [`ReadonlyArray<${emits.length === 0 ? "never" : emits.join(" | ")}>`, ...fails]
    const parameters = [
      ["state", [`${name}State`]],
      ["command", [command.name]],
      ["facts", [known(aggregate, command.facts)]]
    ] as const
    return `${doc(command.doc, "  ")}  ${arrow("  ", `readonly ${command.name}: `, parameters, results)}\n`
  })
  return `export interface ${name}Decider {\n${lines.join("")}}\n`
}

const failures = ({ commands, name }: Aggregate): string => {
  if (commands.length === 0) return `export type ${name}Failures = Record<never, never>\n`
  const lines = commands.map(({ fails, name }) => `  ${alternatives("  ", `readonly ${name}:`, fails)}\n`)
  return `export interface ${name}Failures {\n${lines.join("")}}\n`
}

/** Writes the guard of a union; an empty text for a union without members. */
const guard = (key: string, noun: string, union: string, members: ReadonlyArray<Member>): string => {
  if (members.length === 0) return ""
  // A member can have the name `event`, but no name of a member begins with an underscore.
  const given = members.some(({ name }) => name === noun) ? `_${noun}` : noun
  const head = `  ${key}: (${given}: ${isTag}): ${given} is ${union} =>`
  const calls = members.map(({ name }) => `${name}.is(${given})`)
  const line = `${head} ${calls.join(" || ")}`
  const next = `    ${calls.join(" || ")}`
  const text =
    line.length <= width - 1
      ? line
      : `${head}\n${next.length <= width - 1 ? next : calls.map((call) => `    ${call}`).join(" ||\n")}`
  return `,\n  /** Narrows to this aggregate's ${noun}s. */\n${text}`
}

/**
 * Writes the switches over events and commands. They are in the contract, so that the loop of the
 * service can inline them.
 */
const value = ({ commands, doc: comment, errors, events, name }: Aggregate): string => {
  const none = commands.length === 0
  return [
    doc(comment),
    `export const ${name} = {\n`,
    "  /** Combines the handlers of all events into the step of the fold. */\n",
    `  apply:\n    (on: ${name}Handlers): ${name}Apply =>\n    (state, event) => {\n`,
    cases(events, "event", (event) => `on.${event}(state, event)`, `${name}.apply`),
    "    },\n",
    "  /** Combines the decisions of all commands. */\n",
    `  decide:\n    (${none ? "_on" : "on"}: ${name}Decider): ${name}Decide =>\n    (${none ? "_state, command" : "state, command, facts"}) => {\n`,
    cases(commands, "command", (command) => `on.${command}(state, command, facts)`, `${name}.decide`),
    "    }",
    guard("isEvent", "event", `${name}Event`, events),
    guard("isCommand", "command", `${name}Command`, commands),
    guard("isError", "error", `${name}Error`, errors),
    "\n}\n"
  ].join("")
}

export const contractFile = ({ layout }: Context, aggregate: Aggregate): Emitted => {
  const { commands, errors, events, file, name, state } = aggregate
  const imports = new Imports([
    ...contractSuffixes.map((suffix) => name + suffix),
    ...[...events, ...commands, ...errors].map((member) => member.name)
  ])
  imports.value("eventfold/generated", "Fold")
  imports.type("eventfold", "Decider")
  const scope: Scope = { imports, values: "./values.ts", schema: layout.schema }
  const parameters = [
    ["state", [`${name}State`]],
    ["command", [`${name}Command`]],
    [
      "facts",
      [
        known(
          aggregate,
          aggregate.facts.map((fact) => fact.name)
        )
      ]
    ]
  ] as const
  // A decision cannot return an error that no command declares.
  const raised = names(errors).filter((error) => commands.some(({ fails }) => fails.includes(error)))
  const refusals = raised.length === errors.length && errors.length > 0 ? [`${name}Error`] : raised
  const decide = arrow("", `export type ${name}Decide = `, parameters, [`ReadonlyArray<${name}Event>`, ...refusals])
  const body = [
    kind("events", `${name}Event`, "event", events, scope),
    `\n${section("state")}\n${declaration(`${name}State`, state, scope)}\n`,
    kind("commands", `${name}Command`, "command", commands, scope),
    "\n",
    kind("errors", `${name}Error`, "error", errors, scope),
    factsOf(aggregate, scope),
    `\n/** Errors that can refuse each command. */\n${failures(aggregate)}`,
    `\n${section("what you write")}\n`,
    `/** One handler for each event. You write them in ../${kebab(name)}.apply.ts. */\n${handlers(aggregate)}\n`,
    doc(
      `One decision for each command: the events that happen, or the error that refuses it. You write them in ../${kebab(name)}.decide.ts.`
    ),
    `${decider(aggregate)}\n`,
    `/** (state, event) → state. */\nexport type ${name}Apply = (state: ${name}State, event: ${name}Event) => ${name}State\n`,
    `/** (state, command, facts) → events or a domain error. */\n${decide}\n\n`,
    value(aggregate)
  ].join("")
  return { name: `${kebab(name)}.ts`, from: file, body: `${imports.render()}\n\n${body}` }
}
