/** Pages whose code is one program: it compiles, runs, and prints what the page says. */
import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "./Readme.ts"

const run = (file: string, args: ReadonlyArray<string>) => {
  try {
    return execFileSync(file, args, { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } })
  } catch (error) {
    const { stderr, stdout } = error as { readonly stdout: string; readonly stderr: string }
    throw new Error(`${stdout}${stderr}`, { cause: error })
  }
}

for (const name of ["event-store", "aggregates", "projections", "reactions", "testing"]) {
  it(`docs/${name}.md compiles, and prints what it says`, () => {
    const page = readFileSync(join(root, "docs", `${name}.md`), "utf8")
    const blocks = (language: string) =>
      [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g"))].map((match) => match[1]!)
    // Inside the workspace, so that it finds the packages as an app beside them would.
    const folder = join(root, ".eventfold", `${name}-page`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(join(folder, "node_modules"), { recursive: true })
    // What an app has beside it: the example whose service a page uses.
    symlinkSync(join(root, "examples", "bank"), join(folder, "node_modules", "bank"))
    symlinkSync(join(root, "schemas"), join(folder, "node_modules", "schemas"))
    writeFileSync(join(folder, "page.ts"), blocks("ts").join("\n"))
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: "../../tsconfig.base.json",
        include: ["*.ts"],
        compilerOptions: { noUnusedLocals: false }
      })
    )
    run(join(root, "node_modules", ".bin", "tsc"), ["-p", folder, "--pretty", "false"])
    const printed = run(process.execPath, [join(folder, "page.ts")])
    expect(printed).toBe(blocks("text").join(""))
    rmSync(folder, { recursive: true, force: true })
  }, 60_000)
}
