/**
 * Bodies whose declaration was removed. The developer wrote them, so they stay, but they no longer
 * compile and are reported.
 */
import { existsSync, readdirSync } from "node:fs"
import { join, posix } from "node:path"
import type { Project } from "../project/ConfigFile.ts"
import { codes, compare, type Diagnostic } from "../report/Diagnostic.ts"
import { domainsOf, outputOf } from "../project/Folders.ts"
import { textIfThere } from "../syntax/Texts.ts"

/** Finds the bodies in the project's output that import a contract which is no longer generated. */
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
        const message = `is your file, and the contract that it imports from ${contract} is no longer declared`
        return [
          { code: codes.leftover, file: path, message, fix: "move the code that you still need, then delete the file" }
        ]
      })
  })
