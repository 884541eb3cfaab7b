/** README's tour as blocks: files to write, lines to add, commands to run, and what they print. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
const tour = readme.slice(readme.indexOf("## A tour in ten minutes"), readme.indexOf("## Packages and pages"))

export interface Block {
  /** The file that it is for, named in the line before it. */
  readonly path: string | undefined
  readonly language: string
  readonly text: string
}

export const blocks: ReadonlyArray<Block> = [
  ...tour.matchAll(/(?:`([\w./-]+)`[^\n`]*:\n\n)?```(\w+)\n([^]*?)```/g)
].map(([, path, language, text]) => ({ path, language: language!, text: text! }))
