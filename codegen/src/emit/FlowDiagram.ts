/** What leads to what, as a Mermaid flowchart: command → event → projection. */
import type { Aggregate, Model } from "../model/Model.ts"

/** A projection that reads events of an aggregate, in whichever domain it is declared. */
export interface Listener {
  /** As people call it: with its domain, if that is another one. */
  readonly label: string
  readonly domain: string
  readonly name: string
  readonly events: ReadonlyArray<string>
}

export const listeners = (model: Model, domain: string, aggregate: string): ReadonlyArray<Listener> =>
  model.domains.flatMap((one) =>
    one.projections.flatMap(({ name, sources }) =>
      sources
        .filter((source) => source.domain === domain && source.aggregate === aggregate && source.events.length > 0)
        .map(({ events }) => ({
          label: one.name === domain ? name : `${one.name}/${name}`,
          domain: one.name,
          name,
          events
        }))
    )
  )

/** In quotes a label may be anything but a quote. */
const label = (text: string): string => `"${text.replaceAll("#", "#35;").replaceAll('"', "#quot;")}"`

/** Ids of nodes: a letter in front, so that none is a word of Mermaid's; letters beyond ASCII by their numbers, each another id. */
const id = (kind: string, name: string): string =>
  `${kind}_${name.replaceAll(/[^A-Za-z0-9_]/gu, (letter) => (/\p{L}|\p{M}|\p{N}/u.test(letter) ? `_${letter.codePointAt(0)?.toString(16)}_` : "_"))}`

/** The diagram of some aggregates: events stand in a box, and who reads all of them has one arrow from the box. */
export const flowDiagram = (
  model: Model,
  domain: string,
  aggregates: ReadonlyArray<Aggregate>
): ReadonlyArray<string> => {
  const projections = new Map<string, string>()
  const parts = aggregates.map(({ commands, events, name }) => {
    const heard = listeners(model, domain, name)
    for (const one of heard) projections.set(id("p", `${one.domain}_${one.name}`), one.label)
    return {
      commands: commands.map((command) => `  ${id("c", command.name)}([${label(command.name)}])`),
      events: [
        `  subgraph ${id("a", name)} [${label(`events of ${name}`)}]`,
        ...events.map((event) => `    ${id("e", event.name)}[${label(event.name)}]`),
        "  end"
      ],
      arrows: [
        ...commands.flatMap((command) =>
          command.emits.map((event) => `  ${id("c", command.name)} --> ${id("e", event)}`)
        ),
        ...heard.flatMap((one) => {
          const to = id("p", `${one.domain}_${one.name}`)
          return one.events.length === events.length && events.length > 1
            ? [`  ${id("a", name)} --> ${to}`]
            : one.events.map((event) => `  ${id("e", event)} --> ${to}`)
        })
      ]
    }
  })
  return [
    "flowchart LR",
    ...parts.flatMap(({ commands }) => commands),
    ...parts.flatMap(({ events }) => events),
    ...[...projections].map(([node, text]) => `  ${node}[(${label(text)})]`),
    ...parts.flatMap(({ arrows }) => arrows)
  ]
}
