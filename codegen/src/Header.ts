/** The head of a generated file: says where it comes from, and seals what follows, so that an edit by hand is noticed. */
import { createHash } from "node:crypto"
import type { Emitted } from "./emit/Text.ts"

const says = (from: string): string =>
  `Written by \`eventfold gen\` from ${from}. Do not edit: change the schema and run \`eventfold gen\`.`

/** How each kind of file has a head: JSON has no comments, so there it is a key that means nothing. */
interface Form {
  /** What is before the head, and stays there. */
  readonly start: string
  readonly head: (from: string, hash: string) => string
  readonly pattern: RegExp
}

const written = "Written by `eventfold gen` from .+\\. Do not edit: change the schema and run `eventfold gen`\\."
const hex = "([0-9a-f]{16})"

const lines: Form = {
  start: "",
  head: (from, hash) => `// ${says(from)}\n// Sealed ${hash}\n`,
  pattern: new RegExp(`^// ${written}\\n(?:// Sealed ${hex}\\n)?`)
}
const markdown: Form = {
  start: "",
  head: (from, hash) => `<!-- ${says(from)} -->\n<!-- Sealed ${hash} -->\n`,
  pattern: new RegExp(`^<!-- ${written} -->\\n(?:<!-- Sealed ${hex} -->\\n)?`)
}
const json = (key: string): Form => ({
  start: "{\n",
  head: (from, hash) => `  ${JSON.stringify(key)}: ${JSON.stringify(`${says(from)} Sealed ${hash}`)},\n`,
  pattern: new RegExp(`^\\{\\n  "[$\\w-]+": "${written}(?: Sealed ${hex})?",\\n`)
})
const schema = json("$comment")
/** AsyncAPI takes extensions only. */
const asyncApi = json("x-generated")

const forms = [lines, markdown, schema]

const formOf = (name: string): Form =>
  name.endsWith(".md") ? markdown : name === "asyncapi.json" ? asyncApi : name.endsWith(".json") ? schema : lines

const hash = (body: string): string => createHash("sha256").update(body).digest("hex").slice(0, 16)

/** The whole text of a generated file. */
export const sealed = ({ body, from, name }: Emitted): string => {
  const { head, start } = formOf(name)
  const rest = body.slice(start.length)
  return start + head(from, hash(rest)) + rest
}

/** Line ends as we write them: git may have changed them on the way. */
export const unix = (text: string): string => text.replaceAll("\r\n", "\n")

/** Whether a file is one of ours, and as we left it. */
export const state = (content: string): "ours" | "edited" | "foreign" => {
  const text = unix(content)
  for (const { pattern } of forms) {
    const found = pattern.exec(text)
    if (found !== null) return found[1] === hash(text.slice(found[0].length)) ? "ours" : "edited"
  }
  return "foreign"
}
