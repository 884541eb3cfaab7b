/** The output folders of a project, of current and of former domains. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Project } from "./ConfigFile.ts"
import { compare } from "../report/Diagnostic.ts"

/** Returns the output folder of a domain, relative to the root. */
export const outputOf = ({ output }: Project, domain: string): string => output.replaceAll("{domain}", domain)

/** Returns the names of all folders that match `{domain}` in the config's `output`. */
export const domainsOf = ({ output, root }: Project): ReadonlyArray<string> => {
  const parts = output.split("/")
  const at = parts.findIndex((part) => part.includes("{domain}"))
  const [before = "", after = ""] = (parts[at] ?? "").split("{domain}")
  const parent = join(root, ...parts.slice(0, at))
  if (!existsSync(parent)) return []
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(before) && entry.name.endsWith(after))
    .map(({ name }) => name.slice(before.length, name.length - after.length))
    .sort(compare)
}

/** Returns all existing folders that match the config's `output`. */
export const folders = (project: Project): ReadonlyArray<string> =>
  domainsOf(project)
    .map((domain) => outputOf(project, domain))
    .filter((folder) => existsSync(join(project.root, folder)))
    .sort(compare)
