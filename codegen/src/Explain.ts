/** `eventfold explain`: what a code means. */
import type { Printed } from "./Rendering.ts"
import { codes } from "./report/Diagnostic.ts"
import { exitCodes } from "./report/ExitCode.ts"
import { explanations } from "./report/Explanations.ts"

const all = Object.values(codes).sort()

const indented = (text: string): string => text.replace(/^(?=.)/gm, "    ")

/** What `EF0106`, `ef0106` and `106` mean; all codes without one. */
export const explain = (asked: string | undefined, { json }: { readonly json: boolean }): Printed => {
  if (asked === undefined) {
    const out = json
      ? JSON.stringify(all.map((code) => ({ code, ...explanations[code] })))
      : all.map((code) => `${code}  ${explanations[code].title}`).join("\n")
    return { code: exitCodes.ok, out: `${out}\n`, err: "" }
  }
  const wanted = `EF${asked.replace(/^EF/i, "").padStart(4, "0")}`
  const code = all.find((one) => one === wanted)
  if (code === undefined) {
    const err = `there is no code ${asked}; \`eventfold explain\` lists all of them\n`
    return { code: exitCodes.usage, out: "", err }
  }
  const { example, fix, means, title } = explanations[code]
  const out = json
    ? JSON.stringify({ code, title, means, example, fix })
    : `${code}  ${title}\n\n${means}\n\n${indented(example)}\n\n${fix}`
  return { code: exitCodes.ok, out: `${out}\n`, err: "" }
}
