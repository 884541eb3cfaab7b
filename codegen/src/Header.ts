/** The head of a generated file: says where it comes from, and seals what follows, so that an edit by hand is noticed. */
import { createHash } from "node:crypto"
import type { Emitted } from "./emit/Text.ts"

const first = /^\/\/ Written by `eventfold gen` from (.+)\. Do not edit: change the schema and run `eventfold gen`\.\n/
const seal = /^\/\/ Sealed ([0-9a-f]{16})\n/

const hash = (body: string): string => createHash("sha256").update(body).digest("hex").slice(0, 16)

/** The whole text of a generated file. */
export const sealed = ({ body, from }: Emitted): string =>
  `// Written by \`eventfold gen\` from ${from}. Do not edit: change the schema and run \`eventfold gen\`.\n// Sealed ${hash(body)}\n${body}`

/** Line ends as we write them: git may have changed them on the way. */
export const unix = (text: string): string => text.replaceAll("\r\n", "\n")

/** Whether a file is one of ours, and as we left it. */
export const state = (content: string): "ours" | "edited" | "foreign" => {
  const text = unix(content)
  const head = first.exec(text)?.[0]
  if (head === undefined) return "foreign"
  const found = seal.exec(text.slice(head.length))
  return found !== null && found[1] === hash(text.slice(head.length + found[0].length)) ? "ours" : "edited"
}
