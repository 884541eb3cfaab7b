/**
 * URLs of modules. Node caches a module by its URL, so a module is loaded again under the URL of
 * another edition.
 */
import { fileURLToPath } from "node:url"

/**
 * Matches the part of a URL that names the edition: `account.ts?eventfold=3`,
 * `account.ts?eventfold=cycle1`.
 */
const editionPattern = /\?eventfold=[a-z]*\d+/g

export const editionSuffix = (edition: string | number): string => `?eventfold=${edition}`

/** Removes editions from a URL, or from a text that contains URLs. */
export const withoutEdition = (text: string): string => text.replace(editionPattern, "")

/**
 * Returns the path of a script: stack traces have `file:` URLs for modules, and paths for CommonJS.
 */
export const pathOf = (script: string): string | undefined => {
  if (script.startsWith("file:")) return fileURLToPath(withoutEdition(script))
  return script.startsWith("/") || /^[A-Za-z]:\\/.test(script) ? script : undefined
}
