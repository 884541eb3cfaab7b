/** Finds the place in the project's code that called a guarded function. */
import { getCallSites } from "node:util"
import type { Position } from "../report/Diagnostic.ts"
import { isOfProject } from "../project/Ownership.ts"
import { pathOf } from "./ModuleUrl.ts"

/** A place in a file of the project. */
export interface CallSite {
  /** Absolute path. */
  readonly file: string
  readonly at: Position
}

/**
 * The callers that are searched.
 *
 * - `direct`: only the caller itself, or the caller of a function of Effect.
 * - `packages`: also callers of functions of installed packages.
 * - `node`: also callers of functions of Node.js, which may call a guarded function for its own
 *   reasons.
 */
export type CallDepth = "direct" | "packages" | "node"

const maxFrames = 150

/** The modules of the guards, whose frames come before that of the caller. */
const ownScripts: ReadonlySet<string> = new Set(
  ["CallSite", "Confinement", "Guards"].map(
    (name) => new URL(`./${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url).href
  )
)

const siteOf = ({
  columnNumber,
  lineNumber,
  scriptName
}: ReturnType<typeof getCallSites>[number]): CallSite | undefined => {
  const file = pathOf(scriptName)
  return file === undefined || !isOfProject(file) ? undefined : { file, at: { line: lineNumber, column: columnNumber } }
}

/** Returns the call site in the project's code; `undefined` if the call came from other code. */
export const find = (depth: CallDepth): CallSite | undefined => {
  const frames = getCallSites(maxFrames).filter(({ scriptName }) => !ownScripts.has(scriptName))
  const [first] = frames
  if (first === undefined || (depth !== "node" && first.scriptName.startsWith("node:"))) return undefined
  if (depth === "direct" && !first.scriptName.includes("/node_modules/effect/")) return siteOf(first)
  for (const frame of frames) {
    const site = siteOf(frame)
    if (site !== undefined) return site
  }
  return undefined
}
