/** Bodies whose declaration is gone: a person's, so they stay, but they no longer compile, and are named. */
import { existsSync, readdirSync } from "node:fs"
import { join, posix } from "node:path"
import type { Project } from "../project/ConfigFile.ts"
import { codes, compare, type Diagnostic } from "../report/Diagnostic.ts"
import { domainsOf, outputOf } from "../project/Folders.ts"
import { textIfThere } from "../syntax/Texts.ts"

/** Every body below the project's output that imports a contract which nothing generates any more. */
export const find = (project: Project, wanted: ReadonlySet<string>): ReadonlyArray<Diagnostic> =>
  domainsOf(project).flatMap((domain) => {
    const output = outputOf(project, domain)
    const folder = posix.dirname(output)
    if (!existsSync(join(project.root, folder))) return []
    return readdirSync(join(project.root, folder))
      .sort(compare)
      .flatMap((name): ReadonlyArray<Diagnostic> => {
        const stem = /^(.+)\.(?:apply|decide|projection)\.ts$/.exec(name)?.[1]
        const path = posix.join(folder, name)
        if (stem === undefined || wanted.has(path)) return []
        const contract = `./${posix.basename(output)}/${stem}.ts`
        if (!(textIfThere(join(project.root, path)) ?? "").includes(contract)) return []
        const message = `is yours, and what it imports from ${contract} is declared no more`
        return [{ code: codes.leftover, file: path, message, fix: "take over what you still need, then delete it" }]
      })
  })
