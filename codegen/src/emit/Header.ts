/**
 * The header of a generated file: it names the source of the file, and seals the text that follows,
 * so that an edit by hand is found.
 *
 * The seal does not cover the layout: formatting a file is not an edit.
 */
import { createHash } from "node:crypto"
import type { Emitted } from "./text/Text.ts"

const sourceLine = (from: string): string =>
  `Written by \`eventfold gen\` from ${from}. Do not edit: change the schema and run \`eventfold gen\`.`

/**
 * Form of the header in a kind of file. JSON has no comments, so there it is a key that readers
 * ignore.
 */
interface Form {
  /** Text before the header. */
  readonly start: string
  readonly head: (from: string, hash: string) => string
  readonly pattern: RegExp
  /** Characters that formatters add, remove or replace. */
  readonly layout: RegExp
}

const written = "Written by `eventfold gen` from .+\\. Do not edit: change the schema and run `eventfold gen`\\."
const hex = "([0-9a-f]{16})"

const lines: Form = {
  start: "",
  head: (from, hash) => `// ${sourceLine(from)}\n// Sealed ${hash}\n`,
  pattern: new RegExp(`^\\s*// ${written}\\s+(?:// Sealed ${hex}\\n)?`),
  layout: /[\s;,()|"'\\]+/g
}
const markdown: Form = {
  start: "",
  head: (from, hash) => `<!-- ${sourceLine(from)} -->\n<!-- Sealed ${hash} -->\n`,
  pattern: new RegExp(`^\\s*<!-- ${written} -->\\s+(?:<!-- Sealed ${hex} -->\\n)?`),
  layout: /[\s|:*_\\-]+/g
}
const json = (key: string): Form => ({
  start: "{\n",
  head: (from, hash) => `  ${JSON.stringify(key)}: ${JSON.stringify(`${sourceLine(from)} Sealed ${hash}`)},\n`,
  pattern: new RegExp(`^\\s*\\{\\s*"[$\\w-]+":\\s*"${written}(?: Sealed ${hex})?",`),
  layout: /\s+/g
})
const schema = json("$comment")
/** AsyncAPI allows no `$comment`, only extensions. */
const asyncApi = json("x-generated")

const forms = [lines, markdown, schema]

const formOf = (name: string): Form =>
  name.endsWith(".md") ? markdown : name === "asyncapi.json" ? asyncApi : name.endsWith(".json") ? schema : lines

const hash = (body: string, { layout }: Form): string =>
  createHash("sha256").update(body.replace(layout, "")).digest("hex").slice(0, 16)

/** Returns the whole text of a generated file. */
export const sealed = ({ body, from, name }: Emitted): string => {
  const form = formOf(name)
  const rest = body.slice(form.start.length)
  return form.start + form.head(from, hash(rest, form)) + rest
}

/** Returns a text with the line ends of generated files. Git can have changed them. */
export const unix = (text: string): string => text.replaceAll("\r\n", "\n")

/** Returns `true` if a text has the line ends of Windows. */
const hasWindowsEnds = (text: string): boolean => text.includes("\r\n")

/** Returns a text with the line ends of another text. */
export const withEndsOf = (like: string | undefined, text: string): string =>
  like !== undefined && hasWindowsEnds(like) ? unix(text).replaceAll("\n", "\r\n") : text

/**
 * Returns `ours` for a generated file without edits, `edited` for one with edits, and `foreign` for
 * any other file.
 */
export const state = (content: string): "ours" | "edited" | "foreign" => {
  const text = unix(content)
  for (const form of forms) {
    const found = form.pattern.exec(text)
    if (found !== null) return found[1] === hash(text.slice(found[0].length), form) ? "ours" : "edited"
  }
  return "foreign"
}

/** Returns `true` if two texts of a file seem to differ in layout only. It does not parse them. */
export const mayBeSame = (name: string, a: string, b: string): boolean => {
  const { layout } = formOf(name)
  return a.replace(layout, "") === b.replace(layout, "")
}
