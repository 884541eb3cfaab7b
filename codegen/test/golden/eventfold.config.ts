import { defineConfig } from "@eventfold/codegen"

export default defineConfig({ schemas: "schemas", output: "src/{domain}/generated" })
