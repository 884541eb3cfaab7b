import { defineConfig } from "@eventfold/cli"

// Each folder of `schemas` is a domain; its generated code goes to the example of the same name.
export default defineConfig({
  schemas: "schemas",
  output: "examples/{domain}/src/generated"
})
