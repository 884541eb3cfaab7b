/** `eventfold explain`: explains the code of a diagnostic. */
import { explanations as loadExplanations } from "@eventfold/codegen"
import * as Effect from "effect/Effect"
import { getOrUndefined } from "effect/Option"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { exitCodes } from "../commandline/ExitCodes.ts"
import { print, type Printed } from "../commandline/Host.ts"
import { Session } from "../commandline/Session.ts"

const indented = (text: string): string => text.replace(/^(?=.)/gm, "    ")

/** Explains `EF0106`, `ef0106` or `106`. Lists all codes without one. */
export const explain = async (asked: string | undefined, { json }: { readonly json: boolean }): Promise<Printed> => {
  const explanations = await loadExplanations()
  const all = (Object.keys(explanations) as ReadonlyArray<keyof typeof explanations>).toSorted()
  if (asked === undefined) {
    const out = json
      ? JSON.stringify(all.map((code) => ({ code, ...explanations[code] })))
      : all.map((code) => `${code}  ${explanations[code].title}`).join("\n")
    return { code: exitCodes.ok, out: `${out}\n`, err: "" }
  }
  const wanted = `EF${asked.replace(/^EF/i, "").padStart(4, "0")}`
  const code = all.find((one) => one === wanted)
  if (code === undefined) {
    return { code: exitCodes.usage, out: "", err: `there is no code ${asked}; \`eventfold explain\` lists all codes\n` }
  }
  const { example, fix, means, title } = explanations[code]
  const out = json
    ? JSON.stringify({ code, title, means, example, fix })
    : `${code}  ${title}\n\n${means}\n\n${indented(example)}\n\n${fix}`
  return { code: exitCodes.ok, out: `${out}\n`, err: "" }
}

export const explainCommand = Command.make(
  "explain",
  {
    code: Argument.String("code").pipe(
      Argument.withDescription("A code such as EF0106. Lists all codes without one"),
      Argument.optional
    ),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Print JSON"))
  },
  ({ code, json }) =>
    Session.use(({ end, host }) =>
      Effect.promise(async () => end(await print(host, await explain(getOrUndefined(code), { json }))))
    )
).pipe(Command.withDescription("Explain the code of a problem, with an example and its fix"))
