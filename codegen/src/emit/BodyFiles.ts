/**
 * Bodies: `gen` creates them once, with a stub for each handler. From then on the developer owns
 * them.
 */
import { basename } from "node:path"
import type { Aggregate, Command, Projection } from "../model/Model.ts"
import { kebab } from "../model/Names.ts"
import { aggregateOf, type Context } from "./text/Layout.ts"
import { doc, Imports, width } from "./text/Text.ts"

/** A body file: an object of handlers, which is passed to a function of the contract. */
export interface Body {
  /** Name in the folder of bodies. */
  readonly name: string
  /** Call whose argument holds the handlers: `Account.apply`. */
  readonly call: string
  /** Specifier of the contract in this file: `./generated/account.ts`. */
  readonly contract: string
  /** Keys of the objects of handlers, and the handlers that each must have. */
  readonly wanted: ReadonlyArray<{ readonly under: string | undefined; readonly handlers: ReadonlyArray<Handler> }>
  readonly text: string
}

export interface Handler {
  readonly name: string
  /** Code of the handler in a new body. */
  readonly stub: string
  /** Events that a key function receives. */
  readonly takes?: ReadonlyArray<{ readonly event: string; readonly fields: ReadonlyArray<string> }>
}

const stub = (name: string, parameters: string, result: string, where: string): Handler => ({
  name,
  stub: `${name}: (${parameters}): ${result} => Fold.notWritten(${JSON.stringify(`${where} ${name}`)})`
})

const object = (handlers: ReadonlyArray<Handler>, indent: string): string => {
  const deep = `${indent}  `
  const lines = handlers.map(({ stub }, i) => {
    const line = `${deep}${stub}${i === handlers.length - 1 ? "" : ","}`
    return line.length <= width ? line : line.replace(" => ", ` =>\n${deep}  `)
  })
  return `{\n${lines.join("\n")}\n${indent}}`
}

const applyBody = (contract: string, { events, name }: Aggregate): Body => {
  const handlers = events.map((event) => stub(event.name, "_state, _event", `${name}State`, `${name}.apply`))
  const imports = new Imports()
  imports.value("eventfold/generated", "Fold")
  imports.value(contract, name)
  imports.type(contract, `${name}State`)
  const text =
    doc(`Computes the state of ${name} after each event. Pure: no clock, no randomness, only state and event.`) +
    `${imports.render()}\n\n` +
    '// Write each handler: take `state` and `event`, return the next state, such as `{ ...state, status: "Open" }`.\n' +
    "// Keep the return type: without it, TypeScript accepts a misspelt field of the state.\n" +
    `export const apply = ${name}.apply(${object(handlers, "")})\n`
  const call = `${name}.apply`
  return { name: `${kebab(name)}.apply.ts`, call, contract, wanted: [{ under: undefined, handlers }], text }
}

const decision = ({ emits, fails }: Command): string =>
  [`ReadonlyArray<${emits.length === 0 ? "never" : emits.join(" | ")}>`, ...fails].join(" | ")

const decideBody = (contract: string, { commands, name }: Aggregate): Body => {
  const handlers = commands.map((command) =>
    stub(command.name, "_state, _command, _facts", decision(command), `${name}.decide`)
  )
  const imports = new Imports()
  if (commands.length > 0) imports.value("eventfold/generated", "Fold")
  imports.value(contract, name)
  for (const member of new Set(commands.flatMap(({ emits, fails }) => [...emits, ...fails])))
    imports.type(contract, member)
  const text =
    doc(`Decides each command of ${name}: returns events, or an error. Pure: the time comes in \`facts\`.`) +
    `${imports.render()}\n\n` +
    (commands.length === 0
      ? ""
      : "// Write each decision: return the events that happen, such as `[SomeEvent.make({ … })]`, or the error that refuses the\n" +
        "// command, such as `SomeError.make({ … })`.\n") +
    `export const decide = ${name}.decide(${handlers.length === 0 ? "{}" : object(handlers, "")})\n`
  const call = `${name}.decide`
  return { name: `${kebab(name)}.decide.ts`, call, contract, wanted: [{ under: undefined, handlers }], text }
}

const projectBody = (contract: string, context: Context, projection: Projection): Body => {
  const { doc: comment, key, name, sources } = projection
  const imports = new Imports()
  imports.value("eventfold/generated", "Fold")
  imports.value(contract, name)
  imports.type(contract, `${name}Row`)
  const where = `${name}.project`
  const keyed = key !== "streamId"
  const parameters = keyed ? "_row, _event, _origin, _key" : "_row, _event, _origin"
  const handlers = sources.flatMap(({ events }) =>
    events.map((event) => stub(event, parameters, `${name}Row | undefined`, where))
  )
  const keys = sources.map((source) => {
    imports.type(contract, `${name}Key`)
    const { aggregate } = aggregateOf(context, source)
    const takes = aggregate.events
      .filter((event) => source.events.includes(event.name))
      .map((event) => ({ event: event.name, fields: event.fields.map((field) => field.name) }))
    return { ...stub(aggregate.name, "_event, _origin", `${name}Key`, `${name}.keys`), takes }
  })
  const head = doc(`${comment?.split("\n")[0] ?? `The rows of ${name}.`} Pure: times and ids come in \`origin\`.`)
  const how =
    "// Write each handler: take the row (`undefined` if there is none) and the event, return the next row, or `undefined`\n" +
    "// to delete it.\n"
  if (!keyed) {
    const fresh = new Imports()
    fresh.value("eventfold/generated", "Fold")
    fresh.value(contract, name)
    fresh.type(contract, `${name}Row`)
    const text = `${head}${fresh.render()}\n\n${how}export const project = ${name}.project(${object(handlers, "")})\n`
    const file = `${kebab(name)}.projection.ts`
    return { name: file, call: where, contract, wanted: [{ under: undefined, handlers }], text }
  }
  const text =
    `${head}${imports.render()}\n\n${how}// Under \`keys\`, return for each aggregate the key of the row that an event belongs to, or an array of keys.\n` +
    `export const project = ${name}.project({\n  keys: ${object(keys, "  ")},\n  on: ${object(handlers, "  ")}\n})\n`
  return {
    name: `${kebab(name)}.projection.ts`,
    call: where,
    contract,
    wanted: [
      { under: "keys", handlers: keys },
      { under: "on", handlers }
    ],
    text
  }
}

/** Returns all body files of a domain. */
export const bodies = (context: Context): ReadonlyArray<Body> => {
  const contract = (name: string) => `./${basename(context.layout.output)}/${kebab(name)}.ts`
  return [
    ...context.domain.aggregates.flatMap((aggregate) => {
      const from = contract(aggregate.name)
      return [applyBody(from, aggregate), decideBody(from, aggregate)]
    }),
    ...context.domain.projections.map((projection) => projectBody(contract(projection.name), context, projection))
  ]
}
