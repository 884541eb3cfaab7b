/** What `eventfold.config.ts` may say. Cheap to import: a config is loaded by every run of the command. */

/** Where declarations are, where generated code goes, and which domains share a store. Paths are relative to the config file. */
export interface Config {
  /** The folder of declarations; each folder in it is a domain. `"schemas"` unless said otherwise. */
  readonly schemas?: string
  /** Where a domain's generated code goes; `{domain}` stands for the domain's folder. `"src/{domain}/generated"` unless said otherwise. */
  readonly output?: string
  /**
   * Domains that keep their events and rows in a store of their own, apart from all other domains. Their aggregates and projections
   * may have the names of others', which in one store would have the same streams and tables. None unless said otherwise.
   */
  readonly separateStores?: ReadonlyArray<string>
}

/**
 * Types the default export of `eventfold.config.ts`.
 *
 * **When to use**
 *
 * At the root of a project, beside its `package.json`. Without a config file the defaults hold: `schemas` and
 * `src/{domain}/generated`.
 *
 * @example
 * ```ts
 * import { defineConfig } from "@eventfold/cli"
 *
 * export default defineConfig({ schemas: "schemas", output: "examples/{domain}/src/generated" })
 * ```
 */
export const defineConfig = (config: Config): Config => config
