/** The output folders of a project, of domains that are and of domains that were. */
import { existsSync, readdirSync } from "node:fs"
import { join, posix } from "node:path"
import type { Project } from "./ConfigFile.ts"
import { compare } from "./Diagnostic.ts"

/** A domain's output folder, relative to the root. */
export const outputOf = ({ output }: Project, domain: string): string => output.replaceAll("{domain}", domain)

/** Every folder there is that the config's `output` names. */
export const folders = ({ output, root }: Project): ReadonlyArray<string> => {
  const parts = output.split("/")
  const at = parts.findIndex((part) => part.includes("{domain}"))
  const [before = "", after = ""] = (parts[at] ?? "").split("{domain}")
  const parent = parts.slice(0, at).join("/")
  const rest = parts.slice(at + 1).join("/")
  if (!existsSync(join(root, parent))) return []
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(before) && entry.name.endsWith(after))
    .map(({ name }) => posix.join(parent, name, rest))
    .filter((folder) => existsSync(join(root, folder)))
    .sort(compare)
}
