import { defineConfig } from "@eventfold/cli"

export default defineConfig({ schemas: "schemas", output: "src/{domain}/generated" })
