/** Generated files and the developer's after two branches changed the same declaration. */
import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { optionalFiles } from "../../../packages/cli/src/init/InitFiles.ts"
import { counter, counterFile, counterProject } from "../Counter.ts"
import type { Project } from "../Project.ts"

const src = "examples/count/src"
const generated = `${src}/generated`
const apply = `${src}/counter.apply.ts`

/** Git without a configuration of the machine or the user. */
const git = (project: Project, ...args: ReadonlyArray<string>): string => {
  const identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"]
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" }
  return execFileSync("git", [...identity, ...args], { cwd: project.root, encoding: "utf8", env, stdio: "pipe" })
}

const commit = (project: Project): void => {
  git(project, "add", "-A")
  git(project, "commit", "-qm", "change")
}

/** Adds an event before or after the one that there is, with its handler. */
const withEvent = async (project: Project, name: string, where: "before" | "after"): Promise<void> => {
  const event = "    Counted: { by: Schema.Int }"
  const own = `    ${name}: {}`
  project.write(
    counterFile,
    counter.replace(
      "events: { Counted: { by: Schema.Int } }",
      `events: {\n${(where === "before" ? [own, event] : [event, own]).join(",\n")}\n  }`
    )
  )
  await project.gen({ fix: true })
}

const folder = mkdtempSync(join(tmpdir(), "eventfold-merges-"))
afterAll(() => rmSync(folder, { recursive: true }))
const bundle = join(folder, "branches.bundle")

/**
 * A repository with two branches that add an event each; made once, since all begin with the same.
 */
const branched = async (): Promise<Project> => {
  const project = counterProject({ ".gitignore": "node_modules\n" })
  git(project, "init", "-q", "-b", "main")
  if (existsSync(bundle)) {
    git(project, "fetch", "-q", "--update-head-ok", bundle, "refs/heads/*:refs/heads/*")
    git(project, "reset", "-q", "--hard")
    return project
  }
  await project.gen()
  commit(project)
  git(project, "checkout", "-qb", "other")
  await withEvent(project, "Lost", "before")
  commit(project)
  git(project, "checkout", "-q", "main")
  await withEvent(project, "Found", "after")
  commit(project)
  git(project, "bundle", "create", "-q", bundle, "--all")
  return project
}

/** Merges the branches, with conflicts. */
const merge = (project: Project, style = "merge"): void => {
  expect(() => git(project, "-c", `merge.conflictStyle=${style}`, "merge", "other")).toThrow("Command failed")
}

/** Keeps both sides, with a text between them, and nothing else. */
const resolve = (project: Project, file: string, between = ""): void =>
  project.write(
    file,
    project
      .read(file)
      .replace(/^\|{7}.*\n[^]*?^(?=={7}$)/gm, "")
      .replace(/^={7}\n/gm, between)
      .replace(/^(?:<{7}|>{7}).*\n/gm, "")
  )

const resolveSchema = (project: Project): void => {
  const both = "events: { Lost: {}, Counted: { by: Schema.Int }, Found: {} }"
  project.write(counterFile, counter.replace("events: { Counted: { by: Schema.Int } }", both))
}

/** Resolves the conflicts that a developer has to: the declaration, and the handlers. */
const resolveOwn = (project: Project): void => {
  resolveSchema(project)
  resolve(project, apply, ",\n")
}

describe("generated files with merge conflicts", () => {
  it.each(["merge", "diff3", "zdiff3"])("are written again, in the style %s", async (style) => {
    const project = await branched()
    merge(project, style)
    const conflicted = git(project, "diff", "--name-only", "--diff-filter=U").trim().split("\n")
    expect(conflicted.filter((file) => file.startsWith(generated)).length).toBeGreaterThan(4)
    for (const file of conflicted) expect(project.read(file)).toMatch(/^<{7} /m)
    resolveOwn(project)
    expect(await project.gen({ fix: true })).toMatchObject({ code: 0, err: [] })
    expect(project.read(`${generated}/counter.ts`)).toMatch(/Lost[^]*Found/)
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
  })

  it("are written again after they were added, or half resolved", async () => {
    const project = await branched()
    merge(project)
    resolveOwn(project)
    resolve(project, `${generated}/counter.ts`)
    git(project, "add", "-A")
    expect(await project.gen({ fix: true })).toMatchObject({ code: 0, err: [] })
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
  })

  it("are written again without a repository, where all that differs is in conflict", async () => {
    const project = counterProject()
    await project.gen()
    const file = `${generated}/values.ts`
    const ours = project.read(file)
    const side = (text: string) => text.slice(text.indexOf("\n") + 1)
    const theirs = project.read(`${generated}/counter.ts`)
    const head = ours.slice(0, ours.indexOf("\n") + 1)
    project.write(file, `${head}<<<<<<< HEAD\n${side(ours)}||||||| base\n=======\n${side(theirs)}>>>>>>> other\n`)
    expect(await project.gen()).toMatchObject({ code: 0, err: [] })
    expect(project.read(file)).toBe(ours)
  })

  it("are left unchanged if one side was edited by hand, and that is reported", async () => {
    const file = `${generated}/counter.ts`
    const project = await branched()
    git(project, "checkout", "-q", "other")
    project.write(file, `${project.read(file)}export const mine = 1\n`)
    commit(project)
    git(project, "checkout", "-q", "main")
    merge(project)
    resolveOwn(project)
    const before = project.texts(generated)
    const { code, err } = await project.gen({ fix: true })
    expect({ code, err }).toEqual({
      code: 1,
      err: [
        `${file} EF0104 has a merge conflict, and one side, or the file after the merge, was edited by hand; check out the side that was not edited, with \`git checkout --ours\` or \`--theirs\`, or delete the file, then run \`eventfold gen\``,
        "1 problem; nothing was written"
      ]
    })
    expect(project.texts(generated)).toEqual(before)
    git(project, "checkout", "--ours", file)
    expect(await project.gen({ fix: true })).toMatchObject({ code: 0, err: [] })
  })

  it("are left alone, and named, where one side was edited by hand and nothing generates them any more", async () => {
    const file = `${generated}/counter.ts`
    const project = await branched()
    git(project, "checkout", "-q", "other")
    project.write(file, `${project.read(file)}export const mine = 1\n`)
    commit(project)
    git(project, "checkout", "-q", "main")
    merge(project)
    project.write(counterFile, counter.replaceAll("Counter", "Abacus"))
    expect(await project.gen()).toMatchObject({
      code: 1,
      err: [expect.stringMatching(/counter\.ts EF0104 has a merge conflict, and one side/), expect.anything()]
    })
    expect(project.read(file)).toMatch(/^<{7} /m)
    git(project, "checkout", "--theirs", file)
    project.write(file, project.read(file).replace("export const mine = 1\n", ""))
    expect((await project.gen()).out).toContain(`removed ${file}`)
  })

  it("a handwritten file in their folder is not a generated one, with any conflicts in it", async () => {
    const file = `${generated}/mine.txt`
    const project = counterProject({ [file]: "<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> other\n" })
    expect(await project.gen()).toMatchObject({ code: 0, err: [] })
    expect(project.has(file)).toBe(true)
  })

  it("are left unchanged if they were edited by hand since", async () => {
    const project = await branched()
    merge(project)
    const file = `${generated}/counter.ts`
    resolveOwn(project)
    project.write(file, `${project.read(file)}export const mine = 1\n`)
    expect((await project.gen()).err[0]).toContain(`${file} EF0104 has a merge conflict`)
    expect(project.read(file)).toMatch(/export const mine = 1\n$/)
  })

  it("are whole where `.gitattributes` are as init writes them", async () => {
    const { ".gitattributes": attributes = "" } = optionalFiles("shop", "npm")
    const project = await branched()
    project.write(".gitattributes", attributes.replace("/src/*/generated", "/examples/*/src/generated"))
    const before = project.texts(generated)
    merge(project)
    expect(project.texts(generated)).toEqual(before)
    resolveOwn(project)
    expect(await project.gen({ fix: true })).toMatchObject({ code: 0, err: [] })
    commit(project)
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
  })
})

describe("a merge conflict in a developer's file is named as one", () => {
  it("in a declaration, and nothing that follows from it is", async () => {
    const project = await branched()
    merge(project, "diff3")
    expect(await project.check()).toMatchObject({
      code: 3,
      err: [
        `${counterFile}:8:1 EF0002 has an unresolved merge conflict; resolve the conflict, then run \`eventfold gen\``,
        "1 problem"
      ]
    })
  })

  it("in a body, which --fix does not touch", async () => {
    const project = await branched()
    merge(project)
    resolveSchema(project)
    const before = project.read(apply)
    const found = expect.stringMatching(
      /counter\.apply\.ts:\d+:1 EF0110 has an unresolved merge conflict; resolve the conflict$/
    )
    const { code, out } = await project.gen({ fix: true })
    expect({ code, out }).toMatchObject({ code: 0, out: expect.arrayContaining([found]) })
    expect(project.read(apply)).toBe(before)
    expect(await project.check()).toMatchObject({ code: 1, err: [found, "1 problem, 1 handler not written yet"] })
  })

  it("in the config", async () => {
    const project = counterProject()
    const config = project.read("eventfold.config.ts")
    project.write("eventfold.config.ts", `<<<<<<< HEAD\n${config}=======\n${config}>>>>>>> other\n`)
    expect((await project.check()).err[0]).toBe(
      "eventfold.config.ts:1:1 EF0019 has an unresolved merge conflict; resolve the conflict"
    )
  })
})
