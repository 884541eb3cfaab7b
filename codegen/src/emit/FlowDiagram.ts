/**
 * Flow of commands, events and projections as a Mermaid flowchart: command → event → projection.
 */
import type { Aggregate, Model } from "../model/Model.ts"

/** A projection of any domain that reads events of an aggregate. */
export interface Listener {
  /** Name in the page, with the domain if that is not the page's. */
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

/** Writes a label in quotes, which can hold all characters except a quote. */
const label = (text: string): string => `"${text.replaceAll("#", "#35;").replaceAll('"', "#quot;")}"`

/**
 * Returns the id of a node. The prefix keeps it apart from keywords of Mermaid; letters beyond
 * ASCII are written as numbers.
 */
const id = (kind: string, name: string): string =>
  `${kind}_${name.replaceAll(/[^A-Za-z0-9_]/gu, (letter) => (/\p{L}|\p{M}|\p{N}/u.test(letter) ? `_${letter.codePointAt(0)?.toString(16)}_` : "_"))}`

/**
 * Writes the diagram of aggregates. Events are in a box, and a projection that reads all of them
 * has one arrow from the box.
 */
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
