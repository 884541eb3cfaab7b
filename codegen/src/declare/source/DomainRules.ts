/** Checks that domains do not share names in a store, and that the config matches the domains. */
import { posix } from "node:path"
import type * as Model from "../../model/Model.ts"
import { kebab } from "../../model/Names.ts"
import type { Project } from "../../project/ConfigFile.ts"
import { outputOf } from "../../project/Folders.ts"
import { codes, type Diagnostic, place, type Position, positioned } from "../../report/Diagnostic.ts"
import { nearest } from "../../report/Suggestion.ts"
import { positionOf, type Sources } from "./Places.ts"

const configFile = "eventfold.config.ts"

/**
 * Reports aggregates, and projections, that have one name in two domains which may share a store.
 */
export const sharedNames = (
  domains: ReadonlyArray<Model.Domain>,
  { separateStores }: Project,
  sources: Sources
): ReadonlyArray<Diagnostic> => {
  const sharing = domains.filter(({ name }) => !separateStores.includes(name))
  return (["aggregates", "projections"] as const).flatMap((kind) => {
    const [what, why] =
      kind === "aggregates"
        ? ["an aggregate", (name: string) => `in one store, both would write to the streams ${name}-…`]
        : ["a projection", () => "a store has only one projection of each name"]
    const taken = new Map<string, { readonly domain: string; readonly place: string }>()
    return sharing.flatMap((domain) =>
      domain[kind].flatMap(({ exported, file, name }): ReadonlyArray<Diagnostic> => {
        const at = positioned(positionOf(sources, file, exported))
        const before = taken.get(name)
        if (before === undefined) taken.set(name, { domain: domain.name, place: place({ file, ...at }) })
        // Equal names within a domain are reported by the rules of names.
        if (before === undefined || before.domain === domain.name) return []
        const message = `the domain ${before.domain} also has ${what} ${name}, at ${before.place}: ${why(name)}`
        const fix = `rename one of them, or, if the domains have separate stores, write in ${configFile}: \`separateStores: [${JSON.stringify(domain.name)}]\``
        return [{ code: codes.sharedName, file, ...at, message, fix }]
      })
    )
  })
}

/** Reports names in `separateStores` that are not domains. */
export const unknownDomains = (
  domains: ReadonlyArray<Model.Domain>,
  { separateStores }: Project,
  positionOfOption: () => Position | undefined
): ReadonlyArray<Diagnostic> => {
  const names = domains.map(({ name }) => name)
  return separateStores
    .filter((one) => !names.includes(one))
    .map((one) => {
      const meant = nearest(one, names)
      return {
        code: codes.badConfig,
        file: configFile,
        ...positioned(positionOfOption()),
        message: `\`separateStores\` lists ${JSON.stringify(one)}, which is not a domain`,
        fix: meant === undefined ? `remove it: the domains are ${names.join(", ")}` : `write ${JSON.stringify(meant)}`
      }
    })
}

/** Reports domains whose bodies would be the same files. */
export const sharedBodies = (
  domains: ReadonlyArray<Model.Domain>,
  project: Project,
  positionOfOption: () => Position | undefined
): ReadonlyArray<Diagnostic> => {
  const taken = new Map<string, string>()
  return domains.flatMap((domain) =>
    [...domain.aggregates, ...domain.projections].flatMap(({ name }): ReadonlyArray<Diagnostic> => {
      const file = posix.join(posix.dirname(outputOf(project, domain.name)), kebab(name))
      const before = taken.get(file)
      taken.set(file, before ?? domain.name)
      if (before === undefined || before === domain.name) return []
      return [
        {
          code: codes.badConfig,
          file: configFile,
          ...positioned(positionOfOption()),
          message: `\`output\` puts your code for ${name} of ${before} and of ${domain.name} into the same files, ${file}.*`,
          fix: 'move `{domain}` to an earlier folder, such as "src/{domain}/generated", or rename one of them'
        }
      ]
    })
  )
}
