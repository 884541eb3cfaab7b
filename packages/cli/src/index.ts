/**
 * The type of `eventfold.config.ts`. It imports little, since every run of the command loads that
 * file.
 */
export { type Config, defineConfig } from "@eventfold/codegen"
