/** Renders a report: as text, as JSON, or as annotations of GitHub. */
import { join, relative } from "node:path"
import { styleText } from "node:util"
import type { Report } from "@eventfold/codegen"
import { exitCodeOf } from "../commandline/ExitCodes.ts"
import type { Format } from "../commandline/PlainCommand.ts"
import { fileText } from "./FileText.ts"

type Diagnostic = Report["diagnostics"][number]

/** Formats a place: `schemas/bank/account.ts:12:5`. */
const placeOf = ({ at, file }: Pick<Diagnostic, "at" | "file">): string =>
  `${file}${at === undefined ? "" : `:${at.line}:${at.column}`}`

/** Formats the steps of a path: `calls today at src/rates.ts:3:10`. */
const stepsOf = ({ path = [] }: Diagnostic): ReadonlyArray<string> =>
  path.map((step) => `${step.what} ${step.name} at ${placeOf(step)}`)

export interface Options {
  readonly format: Format
  /** `true` if nothing is printed unless there is a problem. */
  readonly quiet?: boolean
  /** `true` if suppressed findings are listed. */
  readonly verbose?: boolean
  /** `true` for each stream that takes colours. */
  readonly colours?: { readonly out: boolean; readonly err: boolean }
  /** The folder of the repository on a GitHub runner. Annotations are relative to it. */
  readonly workspace?: string | undefined
}

export interface Rendered {
  readonly out: string
  readonly err: string
}

type Paint = (style: "bold" | "cyan" | "dim" | "green" | "red" | "yellow", text: string) => string

const plain: Paint = (_, text) => text
const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false })

/**
 * Maximum number of characters of a source line that are shown. A part of a longer line is shown,
 * with the column in it.
 */
const maxExcerptLength = 110

/** Line ends of JavaScript, by which its positions count. */
const lineEnds = /\r\n|[\n\r\u2028\u2029]/

/**
 * Returns the source line of a place, and the line with the caret under it. Tabs are kept, so that
 * both have the same width.
 */
const excerpt = (source: string, line: number, column: number): { readonly text: string; readonly under: string } => {
  const whole = source.split(lineEnds)[line - 1] ?? ""
  const from = Math.max(0, Math.min(column - 1 - maxExcerptLength / 2, whole.length - maxExcerptLength))
  const before = whole.slice(from, column - 1)
  const cut =
    (from > 0 ? "…" : "") +
    whole.slice(from, from + maxExcerptLength) +
    (from + maxExcerptLength < whole.length ? "…" : "")
  return { text: cut, under: `${from > 0 ? " " : ""}${before.replace(/[^\t]/g, " ")}^` }
}

const sources = (root: string): ((file: string) => string | undefined) => {
  const known = new Map<string, string | undefined>()
  return (file) => {
    const path = join(root, file)
    if (!known.has(file)) known.set(file, fileText(path))
    return known.get(file)
  }
}

const paragraph = (
  diagnostic: Diagnostic,
  sourceOf: (file: string) => string | undefined,
  isError: boolean,
  paint: Paint
): string => {
  const { at, code, file, fix, message } = diagnostic
  // A diagnostic about a whole file has no source line to show, and many of them read best as a
  // list.
  if (at === undefined) {
    return `${paint("bold", file)} ${paint(isError ? "red" : "yellow", code)} ${message}; ${fix}`
  }
  const lines = [`${paint("bold", placeOf(diagnostic))} ${paint(isError ? "red" : "yellow", code)} ${message}`]
  const source = sourceOf(file)
  if (source !== undefined) {
    const { text, under } = excerpt(source, at.line, at.column)
    const number = String(at.line)
    lines.push(`  ${paint("dim", `${number} |`)} ${text}`)
    lines.push(`  ${paint("dim", `${" ".repeat(number.length)} |`)} ${paint(isError ? "red" : "yellow", under)}`)
  }
  for (const step of stepsOf(diagnostic)) lines.push(`  ${step}`)
  lines.push(`  ${paint("cyan", "fix:")} ${fix}`)
  return lines.join("\n")
}

/** Colours a diff. */
const painted = (patch: string, paint: Paint): string =>
  patch
    .split("\n")
    .map((line) =>
      /^(---|\+\+\+) /.test(line)
        ? paint("bold", line)
        : line.startsWith("@@")
          ? paint("cyan", line)
          : line.startsWith("+")
            ? paint("green", line)
            : line.startsWith("-")
              ? paint("red", line)
              : line
    )
    .join("\n")

const doneWith = { wrote: "", removed: "", began: ": yours to write", "filled in": ": yours to write" } as const

const text = (report: Report, { colours, quiet, verbose }: Options): Rendered => {
  const { changes, diagnostics, outcome, patch, root, summary } = report
  const isError = outcome !== "ok"
  const paint = (isError ? colours?.err : colours?.out) === true ? coloured : plain
  const sourceOf = sources(root)
  const found = diagnostics.map((one) => paragraph(one, sourceOf, isError && one.severity !== "warning", paint))
  // While watching, the summary names the changes.
  const listed = report.cause === undefined ? changes : []
  const done = listed.map(({ file, kind }) => `${kind} ${file}${doneWith[kind]}`)
  const suppressed = verbose === true ? (report.suppressed ?? []) : []
  const suppressedLines = suppressed.map(
    (one) => `${paint("bold", placeOf(one))} ${paint("dim", one.code)} ${one.message}; suppressed: ${one.reason}`
  )
  const last = paint(isError ? "red" : diagnostics.length > 0 ? "yellow" : "green", summary)
  const blocks = [...done, ...found, ...suppressedLines, last]
  // An empty line stands around each block of several lines.
  const isTall = (block: string | undefined) => block?.includes("\n") === true
  const all = blocks
    .map((block, i) => (i > 0 && (isTall(block) || isTall(blocks[i - 1])) ? `\n${block}\n` : `${block}\n`))
    .join("")
  if (patch !== undefined) {
    const out = patch === "" ? "" : painted(patch, colours?.out === true ? coloured : plain)
    return patch === "" && !isError ? { out: all, err: "" } : { out, err: all }
  }
  if (isError) return { out: "", err: all }
  return { out: quiet === true ? "" : all, err: "" }
}

/** Returns the severity of a diagnostic: a warning if the command does not fail. */
const severityOf = ({ outcome }: Report, { severity }: Diagnostic): "warning" | "error" =>
  severity ?? (outcome === "ok" ? "warning" : "error")

const jsonOf = ({ at, file, fix, message, path }: Diagnostic) => ({
  file,
  ...at,
  message,
  fix,
  ...(path === undefined ? {} : { path: path.map(({ at, ...step }) => ({ ...step, ...at })) })
})

const json = (report: Report): Rendered => {
  const { cause, changes, command, diagnostics, outcome, patch, summary, suppressed, unwritten } = report
  const value = {
    command,
    exitCode: exitCodeOf[outcome],
    ...(cause === undefined ? {} : { cause }),
    changes,
    diagnostics: diagnostics.map((one) => ({
      code: one.code,
      severity: severityOf(report, one),
      ...jsonOf(one)
    })),
    ...(suppressed === undefined
      ? {}
      : { suppressed: suppressed.map((one) => ({ code: one.code, ...jsonOf(one), reason: one.reason })) }),
    ...(unwritten === undefined ? {} : { unwritten }),
    ...(patch === undefined ? {} : { patch }),
    summary
  }
  return { out: `${JSON.stringify(value)}\n`, err: "" }
}

const data = (value: string): string => value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")
const property = (value: string): string => data(value).replaceAll(":", "%3A").replaceAll(",", "%2C")

/** Renders workflow commands: GitHub shows each at its line of a pull request. */
const github = (report: Report, { quiet, workspace }: Options): Rendered => {
  const { diagnostics, outcome, root, summary } = report
  const within = workspace === undefined ? "" : relative(workspace, root).replaceAll("\\", "/")
  const prefix = within === "" || within.startsWith("..") ? "" : `${within}/`
  const lines = diagnostics.map((one) => {
    const at = one.at === undefined ? "" : `,line=${one.at.line},col=${one.at.column}`
    const message = [one.message, ...stepsOf(one), `fix: ${one.fix}`].join("\n")
    return `::${severityOf(report, one)} file=${property(prefix + one.file)}${at},title=${one.code}::${data(message)}\n`
  })
  return { out: lines.join("") + (quiet === true && outcome === "ok" ? "" : `${summary}\n`), err: "" }
}

export const render = (report: Report, options: Options): Rendered => {
  switch (options.format) {
    case "text":
      return text(report, options)
    case "json":
      return json(report)
    case "github":
      return github(report, options)
  }
}
