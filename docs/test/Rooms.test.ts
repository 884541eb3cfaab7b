/**
 * Compares the imports of every package with the rooms that docs/architecture.md draws. Types count
 * as imports.
 *
 * A node of a diagram names a folder, and after `<br>` either the files that belong to it or a
 * description. An arrow allows imports, and arrows that follow each other allow them as well.
 */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { expect, it } from "vitest"
import { root } from "./Readme.ts"

const maxFilesPerFolder = 25

const sources = execFileSync(
  "git",
  ["ls-files", "-co", "--exclude-standard", "packages/*/src/*.ts", "codegen/src/*.ts"],
  {
    cwd: root,
    encoding: "utf8"
  }
)
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)))

interface Room {
  readonly folder: string
  /** Names of files without their ending; empty if the room is the whole folder. */
  readonly files: ReadonlyArray<string>
}

const page = readFileSync(join(root, "docs/architecture.md"), "utf8")
const [, section = ""] = page.split(/^## Rooms inside the packages$/m)
const diagrams = [...section.split(/^## /m)[0]!.matchAll(/```mermaid\n([\s\S]*?)```/g)].map(([, text]) => text!)

const rooms = new Map<string, Room>()
const arrows = new Map<string, Set<string>>()
for (const line of diagrams.join("\n").split("\n")) {
  for (const [, id, label] of line.matchAll(/(\w+)\["([^"]+)"\]/g)) {
    const [folder, text = ""] = label!.split("<br>")
    const names = text.split(/,\s*/)
    const isList = names.some((name) => sources.includes(`${folder}/${name}.ts`))
    rooms.set(id!, { folder: folder!, files: isList ? names : [] })
  }
  const steps = line.split("-->").map((ids) => ids.split("&").map((id) => id.trim()))
  steps.slice(1).forEach((targets, at) => {
    for (const from of steps[at]!) arrows.set(from, new Set([...(arrows.get(from) ?? []), ...targets]))
  })
}

/**
 * The rooms that a room may import from, directly or through others; itself only if the arrows form
 * a circle.
 */
const reachable = (from: string, seen = new Set<string>()): ReadonlySet<string> => {
  for (const to of arrows.get(from) ?? []) if (!seen.has(to)) reachable(to, seen.add(to))
  return seen
}

const roomOf = (file: string): string | undefined => {
  const inFolder = [...rooms].filter(([, room]) => room.folder === dirname(file))
  const named = inFolder.find(([, room]) => room.files.includes(basename(file, ".ts")))
  return (named ?? inFolder.find(([, room]) => room.files.length === 0))?.[0]
}

const importsOf = (file: string): ReadonlyArray<string> =>
  [...readFileSync(join(root, file), "utf8").matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)]
    .map(([, path]) => join(dirname(file), path!))
    .filter((path) => sources.includes(path))

/** Barrels import everything below them; no file of the package imports one. */
const isBarrel = (file: string): boolean => basename(file) === "index.ts" && !file.includes("/v1/")

it("docs/architecture.md: every source file belongs to a room, and the arrows form no circle", () => {
  expect(rooms.size).toBeGreaterThan(20)
  expect(sources.filter((file) => !isBarrel(file) && roomOf(file) === undefined)).toEqual([])
  expect([...rooms.keys()].filter((room) => reachable(room).has(room))).toEqual([])
  const files = [...rooms.values()].flatMap(({ files, folder }) => files.map((name) => `${folder}/${name}.ts`))
  expect(files.filter((file) => !sources.includes(file))).toEqual([])
  expect([...arrows].flatMap(([from, to]) => [from, ...to]).filter((id) => !rooms.has(id))).toEqual([])
})

it("docs/architecture.md: every import follows an arrow", () => {
  const against = sources
    .filter((file) => !isBarrel(file))
    .flatMap((file) => importsOf(file).map((imported) => ({ file, imported })))
    .filter(({ file, imported }) => {
      const [from, to] = [roomOf(file), roomOf(imported)]
      return from !== undefined && to !== undefined && from !== to && !reachable(from).has(to)
    })
  expect(against.map(({ file, imported }) => `${file} imports ${imported}`)).toEqual([])
})

it("packages: no file imports a barrel of its own package, and no files import each other in a circle", () => {
  const imports = new Map(sources.map((file) => [file, importsOf(file)]))
  const barrels = [...imports].filter(([file, paths]) => !isBarrel(file) && paths.some(isBarrel))
  expect(barrels.map(([file]) => file)).toEqual([])
  const done = new Set<string>()
  const circles: Array<string> = []
  const visit = (file: string, path: ReadonlyArray<string>): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "))
    if (done.has(file) || path.includes(file)) return
    for (const imported of imports.get(file) ?? []) visit(imported, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  expect(circles).toEqual([])
})

it(`packages: no folder of sources holds more than ${maxFilesPerFolder} files`, () => {
  const counts = new Map<string, number>()
  for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  expect([...counts].filter(([, count]) => count > maxFilesPerFolder)).toEqual([])
})
