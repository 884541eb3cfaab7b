/**
 * `gen --fix`: inserts the stubs of missing handlers into the text of a body.
 *
 * It only inserts: all bytes of the file stay, in the same order. If that is not enough, it leaves
 * the file alone and reports it.
 */
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import type { Body, Handler } from "../emit/BodyFiles.ts"
import { width } from "../emit/text/Text.ts"
import * as ContractCall from "./ContractCall.ts"
import { gaps } from "./Handlers.ts"
import { of as moduleOf } from "../syntax/Module.ts"
import { imports as importsFor, type Insertion, renamed } from "./InsertedImports.ts"
import { errorsOf, parse, placeOf, ts } from "../syntax/Syntax.ts"

export interface InsertedHandlers {
  readonly text: string
  /** In the order of their offsets. */
  readonly insertions: ReadonlyArray<Insertion>
  /** Handlers that the developer has to write by hand. */
  readonly left: ReadonlyArray<Diagnostic>
}

/** Layout of a file, which inserted text follows. */
interface FileLayout {
  readonly source: string
  readonly eol: string
  readonly unit: string
}

const lineStart = (source: string, at: number): number => source.lastIndexOf("\n", at - 1) + 1

/** Returns the indentation of the line at an offset. */
const indentAt = (source: string, at: number): string => /^[ \t]*/.exec(source.slice(lineStart(source, at)))?.[0] ?? ""

const isFirstOnLine = (source: string, at: number): boolean => /^[ \t]*$/.test(source.slice(lineStart(source, at), at))

const layoutOf = (source: string): FileLayout => ({
  source,
  eol: /\r\n/.test(source) ? "\r\n" : "\n",
  unit: /^\t/m.test(source) ? "\t" : "  "
})

/** Writes a property of an object at an indentation. */
type Entry = (indent: string) => string

const handlerEntry =
  ({ stub }: Handler, { eol, unit }: FileLayout): Entry =>
  (indent) =>
    indent.length + stub.length + 1 <= width ? stub : stub.replace(" => ", ` =>${eol}${indent}${unit}`)

const groupEntry =
  (under: string, handlers: ReadonlyArray<Handler>, layout: FileLayout): Entry =>
  (indent) => {
    const deep = indent + layout.unit
    const inner = handlers.map((handler) => deep + handlerEntry(handler, layout)(deep)).join(`,${layout.eol}`)
    return `${under}: {${layout.eol}${inner}${layout.eol}${indent}}`
  }

/** Returns the insertions that append properties to an object. */
const append = (
  file: ts.SourceFile,
  object: ts.ObjectLiteralExpression,
  entries: ReadonlyArray<Entry>,
  { eol, source, unit }: FileLayout
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
  // The brace shares its line with other code. That cannot be a `//` comment, which would include
  // the brace.
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

/** Returns the text with all insertions. */
const insert = (source: string, insertions: ReadonlyArray<Insertion>): string => {
  let text = ""
  let from = 0
  for (const insertion of insertions) {
    text += source.slice(from, insertion.at) + insertion.text
    from = insertion.at
  }
  return text + source.slice(from)
}

const notInserted = (path: string, at: Diagnostic["at"], message: string, fix: string): Diagnostic => ({
  code: codes.handler,
  file: path,
  ...(at === undefined ? {} : { at }),
  message,
  fix
})

/** Reports a file that is not encoded as UTF-8. It is left alone. */
export const notText = (path: string, source: string): InsertedHandlers => {
  const message = "is not encoded as UTF-8, so it can't be written without loss"
  const left = [notInserted(path, undefined, message, "save it as UTF-8, then run `eventfold gen --fix`")]
  return { text: source, insertions: [], left }
}

/** Finds the call of a body's contract in its file. */
export type CallIn = (file: ts.SourceFile) => ts.CallExpression | undefined

/** Finds the call without reading other files. */
const callHere =
  (path: string, body: Body): CallIn =>
  (file) =>
    ContractCall.find(path, moduleOf(file), body, () => undefined)

/** Inserts the missing handlers of a body. */
export const insertHandlers = (
  path: string,
  source: string,
  body: Body,
  callIn: CallIn = callHere(path, body)
): InsertedHandlers => {
  const file = parse(path, source)
  const alone = (left: ReadonlyArray<Diagnostic>): InsertedHandlers => ({ text: source, insertions: [], left })
  const [error] = errorsOf(file)
  if (error !== undefined) {
    return alone([
      notInserted(
        path,
        error.at,
        `cannot be read: ${error.message}`,
        "fix the syntax error, then run `eventfold gen --fix` again"
      )
    ])
  }
  const layout = layoutOf(source)
  const left: Array<Diagnostic> = []
  const filled: Array<Handler> = []
  /** Missing properties by object. Those of one object are inserted together. */
  const entries = new Map<ts.ObjectLiteralExpression, Array<Entry>>()
  const local = (handlers: ReadonlyArray<Handler>) =>
    handlers.map((handler) => ({ ...handler, stub: renamed(file, body, handler) }))
  for (const gap of gaps(callIn(file), body)) {
    switch (gap.kind) {
      case "no call":
      case "uncarried":
        // `check` reports these.
        break
      case "unclear":
        left.push(
          notInserted(
            path,
            placeOf(file, gap.node),
            `${gap.why}, so missing handlers can't be found in the text`,
            "see the errors of the compiler"
          )
        )
        break
      case "no group":
        entries.set(gap.object, [
          ...(entries.get(gap.object) ?? []),
          groupEntry(gap.under, local(gap.handlers), layout)
        ])
        filled.push(...local(gap.handlers))
        break
      case "handlers":
        entries.set(gap.object, [
          ...(entries.get(gap.object) ?? []),
          ...local(gap.handlers).map((handler) => handlerEntry(handler, layout))
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
      layout.eol
    ),
    ...[...entries].flatMap(([object, list]) => append(file, object, list, layout))
  ].sort((a, b) => a.at - b.at)
  const text = insert(source, insertions)
  // Checks the result again, so that a mistake above never reaches the developer's file.
  const result = parse(path, text)
  if (
    errorsOf(result).length > 0 ||
    gaps(callIn(result), body).some(({ kind }) => kind === "handlers" || kind === "no group")
  ) {
    const names = filled.map(({ name }) => name).join(", ")
    return alone([
      ...left,
      notInserted(path, undefined, `can't be completed safely`, `write the handlers for ${names} by hand`)
    ])
  }
  return { text, insertions, left }
}
