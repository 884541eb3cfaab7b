/**
 * Finds forms of English that the project does not use, in comments, messages and pages, and
 * comments that are not wrapped. CONTRIBUTING.md has the reason.
 *
 *     node scripts/words.ts                    every file
 *     node scripts/words.ts packages/core      files of a folder
 *     node scripts/words.ts --count            only the number of findings of each folder
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(import.meta.dirname)

interface Form {
  readonly pattern: RegExp
  readonly instead: string
}

/** Forms that are found anywhere in comments, messages and prose. */
const forms: ReadonlyArray<Form> = [
  { pattern: /\b(?:whoever|whatever|whichever)\b/i, instead: "name the actor, or write `any`" },
  { pattern: /\b(?:nobody|somebody|someone|anybody|everybody)\b/i, instead: "name the actor: the caller, a process" },
  { pattern: /\banother one\b/i, instead: "name it: another process, a second reader" },
  {
    pattern:
      /\b(?:by|of|for|to|from|with|that|than|which|and|or|what|as|what) others\b|\bothers (?:do|are|have|can|may|must|will|wait|of|in)\b/i,
    instead: "name them: other processes"
  },
  { pattern: /\banew\b/i, instead: "again; of rows: rebuild" },
  { pattern: /\b(?:or|and|,|;) else\b|\belse (?:it|the|a|an|they|there|we|one|its|by)\b/i, instead: "otherwise" },
  { pattern: /\bso far\b/i, instead: "until now, already" },
  { pattern: /\bheld against\b|\b(?:hold|holds|holding)\b[^.;]{0,40}\bagainst\b/i, instead: "compared with" },
  {
    pattern:
      /\b(?:come|comes|came|coming) to (?:be|nothing|the same|that|this|it|its|an? |what|mean)\b|\bwhat (?:\w+ ){1,4}(?:come|comes|came) to\b/i,
    instead: "name the result"
  },
  { pattern: /\b(?:is|are|was|be|being) (?:said|told)\b/i, instead: "reported, named, passed" },
  { pattern: /\b(?:says|say|said) so\b/i, instead: "reports it" },
  { pattern: /\bgive(?:s)? others a turn\b/i, instead: "yields" },
  { pattern: /\bunless (?:given|configured|said|told|it is given)\b/i, instead: "Defaults to" },
  { pattern: /\bmend(?:s|ed|ing)?\b/i, instead: "fix" },
  {
    pattern:
      /(?:^|[.:;] )Where (?:there|it|they|nothing|no|that|this|one|a|an|the)\b|\bwhere (?:it|they|that|this|there) (?:is|are|was|were)\b/,
    instead: "if, when"
  },
  { pattern: /\bbroken off\b|\bbreaks off\b|\bbreak off\b/i, instead: "interrupted, interrupts" },
  { pattern: /\bput aside\b|\bputs aside\b/i, instead: "parked, parks" },
  {
    pattern: /\bno more than it\b|\bas it (?:is|was|goes|went) (?:in|on|by|to)\b|\bas it is\b|\bas they are\b/i,
    instead: "unchanged, or drop it"
  },
  { pattern: /\bfor good\b|\bat its begin\b|\bat the begin\b/i, instead: "permanently; at the start" },
  { pattern: /\bby itself\b|\bof itself\b/i, instead: "automatically, alone" },
  { pattern: /\bas a person\b|\ba person(?:'s)?\b|\bpeople\b/i, instead: "the developer, the operator, the user" },
  { pattern: /\bmake(?:s)? (?:anew|of it)\b|\bmade of\b|\bmakes of\b/i, instead: "builds, returns" },
  { pattern: /\bin words\b|\bin the words\b|\bwords of\b/i, instead: "a message, in the terms of" },
  { pattern: /\bhas (?:it|them|him) (?:that|so)\b|\bmeanwhile\b/i, instead: "name the condition" },
  { pattern: /\bas (?:far|long|soon) as it\b/i, instead: "if, while, when" },
  {
    pattern: /\bwhat (?:is|was|are) (?:there|what|it|meant|asked|given|known|kept|wanted|wrong|left|done|seen|read)\b/i,
    instead: "name the thing"
  }
]

/** Openings that a summary of a docstring does not have: it begins with a verb or a noun. */
const heads: Form = {
  pattern:
    /^(?:What|Where|Whether|Of|Who|Whose|How (?:far|many|long|much|often|a|the)|Which|Why|When|Something|Said|So|That|As|Also|Here|There|Nothing|None|Not|Only|It|Both|Each time|One at|For)\b/,
  instead: "a third-person verb and its object, or a noun"
}

/** Lines that use a form in its plain meaning. */
const allowed: ReadonlyArray<string> = []

interface Piece {
  readonly line: number
  readonly text: string
  readonly isHead: boolean
}

/** The summary of a docstring, joined to one line; then the rest of its lines. */
const commentPieces = (comment: string, line: number): ReadonlyArray<Piece> => {
  const isDoc = comment.startsWith("/**")
  const lines = comment
    .replace(/^\/\*\*?|\*\/$/g, "")
    .split("\n")
    .map((text) => text.replace(/^\s*\*? ?/, "").trimEnd())
  const fences = lines.map((text) => text.trimStart().startsWith("```"))
  let isCode = false
  let isFirst = isDoc
  return lines.flatMap((text, at): ReadonlyArray<Piece> => {
    if (fences[at]) isCode = !isCode
    if (isCode || fences[at] || text.trim() === "") return []
    const piece = { line: line + at, text: text.trim(), isHead: isFirst && !text.trim().startsWith("@") }
    isFirst = false
    return [piece]
  })
}

/** The comments and the messages of a source file. */
const sourcePieces = (source: string): ReadonlyArray<Piece> => {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[=(:,[!&|?{};]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g
  const pieces: Array<Piece> = []
  for (const { 0: text, index } of source.matchAll(token)) {
    const line = source.slice(0, index).split("\n").length
    if (text.startsWith("/*")) pieces.push(...commentPieces(text, line))
    else if (text.startsWith("//")) pieces.push({ line, text: text.slice(2).trim(), isHead: false })
    else if (
      /^["`]/.test(text) &&
      /[a-z]+ [a-z]+ [a-z]+/i.test(text) &&
      !/^\s*import|\bselect\b|\bfrom \(|=> /.test(text)
    ) {
      text.split("\n").forEach((part, at) => pieces.push({ line: line + at, text: part.trim(), isHead: false }))
    }
  }
  return pieces
}

/** The prose of a page: without code blocks. */
const pagePieces = (page: string): ReadonlyArray<Piece> => {
  let isCode = false
  return page.split("\n").flatMap((text, at) => {
    const isFence = text.trimStart().startsWith("```")
    if (isFence) isCode = !isCode
    return isCode || isFence ? [] : [{ line: at + 1, text, isHead: false }]
  })
}

interface Finding {
  readonly file: string
  readonly line: number
  readonly found: string
  readonly text: string
  readonly instead: string
}

const maxCommentColumns = 100

/** The lines of comments that are too long, besides samples of code and directives of the linter. */
const longComments = (file: string, source: string): ReadonlyArray<Finding> => {
  let isCode = false
  return source.split("\n").flatMap((text, at): ReadonlyArray<Finding> => {
    if (/^\s*\* ```/.test(text)) isCode = !isCode
    const isLong = text.length > maxCommentColumns && /^\s*(?:\* |\/\/ (?!oxlint-)|\/\*\*)/.test(text)
    if (isCode || !isLong) return []
    return [{ file, line: at + 1, found: `${text.length} columns`, text: text.trim(), instead: "wrap at 100" }]
  })
}

const findings = (file: string): ReadonlyArray<Finding> => {
  const text = readFileSync(join(root, file), "utf8")
  const isPage = file.endsWith(".md")
  const pieces = isPage ? pagePieces(text) : sourcePieces(text)
  const ofWords = pieces.flatMap((piece) => {
    if (allowed.includes(piece.text)) return []
    return (piece.isHead ? [...forms, heads] : forms).flatMap(({ instead, pattern }) => {
      const found = pattern.exec(piece.text.replaceAll(/`[^`]*`/g, "``"))
      return found === null ? [] : [{ file, line: piece.line, found: found[0].trim(), text: piece.text, instead }]
    })
  })
  return isPage ? ofWords : [...ofWords, ...longComments(file, text)]
}

const isOurs = (file: string): boolean =>
  /\.(?:ts|md)$/.test(file) &&
  !/(?<!core\/src)\/generated\/|\/golden\/src\/|^bench\/(?:results|peers)\/|^scripts\/words\.ts$/.test(file)

const [first, ...rest] = process.argv.slice(2)
const isCount = first === "--count"
const wanted = isCount ? rest : process.argv.slice(2)
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", ...wanted], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter(isOurs)
const found = files.flatMap(findings)
if (isCount) {
  const counts = new Map<string, number>()
  for (const { file } of found) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  for (const [folder, count] of counts) console.log(`${String(count).padStart(5)} ${folder}`)
} else {
  for (const { file, found: form, instead, line, text } of found) {
    console.log(`${file}:${line} "${form}" → ${instead}\n    ${text}`)
  }
}
console.log(`${found.length} findings in ${files.length} files`)
process.exitCode = found.length === 0 ? 0 : 1
