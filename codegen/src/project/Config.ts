/**
 * The options of `eventfold.config.ts`. Imports nothing, because every run of the command loads
 * this file.
 */

/**
 * Folders of declarations and of generated code, and stores of domains. Paths are relative to the
 * config file.
 *
 * @since 0.1.0
 * @category options
 */
export interface Config {
  /** Folder of the declarations. Each subfolder is a domain. Defaults to `"schemas"`. */
  readonly schemas?: string
  /**
   * Folder of a domain's generated code. `{domain}` is replaced by the name of the domain.
   * Defaults to `"src/{domain}/generated"`.
   */
  readonly output?: string
  /**
   * Domains with a separate store for their events and rows. Their aggregates and projections may
   * have the same names as those of other domains, which in one store would have the same streams
   * and tables. Defaults to `[]`.
   */
  readonly separateStores?: ReadonlyArray<string>
}

/**
 * Types the default export of `eventfold.config.ts`.
 *
 * **When to use**
 *
 * At the root of a project, beside its `package.json`. Without a config file, the defaults apply:
 * `schemas` and `src/{domain}/generated`.
 *
 * @example
 * ```ts
 * import { defineConfig } from "@eventfold/cli"
 *
 * export default defineConfig({ schemas: "schemas", output: "examples/{domain}/src/generated" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const defineConfig = (config: Config): Config => config
