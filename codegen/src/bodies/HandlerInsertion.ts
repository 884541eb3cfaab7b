/**
 * `gen --fix`: puts the stubs of missing handlers into a person's file, as text.
 *
 * Only ever inserts: every byte that was there is still there, in the same order. What it can't do that way it leaves alone, and
 * says so.
 */
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import type { Body, Handler } from "../emit/BodyFiles.ts"
import { width } from "../emit/text/Text.ts"
import * as ContractCall from "./ContractCall.ts"
import { gaps } from "./Handlers.ts"
import { of as moduleOf } from "../syntax/Module.ts"
import { imports as importsFor, type Insertion, renamed } from "./InsertedImports.ts"
import { errorsOf, parse, placeOf, ts } from "../syntax/Syntax.ts"

export interface Spliced {
  readonly text: string
  /** In order. */
  readonly insertions: ReadonlyArray<Insertion>
  /** What is left for the person to do. */
  readonly left: ReadonlyArray<Diagnostic>
}

/** How a file is laid out, as far as what is put into it should look alike. */
interface Manner {
  readonly source: string
  readonly eol: string
  readonly unit: string
}

const lineStart = (source: string, at: number): number => source.lastIndexOf("\n", at - 1) + 1

/** The white space that the line of a place begins with. */
const indentAt = (source: string, at: number): string => /^[ \t]*/.exec(source.slice(lineStart(source, at)))?.[0] ?? ""

const isFirstOnLine = (source: string, at: number): boolean => /^[ \t]*$/.test(source.slice(lineStart(source, at), at))

const mannerOf = (source: string): Manner => ({
  source,
  eol: /\r\n/.test(source) ? "\r\n" : "\n",
  unit: /^\t/m.test(source) ? "\t" : "  "
})

/** A property of an object, at an indentation. */
type Entry = (indent: string) => string

const handlerEntry =
  ({ stub }: Handler, { eol, unit }: Manner): Entry =>
  (indent) =>
    indent.length + stub.length + 1 <= width ? stub : stub.replace(" => ", ` =>${eol}${indent}${unit}`)

const groupEntry =
  (under: string, handlers: ReadonlyArray<Handler>, manner: Manner): Entry =>
  (indent) => {
    const deep = indent + manner.unit
    const inner = handlers.map((handler) => deep + handlerEntry(handler, manner)(deep)).join(`,${manner.eol}`)
    return `${under}: {${manner.eol}${inner}${manner.eol}${indent}}`
  }

/** Puts properties at the end of an object. */
const append = (
  file: ts.SourceFile,
  object: ts.ObjectLiteralExpression,
  entries: ReadonlyArray<Entry>,
  { eol, source, unit }: Manner
): ReadonlyArray<Insertion> => {
  const open = object.getStart(file)
  const close = object.getEnd() - 1
  const last = object.properties.at(-1)
  const trailing = object.properties.hasTrailingComma === true
  const comma: ReadonlyArray<Insertion> = last === undefined || trailing ? [] : [{ at: last.getEnd(), text: "," }]
  const after = trailing ? "," : ""
  const ownIndent = last !== undefined && isFirstOnLine(source, last.getStart(file))
  const closing = lineStart(source, close)

  if (closing > open && isFirstOnLine(source, close)) {
    const indent = ownIndent ? indentAt(source, last.getStart(file)) : source.slice(closing, close) + unit
    const lines = entries.map((entry) => indent + entry(indent)).join(`,${eol}`)
    return [...comma, { at: closing, text: lines + after + eol }]
  }
  // The brace has company on its line. No comment of `//` can be among it, as that would take the brace too.
  const end = source.slice(0, close).trimEnd().length
  const base = indentAt(source, open)
  const flat = entries.map((entry) => entry(base))
  const row = ` ${flat.join(", ")}${after}`
  const rest = /^[^\r\n]*/.exec(source.slice(end))?.[0] ?? ""
  const long = end - lineStart(source, end) + row.length + rest.length + 1 > width
  const isRow = last !== undefined && !source.slice(open, close).includes("\n")
  if (isRow && !long && flat.every((text) => !text.includes("\n"))) return [...comma, { at: end, text: row }]
  const indent = ownIndent ? indentAt(source, last.getStart(file)) : base + unit
  const lines = entries.map((entry) => indent + entry(indent)).join(`,${eol}`)
  const break_ = last === undefined && end === close ? eol + base : ""
  return [...comma, { at: end, text: eol + lines + after + break_ }]
}

/** The text with everything inserted. */
const insert = (source: string, insertions: ReadonlyArray<Insertion>): string => {
  let text = ""
  let from = 0
  for (const insertion of insertions) {
    text += source.slice(from, insertion.at) + insertion.text
    from = insertion.at
  }
  return text + source.slice(from)
}

const untouched = (path: string, at: Diagnostic["at"], message: string, fix: string): Diagnostic => ({
  code: codes.handler,
  file: path,
  ...(at === undefined ? {} : { at }),
  message,
  fix
})

/** A file that is encoded otherwise than as UTF-8 is left alone. */
export const notText = (path: string, source: string): Spliced => {
  const message = "is not encoded as UTF-8, so it can't be written without a loss"
  const left = [untouched(path, undefined, message, "save it as UTF-8, then run `eventfold gen --fix`")]
  return { text: source, insertions: [], left }
}

/** Finds the call of a body's contract in its file. */
export type CallIn = (file: ts.SourceFile) => ts.CallExpression | undefined

/** Looks no further than the file itself. */
const callHere =
  (path: string, body: Body): CallIn =>
  (file) =>
    ContractCall.find(path, moduleOf(file), body, () => undefined)

/** Fills in what a body lacks. */
export const splice = (path: string, source: string, body: Body, callIn: CallIn = callHere(path, body)): Spliced => {
  const file = parse(path, source)
  const alone = (left: ReadonlyArray<Diagnostic>): Spliced => ({ text: source, insertions: [], left })
  const [error] = errorsOf(file)
  if (error !== undefined) {
    return alone([untouched(path, error.at, `cannot be read: ${error.message}`, "mend that, then run it again")])
  }
  const manner = mannerOf(source)
  const left: Array<Diagnostic> = []
  const filled: Array<Handler> = []
  /** Groups that are missing from one object go in together. */
  const entries = new Map<ts.ObjectLiteralExpression, Array<Entry>>()
  const local = (handlers: ReadonlyArray<Handler>) =>
    handlers.map((handler) => ({ ...handler, stub: renamed(file, body, handler) }))
  for (const gap of gaps(callIn(file), body)) {
    switch (gap.kind) {
      case "no call":
      case "uncarried":
        // `check` says so already.
        break
      case "unclear":
        left.push(
          untouched(
            path,
            placeOf(file, gap.node),
            `${gap.why}, so what is missing can't be told from the text`,
            "see what the compiler says"
          )
        )
        break
      case "no group":
        entries.set(gap.object, [
          ...(entries.get(gap.object) ?? []),
          groupEntry(gap.under, local(gap.handlers), manner)
        ])
        filled.push(...local(gap.handlers))
        break
      case "handlers":
        entries.set(gap.object, [
          ...(entries.get(gap.object) ?? []),
          ...local(gap.handlers).map((handler) => handlerEntry(handler, manner))
        ])
        filled.push(...local(gap.handlers))
    }
  }
  if (filled.length === 0) return alone(left)
  const insertions = [
    ...importsFor(
      file,
      body,
      filled.map(({ stub }) => stub),
      manner.eol
    ),
    ...[...entries].flatMap(([object, list]) => append(file, object, list, manner))
  ].sort((a, b) => a.at - b.at)
  const text = insert(source, insertions)
  // Whatever was overlooked above must not reach the person's file.
  const result = parse(path, text)
  if (
    errorsOf(result).length > 0 ||
    gaps(callIn(result), body).some(({ kind }) => kind === "handlers" || kind === "no group")
  ) {
    const names = filled.map(({ name }) => name).join(", ")
    return alone([
      ...left,
      untouched(path, undefined, `can't be filled in safely`, `write the handlers for ${names} by hand`)
    ])
  }
  return { text, insertions, left }
}
