/**
 * Entry points of the analysis: the handlers of bodies and the invariants of declarations, with
 * their parameters.
 */
import { join } from "node:path"
import type { Body } from "../emit/BodyFiles.ts"
import type { Aggregate, Domain, Projection, Type } from "../model/Model.ts"
import * as ContractCall from "../bodies/ContractCall.ts"
import { ts } from "../syntax/Syntax.ts"
import { namedOf, structOf, GivenType, type Named } from "./GivenType.ts"
import type { SourceModule } from "./Program.ts"
import type { Given } from "./AbstractValue.ts"

/** A call of the contract with the object that holds handlers. */
export interface Entry {
  readonly module: SourceModule
  /** Expression of the object that holds the handlers. */
  readonly object: ts.Expression
  /** Called function, such as `Account.apply`. */
  readonly call: string
  /** Keys of the object under which handlers are. */
  readonly groups: ReadonlyArray<Group>
}

interface Group {
  readonly under: string | undefined
  /** Name in messages, such as `Account.apply`. */
  readonly name: string
  /** Names of the declared handlers. Invariants are found by the names in the object. */
  readonly handlers: ReadonlyArray<string>
  readonly given: (handler: string) => ReadonlyArray<Given>
}

/** A domain and all domains of its project. */
export interface Declared {
  readonly domain: Domain
  readonly model: ReadonlyArray<Domain>
}

const origin: Type = structOf([
  ...["streamId", "id", "eventId"].map((name) => field(name, "string")),
  ...["version", "position"].map((name) => field(name, "number"))
])

function field(name: string, text: string) {
  return { name, type: { kind: "text", text } as const, optional: false, mutable: false }
}

const given = (label: string, type: Type | undefined, named: Named): Given => ({
  kind: "given",
  label,
  type: type === undefined ? undefined : new GivenType(type, named)
})

const applies = (aggregate: Aggregate, named: Named): Group => ({
  under: undefined,
  name: `${aggregate.name}.apply`,
  handlers: aggregate.events.map(({ name }) => name),
  given: (handler) => [
    given("state", aggregate.state, named),
    given("event", structOf(aggregate.events.find(({ name }) => name === handler)?.fields ?? []), named)
  ]
})

const decides = (aggregate: Aggregate, named: Named): Group => ({
  under: undefined,
  name: `${aggregate.name}.decide`,
  handlers: aggregate.commands.map(({ name }) => name),
  given: (handler) => [
    given("state", aggregate.state, named),
    given("command", structOf(aggregate.commands.find(({ name }) => name === handler)?.fields ?? []), named),
    given("facts", structOf(aggregate.facts), named)
  ]
})

const projects = (projection: Projection, { model }: Declared, named: Named): ReadonlyArray<Group> => {
  const events = projection.sources.flatMap(({ aggregate, domain }) => {
    const home = model.find(({ name }) => name === domain)
    const found = home?.aggregates.find(({ name }) => name === aggregate)
    return (found?.events ?? []).map((event) => ({ event, named: home === undefined ? named : namedOf(home) }))
  })
  const on: Omit<Group, "under"> = {
    name: `${projection.name}.project`,
    handlers: projection.sources.flatMap(({ events }) => events),
    given: (handler) => {
      const found = events.find(({ event }) => event.name === handler)
      return [
        given("row", projection.row, named),
        given("event", structOf(found?.event.fields ?? []), found?.named ?? named),
        given("origin", origin, named),
        given("key", projection.key === "streamId" ? undefined : projection.key, named)
      ]
    }
  }
  if (projection.key === "streamId") return [{ ...on, under: undefined }]
  const keys: Group = {
    under: "keys",
    name: `${projection.name}.keys`,
    handlers: projection.sources.map(({ aggregate }) => aggregate),
    given: () => [given("event", undefined, named), given("origin", origin, named)]
  }
  return [keys, { ...on, under: "on" }]
}

/** Returns the parameters of a body's handlers, by the call that takes the handlers. */
const groupsOf = (
  call: string,
  declared: ReadonlyArray<Declared>,
  folder: string | undefined
): ReadonlyArray<Group> => {
  for (const one of declared) {
    if (folder !== undefined && one.domain.name !== folder) continue
    const { aggregates, projections } = one.domain
    const named = namedOf(one.domain)
    const aggregate = aggregates.find(({ name }) => call === `${name}.apply` || call === `${name}.decide`)
    if (aggregate !== undefined) {
      return [call.endsWith(".apply") ? applies(aggregate, named) : decides(aggregate, named)]
    }
    const projection = projections.find(({ name }) => call === `${name}.project`)
    if (projection !== undefined) return projects(projection, one, named)
  }
  return []
}

/** Returns the handlers of a body. */
export const ofBody = (
  module: SourceModule,
  body: Pick<Body, "call" | "contract">,
  moduleAt: ContractCall.ModuleAt,
  declared: ReadonlyArray<Declared>,
  domain?: string
): ReadonlyArray<Entry> => {
  const { call } = body
  const object = ContractCall.find(module.path, module, body, moduleAt)?.arguments[0]
  return object === undefined ? [] : [{ module, object, call, groups: groupsOf(call, declared, domain) }]
}

/**
 * Finds the call that declares something by a name. The file may import `Aggregate` under any name.
 */
const declaring = (node: ts.Node, name: string): ts.CallExpression | undefined => {
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments
    if (first !== undefined && ts.isStringLiteralLike(first) && first.text === name && node.arguments.length > 1)
      return node
  }
  return ts.forEachChild(node, (child) => declaring(child, name))
}

/** Returns the invariants of an aggregate. */
export const ofInvariants = (
  aggregate: Aggregate,
  declared: Declared,
  moduleAt: (path: string) => SourceModule | undefined,
  root: string
): ReadonlyArray<Entry> => {
  const module = moduleAt(join(root, aggregate.file))
  const statement = module?.declarations.get(aggregate.exported)
  if (module === undefined || statement === undefined) return []
  const object = declaring(statement, aggregate.name)?.arguments[1]
  if (object === undefined) return []
  const named = namedOf(declared.domain)
  const groups: ReadonlyArray<Group> = [
    {
      under: "invariants",
      name: `${aggregate.name} invariant`,
      handlers: [],
      given: () => [given("state", aggregate.state, named)]
    }
  ]
  return [{ module, object, call: aggregate.name, groups }]
}

export type { Group }
