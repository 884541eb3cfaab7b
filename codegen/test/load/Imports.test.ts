/**
 * Imports of schema files by names that Node does not follow, and from packages: they work, or are
 * reported with a fix.
 */
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { counter, head, said } from "../Refusals.ts"

const importing = (specifier: string, more: Readonly<Record<string, string>> = {}) =>
  new Project({
    "schemas/a/counter.ts": `import { Id } from ${JSON.stringify(specifier)}\n${head}${counter()}`,
    ...more
  })

const place = "schemas/a/counter.ts:1:20 EF0003"
const byPath = "write the relative path of the file"
const short = "for a short name, declare one that begins with # under `imports` in package.json"
const ids = { "shared/ids.ts": "export const Id = 1\n" }

const inWorkspace = {
  "packages/shared/package.json": `{ "name": "@acme/shared", "type": "module", "exports": "./index.js" }`,
  "schemas/package.json": `{ "name": "@acme/schemas", "type": "module" }`
}

describe("an import that Node can't follow is reported with its own fix, not with `npm install`:", () => {
  it.each<readonly [string, string, Readonly<Record<string, string>>, string]>([
    [
      "an alias of tsconfig.json",
      "@/ids",
      { "tsconfig.json": `{ "compilerOptions": { "paths": { "@/*": ["./shared/*"] } } }`, ...ids },
      `imports @/ids by the alias "@/*" of tsconfig.json, which Node does not support; write "../../shared/ids.ts"; ${short}`
    ],
    [
      "an alias of a config that tsconfig.json extends, with comments",
      "ids",
      {
        "tsconfig.json": `{ "extends": ["./tsconfig.base"] }`,
        "tsconfig.base.json": `{ /* ours */ "compilerOptions": { "paths": { "*": ["./x/*"], "ids": ["./shared/ids"], }, } }`,
        ...ids
      },
      `imports ids by the alias "ids" of tsconfig.json, which Node does not support; write "../../shared/ids.ts"; ${short}`
    ],
    [
      "an alias of a config that tsconfig.json refers to",
      "~/ids",
      {
        "tsconfig.json": `{ "files": [], "references": [{ "path": "./app" }] }`,
        "app/tsconfig.json": `{ "compilerOptions": { "paths": { "~/*": ["../shared/*"] } } }`,
        ...ids
      },
      `imports ~/ids by the alias "~/*" of tsconfig.json, which Node does not support; write "../../shared/ids.ts"; ${short}`
    ],
    [
      "an alias of no file",
      "@/ids",
      { "tsconfig.json": `{ "compilerOptions": { "paths": { "@/*": ["./shared/*"] } } }` },
      `imports @/ids by the alias "@/*" of tsconfig.json, which Node does not support; ${byPath}; ${short}`
    ],
    [
      "a path from `baseUrl`",
      "shared/ids",
      { "tsconfig.json": `{ "compilerOptions": { "baseUrl": "." } }`, ...ids },
      `imports shared/ids by \`baseUrl\` of tsconfig.json, which Node does not support; write "../../shared/ids.ts"; ${short}`
    ],
    ["what looks like an alias", "@/ids", {}, `imports @/ids, which is not a valid name of a package; ${byPath}`],
    [
      "a name under `imports` that isn't declared",
      "#ids",
      {},
      `imports #ids, which \`imports\` of the nearest package.json does not resolve to a file; declare it there, such as \`"imports": { "#shared/*": "./shared/*" }\`, or ${byPath}`
    ],
    [
      "a module that an installed package does not export",
      "@acme/shared/ids",
      {
        "node_modules/@acme/shared/package.json": `{ "name": "@acme/shared", "type": "module", "exports": "./index.js" }`,
        "node_modules/@acme/shared/index.js": ""
      },
      "imports @acme/shared/ids, which the package @acme/shared does not export; import a path that `exports` in its package.json lists"
    ],
    [
      "a package of the workspace that is not linked, by pnpm",
      "@acme/shared/ids",
      {
        ...inWorkspace,
        "pnpm-workspace.yaml": "# ours\npackages:\n  - 'tools/*'\n  - packages/** # all\n\nonlyBuiltDependencies: []\n"
      },
      `imports @acme/shared/ids, the package in packages/shared of this workspace, which is not linked here; add "@acme/shared": "workspace:*" to the dependencies in schemas/package.json, then pnpm install`
    ],
    [
      "a package of the workspace, by npm",
      "@acme/shared",
      { ...inWorkspace, "package.json": `{ "type": "module", "workspaces": ["packages/*", "schemas"] }` },
      `imports @acme/shared, the package in packages/shared of this workspace, which is not linked here; add "@acme/shared": "*" to the dependencies in schemas/package.json, then npm install`
    ],
    [
      "a package of the workspace that is a dependency already, by Yarn",
      "@acme/shared",
      {
        ...inWorkspace,
        "package.json": `{ "type": "module", "workspaces": { "packages": ["packages/*"] } }`,
        "yarn.lock": "",
        "schemas/package.json": `{ "type": "module", "dependencies": { "@acme/shared": "workspace:*" } }`
      },
      "imports @acme/shared, the package in packages/shared of this workspace, which is not linked here; yarn install"
    ],
    [
      "a package that the workspace leaves out",
      "@acme/shared",
      { ...inWorkspace, "pnpm-workspace.yaml": 'packages: ["packages/*", "!packages/shared"]' },
      "imports @acme/shared, which is not installed; npm install @acme/shared"
    ],
    [
      "a package that is not there",
      "@acme/shared/ids",
      {},
      "imports @acme/shared/ids, which is not installed; npm install @acme/shared"
    ]
  ])("%s", async (_, specifier, files, says) => {
    expect((await importing(specifier, files).gen()).err[0]).toBe(`${place} ${says}`)
  })
})

const shared = {
  "node_modules/@acme/shared/package.json": `{ "name": "@acme/shared", "type": "module", "exports": "./index.js" }`,
  "node_modules/@acme/shared/index.js": `import { Schema } from "effect"
export class Point extends Schema.Class("Point")({ x: Schema.Int }) {}
export const Tree = Schema.Struct({ below: Schema.Array(Schema.suspend(() => Tree)) })
`,
  "node_modules/@acme/shared/index.d.ts": `import { Schema } from "effect"
declare const PointFields: Schema.Class<Point, Schema.Struct<{ readonly x: Schema.Int }>, {}>
export declare class Point extends PointFields {}
export interface Tree { readonly below: ReadonlyArray<Tree> }
export declare const Tree: Schema.Codec<Tree>
`
}
const moved = (types: string) => counter({ events: `{ Counted: { ${types} } }` })

describe("a schema of another package or file", () => {
  it("that is a class of a package is to be exported again, and then is generated from", async () => {
    const project = new Project({
      ...shared,
      "schemas/a/counter.ts": `import { Point } from "@acme/shared"\n${head}${moved("at: Schema.optionalKey(Point.annotate({}))")}`
    })
    expect((await project.gen()).err[0]).toBe(
      'schemas/a/counter.ts:8:24 EF0017 Counter.events.Counted.at is a class of @acme/shared that no schema file exports; write `export { Point } from "@acme/shared"` in schemas/a/counter.ts, so that generated code can name it'
    )
    project.edit("schemas/a/counter.ts", head, `${head}export { Point } from "@acme/shared"\n`)
    expect(await project.gen()).toMatchObject({ code: 0, err: [] })
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
  })
  it("that refers to itself, or is a class of the project, needs no export", async () => {
    const project = new Project({
      ...shared,
      "shared/price.ts": `import { Schema } from "effect"\nexport class Price extends Schema.Class<Price>("Price")({ cents: Schema.Int }) {}\n`,
      "schemas/a/counter.ts": `import { Tree } from "@acme/shared"\nimport { Price } from "../../shared/price.ts"\n${head}${moved("tree: Tree, price: Price")}`
    })
    expect(await project.gen()).toMatchObject({ code: 0, err: [] })
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
    expect(project.read("examples/a/src/generated/counter.ts")).toContain("readonly tree: Tree\n")
  })
  it("that no import leads to is to be exported", async () => {
    expect(
      await said({
        "a/counter.ts": `${head}const make = () => class Point extends Schema.Class<never>("Point")({ x: Schema.Int }) {}\n${moved("at: make()")}`
      })
    ).toEqual([
      "schemas/a/counter.ts:8:24 EF0017 Counter.events.Counted.at is a class that no schema file exports; export it, so that generated code can name it"
    ])
  })
})
