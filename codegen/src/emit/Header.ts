/**
 * The head of a generated file: says where it comes from, and seals what follows, so that an edit by hand is noticed.
 *
 * The seal is of what is said, not of how it is laid out: a formatter that runs over the file is not an edit.
 */
import { createHash } from "node:crypto"
import type { Emitted } from "./text/Text.ts"

const says = (from: string): string =>
  `Written by \`eventfold gen\` from ${from}. Do not edit: change the schema and run \`eventfold gen\`.`

/** How each kind of file has a head: JSON has no comments, so there it is a key that means nothing. */
interface Form {
  /** What is before the head, and stays there. */
  readonly start: string
  readonly head: (from: string, hash: string) => string
  readonly pattern: RegExp
  /** What formatters put in, take out or write otherwise. */
  readonly layout: RegExp
}

const written = "Written by `eventfold gen` from .+\\. Do not edit: change the schema and run `eventfold gen`\\."
const hex = "([0-9a-f]{16})"

const lines: Form = {
  start: "",
  head: (from, hash) => `// ${says(from)}\n// Sealed ${hash}\n`,
  pattern: new RegExp(`^\\s*// ${written}\\s+(?:// Sealed ${hex}\\n)?`),
  layout: /[\s;,()|"'\\]+/g
}
const markdown: Form = {
  start: "",
  head: (from, hash) => `<!-- ${says(from)} -->\n<!-- Sealed ${hash} -->\n`,
  pattern: new RegExp(`^\\s*<!-- ${written} -->\\s+(?:<!-- Sealed ${hex} -->\\n)?`),
  layout: /[\s|:*_\\-]+/g
}
const json = (key: string): Form => ({
  start: "{\n",
  head: (from, hash) => `  ${JSON.stringify(key)}: ${JSON.stringify(`${says(from)} Sealed ${hash}`)},\n`,
  pattern: new RegExp(`^\\s*\\{\\s*"[$\\w-]+":\\s*"${written}(?: Sealed ${hex})?",`),
  layout: /\s+/g
})
const schema = json("$comment")
/** AsyncAPI takes extensions only. */
const asyncApi = json("x-generated")

const forms = [lines, markdown, schema]

const formOf = (name: string): Form =>
  name.endsWith(".md") ? markdown : name === "asyncapi.json" ? asyncApi : name.endsWith(".json") ? schema : lines

const hash = (body: string, { layout }: Form): string =>
  createHash("sha256").update(body.replace(layout, "")).digest("hex").slice(0, 16)

/** The whole text of a generated file. */
export const sealed = ({ body, from, name }: Emitted): string => {
  const form = formOf(name)
  const rest = body.slice(form.start.length)
  return form.start + form.head(from, hash(rest, form)) + rest
}

/** Line ends as we write them: git may have changed them on the way. */
export const unix = (text: string): string => text.replaceAll("\r\n", "\n")

/** Whether a text has the line ends of Windows. */
const hasWindowsEnds = (text: string): boolean => text.includes("\r\n")

/** A text with the line ends of another one. */
export const withEndsOf = (like: string | undefined, text: string): string =>
  like !== undefined && hasWindowsEnds(like) ? unix(text).replaceAll("\n", "\r\n") : text

/** Whether a file is one of ours, and says what it said when we left it. */
export const state = (content: string): "ours" | "edited" | "foreign" => {
  const text = unix(content)
  for (const form of forms) {
    const found = form.pattern.exec(text)
    if (found !== null) return found[1] === hash(text.slice(found[0].length), form) ? "ours" : "edited"
  }
  return "foreign"
}

/** Whether two texts of one file may differ in layout only, as far as that is seen without reading them as code. */
export const mayBeSame = (name: string, a: string, b: string): boolean => {
  const { layout } = formOf(name)
  return a.replace(layout, "") === b.replace(layout, "")
}
