/**
 * `account.service.ts`: the fold with its own loop, the repository as a service, and the source of
 * its facts.
 */
import type { Aggregate } from "../model/Model.ts"
import { kebab, key, plural } from "../model/Names.ts"
import { type Context, declarationName } from "./text/Layout.ts"
import { doc, type Emitted, Imports } from "./text/Text.ts"
import { declared, serviceHead, serviceTag } from "./ServiceClass.ts"
import { flat, module } from "./text/TypeText.ts"

const list = (items: ReadonlyArray<string>, indent: string): string => items.map((item) => indent + item).join(",\n")

export const serviceFile = ({ domain, layout }: Context, aggregate: Aggregate): Emitted => {
  const { commands, facts, file, name } = aggregate
  const service = plural(name)
  const source = `${name}FactSource`
  const imports = new Imports([...declared(service), ...declared(source), `${source}Shape`, `${name}Fold`])
  for (const one of ["Context", "Layer"]) imports.value("effect", one)
  imports.type("eventfold", "EventStore")
  imports.type("eventfold/generated", "Fold")
  imports.value("eventfold", "Repository")
  const local = imports.value(module(name, ".codec.ts"), declarationName(name))
  imports.value(`../${kebab(name)}.apply.ts`, "apply")
  imports.value(`../${kebab(name)}.decide.ts`, "decide")
  imports.value(module(name, ".codec.ts"), `${name}Codec`)
  imports.value(module(name, ".fingerprint.ts"), "fingerprint")
  for (const one of ["Command", "Event", "Failures", "State"]) imports.type(module(name, ".ts"), name + one)
  const asking = commands.filter((command) => command.facts.length > 0)
  if (facts.length > 0) {
    imports.type("eventfold", "Decider")
    imports.type(module(name, ".ts"), `${name}Facts`)
    for (const command of asking) imports.type(module(name, ".ts"), command.name)
  }
  // Last, because only the name of a value type can change in this file.
  const id = flat(aggregate.id, { imports, values: "./values.ts", schema: layout.schema })

  const tags = asking.length === 0 ? "never" : asking.map((command) => JSON.stringify(command.name)).join(" | ")
  const types = [id, `${name}State`, `${name}Event`, `${name}Command`, `${name}Failures`]
  const args = [...types, ...(asking.length === 0 ? [] : [tags])]
  const definition = [
    `name: ${JSON.stringify(name)}`,
    `id: ${local}.id`,
    `fold: ${name}Fold`,
    "decide",
    `codec: ${name}Codec`,
    `command: ${local}.command`,
    `invariants: ${local}.invariants`
  ]
  const needs = facts.length === 0 ? "EventStore.EventStore" : `EventStore.EventStore | ${source}`
  const made =
    facts.length === 0
      ? `    Repository.make({\n${list(definition, "      ")}\n    })\n`
      : [
          `    ${source}.use((ask) =>\n      Repository.make<\n`,
          list(
            [
              id,
              `${name}State`,
              `${name}Command`,
              `${name}Event`,
              `${name}Failures`,
              tags,
              `Decider.Facts & ${name}Facts`
            ],
            "        "
          ),
          "\n      >({\n",
          list([...definition, `facts: { flow: ${local}.flow, schemas: ${local}.facts, ask }`], "        "),
          "\n      })\n    )\n"
        ].join("")
  const asked = (fact: string): string => {
    const by = asking.filter((command) => command.facts.includes(fact)).map((command) => command.name)
    return by.length === 0 ? "never" : by.join(" | ")
  }
  const from = facts.map(
    (fact) =>
      `${doc(fact.doc, "  ")}  readonly ${key(fact.name)}: Decider.Ask<${id}, ${asked(fact.name)}, ${name}Facts[${JSON.stringify(fact.name)}]>\n`
  )
  const about = `Source of the facts for the commands of ${name}. Each fact is fetched once for a command, before its decision.`
  const body = [
    `${imports.render()}\n\n`,
    "// Each aggregate has its own loop: a shared one would call the handlers of all aggregates from one megamorphic call site.\n",
    `export const ${name}Fold: Fold.Fold<${name}State, ${name}Event> = {\n  initial: ${local}.initial,\n  apply,\n`,
    "  run: (state, events) => {\n    for (const event of events) state = apply(state, event)\n    return state\n  },\n",
    "  fingerprint\n}\n\n",
    ...(facts.length === 0
      ? []
      : [
          `type ${source}Shape = {\n${from.join("")}}\n\n`,
          serviceTag(source, { type: `${source}Shape`, args: [] }, `${domain.name}/${source}`),
          `${doc(about)}${serviceHead(source)}}\n\n`
        ]),
    serviceTag(service, { type: "Repository.Repository", args }, `${domain.name}/${service}`),
    `${doc(aggregate.doc)}${serviceHead(service)}\n`,
    `  static readonly layer: Layer.Layer<${service}, never, ${needs}> = Layer.effect(\n    this,\n${made}  )\n}\n`
  ].join("")
  return { name: `${kebab(name)}.service.ts`, from: file, body }
}
